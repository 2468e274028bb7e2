// What an operator does to a queue: pause, resume, move.
#include "tests/support/core/queue_fixture.hpp"

namespace penstock::core {
namespace {

class PauseTest : public QueueOfTwoTest {
protected:
    void pause() { queue.pause(out); }
    void resume() { queue.resume(out); }
};

TEST_F(PauseTest, GetsWaitAndTimeOutAsEmptyWhileTheItemsStay)
{
    put(1, 1, {"a"});
    pause();
    get(2, 1, 1, base::immediate);
    get(2, 2, 1, start);
    get_many(2, 3, 10);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 empty"}));
    broker.expire(start, out);
    EXPECT_EQ(drain(), (Said{"2.2 empty"}));
    EXPECT_EQ(ready(), "a");
    EXPECT_EQ(queue.stats().getters, 1u);
}

TEST_F(PauseTest, PutsGoOnUpToMaxsize)
{
    get(1, 1);
    pause();
    put(2, 1, {"a", "b", "c"});
    put(2, 4, {"d"}, base::immediate);
    EXPECT_EQ(drain(), (Said{"2.1-2 ok", "2.4 full"}));
}

TEST_F(PauseTest, ResumingHandsOutInOrderToThoseThatWaitedLongest)
{
    pause();
    put(1, 1, {"a", "b", "c"});
    get(2, 1);
    get(3, 1, 2);
    drain();
    resume();
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "3.1 got 2:b", "1.3 ok", "3.2 got 3:c"}));
}

TEST_F(PauseTest, TwiceIsOnce)
{
    put(1, 1, {"a"});
    pause();
    pause();
    EXPECT_TRUE(queue.stats().paused);
    get(2, 1);
    resume();
    resume();
    EXPECT_FALSE(queue.stats().paused);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:a"}));
}

TEST_F(PauseTest, WhatReturnsStaysUntilItIsResumed)
{
    put(1, 1, {"a"});
    get(2, 1);
    pause();
    get(3, 1);
    queue.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:a"}));
    resume();
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a+1"}));
}

TEST_F(PauseTest, CreditThatReturnsMeanwhileIsUsedWhenItIsResumed)
{
    credit(2).bytes = 0;
    put(1, 1, {"a"});
    get(2, 1);
    pause();
    credit(2).bytes = 5;
    queue.serve(2, out);
    EXPECT_EQ(drain(), (Said{"1.1 ok"}));
    resume();
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a"}));
}

TEST_F(PauseTest, AGetThatOnlyItsCreditKeptFromAnItemIsEmptyThen)
{
    credit(2).bytes = 0;
    put(1, 1, {"a"});
    get(2, 1, 1, base::immediate);
    EXPECT_EQ(drain(), (Said{"1.1 ok"}));
    pause();
    EXPECT_EQ(drain(), (Said{"2.1 empty"}));
}

TEST_F(PauseTest, AWatcherIsNotToldOfItsItemsUntilItIsResumed)
{
    put(1, 1, {"a"});
    pause();
    queue.watch({2, 1, 1}, base::no_deadline, out);
    EXPECT_EQ(drain(), (Said{"1.1 ok"}));
    EXPECT_FALSE(queue.calls_for_a_get());
    resume();
    EXPECT_EQ(drain(), (Said{"2.1 ok"}));
}

TEST_F(PauseTest, AQueueThatIsShutDownKeepsItsItemsForTheTimeAfter)
{
    put(1, 1, {"a"});
    pause();
    queue.shutdown(false, out);
    get(2, 1, 2);
    EXPECT_EQ(drain(), (Said{"1.1 ok"}));
    resume();
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a!", "2.2 shut_down"}));
}

TEST_F(PauseTest, AnEmptyQueueEndsAlsoWhilePaused)
{
    get(2, 1);
    pause();
    queue.shutdown(false, out);
    EXPECT_EQ(drain(), (Said{"2.1 shut_down"}));
}

TEST_F(PauseTest, JoinTaskDonePurgeAndPeekGoOn)
{
    put(1, 1, {"a", "b", "c"});
    get(2, 1);
    queue.join({3, 1, 1}, base::no_deadline, out);
    pause();
    drain();
    queue.task_done({2, 2, 1}, out);
    EXPECT_EQ(ready(), "bc");
    EXPECT_EQ(queue.purge(out), 2u);
    EXPECT_EQ(drain(), (Said{"2.2 ok", "3.1 ok"}));
}

