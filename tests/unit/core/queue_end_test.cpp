#include "tests/support/core/queue_fixture.hpp"

namespace penstock::core {
namespace {

TEST_F(QueueOfTwoTest, ShutdownEndsPuttersAndLetsGettersDrain)
{
    put(1, 1, {"a", "b", "c"});
    drain();
    queue.shutdown(false, out);
    EXPECT_EQ(drain(), (Said{"1.3 shut_down"}));
    put(1, 4, {"d", "e"});
    EXPECT_EQ(drain(), (Said{"1.4-5 shut_down"}));
    get(2, 1, 4);
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a!", "2.2 got 2:b!", "2.3-4 shut_down"}));
}

TEST_F(QueueTest, ShutdownEndsGettersWhenNothingIsReady)
{
    get(1, 1, 2);
    get(2, 1, 1, start);
    queue.shutdown(false, out);
    EXPECT_EQ(drain(), (Said{"1.1-2 shut_down", "2.1 shut_down"}));
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
    get(1, 3, 1, base::immediate);
    EXPECT_EQ(drain(), (Said{"1.3 shut_down"}));
}

TEST_F(QueueTest, AGetterWithoutCreditDrainsAShutDownQueueToo)
{
    credit(1).bytes = 0;
    put(2, 1, {"a", "b"});
    get(1, 1, 3, base::immediate);
    queue.shutdown(false, out);
    EXPECT_EQ(drain(), (Said{"2.1-2 ok"}));
    credit(1).bytes = 1;
    queue.serve(1, out);
    EXPECT_EQ(drain(), (Said{"1.1 got 1:a!"}));
    get(3, 1);
    EXPECT_EQ(drain(), (Said{"3.1 got 2:b!", "1.2-3 shut_down"}));
}

TEST_F(QueueTest, AnItemThatReturnsToAShutDownQueueIsDrainedToo)
{
    put(1, 1, {"a"});
    get(2, 1);
    queue.shutdown(false, out);
    get(3, 1);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:a", "3.1 shut_down"}));
    queue.give_back({1, 1}, Seen::maybe, out);
    get(3, 2);
    EXPECT_EQ(drain(), (Said{"3.2 got 1:a+1!"}));
}

TEST_F(QueueTest, ImmediateShutdownDropsWhatIsReadyAndCountsItOff)
{
    credit(1).bytes = 1;
    put(2, 1, {"a", "b", "c"});
    get(1, 1, 2);
    queue.join({3, 1, 1}, base::no_deadline, out);
    drain();
    queue.shutdown(true, out);
    EXPECT_EQ(drain(), (Said{"1.2 shut_down"}));
    EXPECT_EQ(queue.stats().ready, 0u);
    EXPECT_EQ(queue.stats().ready_bytes, 0u);
    EXPECT_EQ(queue.stats().assigned, 1u);
    EXPECT_EQ(queue.stats().unfinished, 1u);
    queue.task_done({1, 3, 1}, out);
    EXPECT_EQ(drain(), (Said{"1.3 ok", "3.1 ok"}));
}

TEST_F(QueueTest, ImmediateShutdownCompletesJoinsWhenItDropsTheLastTask)
{
    put(1, 1, {"a"});
    queue.join({2, 1, 1}, base::no_deadline, out);
    drain();
    queue.shutdown(true, out);
    EXPECT_EQ(drain(), (Said{"2.1 ok"}));
}

TEST_F(QueueTest, WhatReturnsAfterAnImmediateShutdownIsDroppedAndCountedOff)
{
    put(1, 1, {"a", "b"});
    get(2, 1, 2);
    queue.shutdown(true, out);
    queue.join({3, 1, 1}, base::no_deadline, out);
    drain();
    queue.give_back({1, 2}, Seen::maybe, out);
    EXPECT_EQ(drain(), (Said{"3.1 ok"}));
    EXPECT_EQ(queue.stats().ready, 0u);
    EXPECT_EQ(queue.stats().assigned, 0u);
    get(2, 3);
    EXPECT_EQ(drain(), (Said{"2.3 shut_down"}));
}

TEST_F(QueueTest, ShutdownMayBecomeImmediateButNotTheOtherWayRound)
{
    put(1, 1, {"a", "b"});
    get(2, 1);
    queue.shutdown(false, out);
    queue.shutdown(false, out);
    EXPECT_EQ(ready(), "b");
    queue.shutdown(true, out);
    queue.shutdown(true, out);
    queue.shutdown(false, out);
    EXPECT_EQ(drain(), (Said{"1.1-2 ok", "2.1 got 1:a"}));
    queue.give_back({1, 1}, Seen::no, out);
    EXPECT_EQ(queue.stats().ready, 0u);
    EXPECT_TRUE(queue.stats().shut_down);
}

TEST_F(QueueTest, JoinOfAQueueWithoutTasksIsOkAtOnce)
{
    queue.join({1, 1, 2}, base::immediate, out);
    EXPECT_EQ(drain(), (Said{"1.1-2 ok"}));
}

TEST_F(QueueTest, JoinWaitsForTaskDoneNotForGet)
{
    put(1, 1, {"a", "b"});
    queue.join({2, 1, 1}, base::no_deadline, out);
    queue.join({3, 1, 1}, base::no_deadline, out);
    get(4, 1, 2);
    queue.consume({1, 2});
    drain();
    queue.task_done({4, 3, 1}, out);
    EXPECT_EQ(drain(), (Said{"4.3 ok"}));
    queue.task_done({4, 4, 1}, out);
    EXPECT_EQ(drain(), (Said{"4.4 ok", "2.1 ok", "3.1 ok"}));
}

TEST_F(QueueTest, JoinTimesOut)
{
    put(1, 1, {"a"});
    queue.join({2, 1, 1}, base::immediate, out);
    queue.join({2, 2, 1}, start, out);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 timed_out"}));
    broker.expire(start, out);
    EXPECT_EQ(drain(), (Said{"2.2 timed_out"}));
}

TEST_F(QueueTest, TaskDoneTooOftenFailsForTheRest)
{
    put(1, 1, {"a", "b"});
    drain();
    queue.task_done({2, 1, 4}, out);
    EXPECT_EQ(drain(), (Said{"2.1-2 ok", "2.3-4 no_unfinished_task"}));
    queue.task_done({2, 5, 1}, out);
    EXPECT_EQ(drain(), (Said{"2.5 no_unfinished_task"}));
}

TEST_F(QueueTest, AReturnDoesNotChangeTheCountOfTasks)
{
    put(1, 1, {"a"});
    get(2, 1);
    queue.give_back({1, 1}, Seen::maybe, out);
    get(2, 2);
    queue.task_done({2, 3, 1}, out);
    EXPECT_EQ(queue.stats().unfinished, 0u);
}

TEST_F(QueueOfTwoTest, PurgeDropsWhatIsReadyAndAdmitsPutters)
{
    put(1, 1, {"a", "b", "c"});
    get(2, 1);
    put(1, 4, {"d"});
    queue.join({3, 1, 1}, base::no_deadline, out);
    drain();
    EXPECT_EQ(queue.purge(out), 2u);
    EXPECT_EQ(drain(), (Said{"1.4 ok"}));
    EXPECT_EQ(ready(), "d");
    EXPECT_EQ(queue.stats().unfinished, 2u);
    EXPECT_EQ(queue.stats().assigned, 1u);
}

TEST_F(QueueTest, PurgeCountsOffOnlyWhatIsStillUnfinished)
{
    put(1, 1, {"a", "b"});
    queue.task_done({2, 1, 2}, out);  // nobody has to get an item first
    put(1, 3, {"c"});
    queue.join({2, 3, 1}, base::no_deadline, out);
    drain();
    EXPECT_EQ(queue.purge(out), 3u);
    EXPECT_EQ(drain(), (Said{"2.3 ok"}));
    EXPECT_EQ(queue.stats().unfinished, 0u);
}

TEST_F(QueueOfTwoTest, RemoveEndsEverythingThatWaitsWithClosed)
{
    put(1, 1, {"a", "b", "c"}, start);
    queue.join({2, 1, 1}, start, out);
    credit(3).bytes = 0;
    get(3, 1, 2, start);
    drain();
    EXPECT_EQ(queue.remove(out), 2u);
    EXPECT_EQ(drain(), (Said{"1.3 closed", "3.1-2 closed", "2.1 closed"}));
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
}

TEST_F(QueueTest, RemoveForgetsWhatIsAssigned)
{
    put(1, 1, {"a"});
    get(2, 1);
    drain();
    queue.remove(out);
    queue.give_back({1, 1}, Seen::maybe, out);
    queue.consume({1, 1});
    EXPECT_EQ(drain(), Said{});
    EXPECT_EQ(queue.stats().ready, 0u);
    EXPECT_EQ(queue.stats().assigned, 0u);
}

TEST_F(QueueTest, ACancelledJoinIsNotCompleted)
{
    put(1, 1, {"a"});
    queue.join({2, 1, 3}, base::no_deadline, out);
    queue.cancel({2, 2, 1}, Outcome::cancelled, out);
    drain();
    queue.task_done({3, 1, 1}, out);
    EXPECT_EQ(drain(), (Said{"3.1 ok", "2.1 ok", "2.3 ok"}));
}

}  // namespace
}  // namespace penstock::core
