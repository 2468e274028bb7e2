#include "tests/support/core/queue_fixture.hpp"

namespace penstock::core {
namespace {

class WatchTest : public QueueTest {
protected:
    void watch(SessionId session, OpId op, TimePoint deadline = base::no_deadline)
    {
        queue.watch({session, op, 1}, deadline, out);
    }
};

TEST_F(WatchTest, SomethingReadyIsToldAtOnceAndStays)
{
    put(1, 1, {"a"});
    watch(2, 1);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 ok"}));
    EXPECT_EQ(ready(), "a");
}

TEST_F(WatchTest, AllWatchersAreToldOfTheFirstItemThatNobodyWaitedFor)
{
    watch(1, 1);
    watch(2, 1);
    get(3, 1);
    put(4, 1, {"a"});
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a", "4.1 ok"}));
    put(4, 2, {"b"});
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 ok", "4.2 ok"}));
    put(4, 3, {"c"});
    EXPECT_EQ(drain(), (Said{"4.3 ok"}));  // once
}

TEST_F(WatchTest, AnItemThatReturnsIsToldOf)
{
    put(1, 1, {"a"});
    get(2, 1);
    watch(3, 1);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:a"}));
    queue.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(drain(), (Said{"3.1 ok"}));
}

TEST_F(WatchTest, TheEndIsToldOf)
{
    watch(1, 1);
    queue.shutdown(false, out);
    EXPECT_EQ(drain(), (Said{"1.1 ok"}));
    watch(1, 2);
    EXPECT_EQ(drain(), (Said{"1.2 ok"}));
}

TEST_F(WatchTest, RemovalIsToldOf)
{
    watch(1, 1);
    broker.remove("q", out);
    EXPECT_EQ(taken(out), (Said{"1.1 ok"}));
}

TEST_F(WatchTest, AtItsDeadlineItIsTimedOut)
{
    watch(1, 1, base::immediate);
    watch(1, 2, start + 1s);
    EXPECT_EQ(drain(), (Said{"1.1 timed_out"}));
    EXPECT_EQ(broker.next_deadline(), start + 1s);
    broker.expire(start + 1s, out);
    EXPECT_EQ(drain(), (Said{"1.2 timed_out"}));
    put(2, 1, {"a"});
    EXPECT_EQ(drain(), (Said{"2.1 ok"}));
}

TEST_F(WatchTest, ItCanBeCancelled)
{
    watch(1, 1);
    queue.cancel({1, 1, 1}, Outcome::cancelled, out);
    put(2, 1, {"a"});
    EXPECT_EQ(drain(), (Said{"1.1 cancelled", "2.1 ok"}));
}

TEST_F(WatchTest, APutThatWaitsForMemoryAloneIsToldOf)
{
    broker.set_memory_max(1);
    std::vector<base::Rope> payloads;
    payloads.push_back(rope("all of it"));
    Queue& other = *broker.find(broker.open({.name = "other"}).object);
    other.put({9, 1, 1}, payloads, {}, base::no_deadline, out);
    (void)drain();
    watch(1, 1);
    put(2, 1, {"a"});
    EXPECT_EQ(drain(), (Said{"1.1 ok"}));
    watch(1, 2);
    EXPECT_EQ(drain(), (Said{"1.2 ok"}));
    get(3, 1);
    EXPECT_EQ(drain(), (Said{"2.1 ok", "3.1 got 1:a"}));
}

TEST_F(WatchTest, UntilTaskDoneItEndsWithTheLastTask)
{
    Queue& tasks = *broker.find(
        broker.open({.name = "tasks", .until_task_done = true, .ends_with_producers = true})
            .object);
    tasks.party_joins(Party::producer, 1);
    std::vector<base::Rope> payloads;
    payloads.push_back(rope("a"));
    tasks.put({1, 1, 1}, payloads, {}, base::no_deadline, out);
    tasks.get({2, 1, 1}, credit(2), base::no_deadline, out);
    tasks.party_leaves(Party::producer, 1, out);
    tasks.watch({3, 1, 1}, base::no_deadline, out);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:a"}));
    tasks.consume({1, 1});
    tasks.task_done({2, 2, 1}, out);
    EXPECT_EQ(drain(), (Said{"2.2 ok", "3.1 ok"}));
}

}  // namespace
}  // namespace penstock::core