TEST_F(PauseTest, APutAtTheMemoryLimitIsNotTakenAtOnceByAGetterThatIsHeld)
{
    broker.set_memory_max(0);
    put(1, 1, {"a"});  // where nothing is, one fits
    get(2, 1);
    get(2, 2);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:a"}));
    pause();
    put(1, 2, {"b"});
    put(1, 3, {"c"}, base::immediate);
    EXPECT_EQ(drain(), (Said{"1.3 no_memory"}));
    resume();
    EXPECT_EQ(drain(), (Said{"1.2 ok", "2.2 got 2:b"}));
}

TEST_F(PauseTest, AGetAtSeveralQueuesTakesFromTheOthers)
{
    Queue& other = *broker.find(broker.open({.name = "r"}).object);
    put(1, 1, {"a"});
    pause();
    const std::vector<ObjectId> both{queue.id(), other.id()};
    broker.get_any({2, 1, 1}, both, credit(2), base::immediate, out);
    broker.get_any({2, 2, 1}, both, credit(2), base::no_deadline, out);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 empty"}));
    std::vector<base::Rope> payloads{rope("r")};
    other.put({1, 2, 1}, payloads, {}, base::no_deadline, out);
    EXPECT_EQ(drain(), (Said{"2.2 got 1:r", "1.2 ok"}));
    broker.get_any({2, 3, 1}, both, credit(2), base::no_deadline, out);
    resume();
    EXPECT_EQ(drain(), (Said{"2.3 got 1:a"}));
}

class MoveTest : public QueueTest {
protected:
    MoveTest() : to(open("to")) {}

    Queue& open(std::string_view name, std::int64_t maxsize = 0, Order order = Order::fifo)
    {
        return *broker.find(broker.open({.name = name, .order = order, .maxsize = maxsize}).object);
    }

    std::uint64_t move(std::string_view from, std::string_view target, std::uint64_t most = 1000)
    {
        const MoveResult result = broker.move(from, target, most, out);
        EXPECT_EQ(result.outcome, Outcome::ok);
        broker.check_invariants();
        return result.moved;
    }

    static std::string in(const Queue& one)
    {
        std::string result;
        for (const PeekedItem& item : one.peek(0, 1000)) result += text(item.payload);
        return result;
    }

    void put_into(Queue& one, OpId op, std::string_view item, Priority priority = 0)
    {
        std::vector<base::Rope> payloads{rope(item)};
        one.put({9, op, 1}, payloads, {.content_type = 3, .priority = priority}, start, out);
    }

    Queue& to;
};

TEST_F(MoveTest, ItemsGoToTheEndInTheOrderInWhichTheyWouldBeHandedOut)
{
    put(1, 1, {"a", "b", "c"});
    put_into(to, 1, "x");
    EXPECT_EQ(move("q", "to", 2), 2u);
    EXPECT_EQ(in(queue), "c");
    EXPECT_EQ(in(to), "xab");
    EXPECT_EQ(move("q", "to"), 1u);
    EXPECT_EQ(in(to), "xabc");
    EXPECT_EQ(move("q", "to"), 0u);
}

TEST_F(MoveTest, PrioritiesAndContentTypesGoAlong)
{
    Queue& from = open("from", 0, Order::priority);
    Queue& by_priority = open("by priority", 0, Order::priority);
    put_into(from, 1, "a", 5);
    put_into(from, 2, "b", 1);
    put_into(by_priority, 3, "x", 3);
    EXPECT_EQ(move("from", "by priority"), 2u);
    EXPECT_EQ(in(by_priority), "bxa");
    EXPECT_EQ(by_priority.peek(0, 1).front().content_type, 3);
    EXPECT_EQ(move("by priority", "q"), 3u);
    EXPECT_EQ(in(queue), "bxa");
    EXPECT_EQ(queue.peek(0, 1).front().priority, 0);
}

TEST_F(MoveTest, AStackIsTakenFromTheTop)
{
    Queue& stack = open("stack", 0, Order::lifo);
    put_into(stack, 1, "a");
    put_into(stack, 2, "b");
    EXPECT_EQ(move("stack", "to"), 2u);
    EXPECT_EQ(in(to), "ba");
}

TEST_F(MoveTest, OnlyAsManyAsFitAreMoved)
{
    Queue& small = open("small", 2);
    put(1, 1, {"a", "b", "c"});
    EXPECT_EQ(move("q", "small"), 2u);
    EXPECT_EQ(in(small), "ab");
    EXPECT_EQ(in(queue), "c");
    EXPECT_EQ(move("q", "small"), 0u);
}

TEST_F(MoveTest, WhoeverWaitsThereIsServedAndTakesNoRoom)
{
    Queue& small = open("small", 1);
    small.get({5, 1, 2}, credit(5), base::no_deadline, out);
    put(1, 1, {"a", "b", "c", "d"});
    drain();
    EXPECT_EQ(move("q", "small"), 3u);
    EXPECT_EQ(drain(), (Said{"5.1 got 1:a", "5.2 got 2:b"}));
    EXPECT_EQ(in(small), "c");
}

TEST_F(MoveTest, PutsThatWaitedForRoomAreLetInAndStay)
{
    Queue& full = open("full", 1);
    put_into(full, 1, "a");
    put_into(full, 2, "b");
    drain();
    EXPECT_EQ(move("full", "to"), 1u);
    EXPECT_EQ(drain(), (Said{"9.2 ok"}));
    EXPECT_EQ(in(full), "b");
    EXPECT_EQ(in(to), "a");
}

TEST_F(MoveTest, JoinCountsThemWhereTheyAre)
{
    put(1, 1, {"a"});
    queue.join({2, 1, 1}, base::no_deadline, out);
    drain();
    move("q", "to");
    EXPECT_EQ(drain(), (Said{"2.1 ok"}));
    EXPECT_EQ(queue.stats().unfinished, 0u);
    EXPECT_EQ(to.stats().unfinished, 1u);
}

TEST_F(MoveTest, AttemptsBeginAnew)
{
    put(1, 1, {"a"});
    get(2, 1);
    queue.give_back({1, 1}, Seen::maybe, out);
    drain();
    move("q", "to");
    to.get({2, 2, 1}, credit(2), base::no_deadline, out);
    EXPECT_EQ(drain(), (Said{"2.2 got 1:a"}));
}

TEST_F(MoveTest, WhatIsHandedOutStaysAndReturnsToItsQueue)
{
    put(1, 1, {"a", "b"});
    get(2, 1);
    drain();
    EXPECT_EQ(move("q", "to"), 1u);
    queue.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(in(queue), "a");
    EXPECT_EQ(in(to), "b");
}

TEST_F(MoveTest, NothingIsAddedToTheMemoryThatItemsTake)
{
    for (OpId op = 1; op <= 100; ++op)
        put_into(queue, op, op % 2 == 0 ? "small" : std::string(5000, 'x'));
    const std::uint64_t before = broker.memory().items();
    const std::uint64_t blocks = broker.memory().used() - before;
    broker.set_memory_max(1);
    EXPECT_EQ(move("q", "to"), 100u);
    EXPECT_EQ(broker.memory().items(), before);
    EXPECT_LE(broker.memory().used() - before, blocks);
    to.purge(out);
    EXPECT_EQ(broker.memory().used(), 0u);
}

TEST_F(MoveTest, AShutDownQueueIsEmptiedAndThenEnds)
{
    put(1, 1, {"a"});
    queue.pause(out);
    queue.shutdown(false, out);
    get(2, 1);
    drain();
    move("q", "to");
    EXPECT_EQ(drain(), (Said{"2.1 shut_down"}));
    EXPECT_EQ(in(to), "a");
}

TEST_F(MoveTest, WhatTakesNoPutsIsNoTarget)
{
    put(1, 1, {"a"});
    to.shutdown(false, out);
    EXPECT_EQ(broker.move("q", "to", 10, out).outcome, Outcome::shut_down);
    EXPECT_EQ(broker.move("q", "none", 10, out).outcome, Outcome::not_found);
    EXPECT_EQ(broker.move("none", "q", 10, out).outcome, Outcome::not_found);
    const ObjectId ends = broker.open({.name = "ended", .ends_with_consumers = true}).object;
    broker.find(ends)->party_joins(Party::consumer, 1);
    broker.find(ends)->party_leaves(Party::consumer, 1, out);
    EXPECT_EQ(broker.move("q", "ended", 10, out).outcome, Outcome::closed);
    EXPECT_EQ(in(queue), "a");
}

}  // namespace
}  // namespace penstock::core
