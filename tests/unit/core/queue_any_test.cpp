// Gets that wait at several queues.
#include "tests/support/core/queue_fixture.hpp"

namespace penstock::core {
namespace {

class QueuesTest : public QueueTest {
protected:
    QueuesTest() : other(*broker.find(broker.open({.name = "r"}).object)) {}

    void get_any(SessionId session, OpId op, TimePoint deadline = base::no_deadline)
    {
        get_any(session, op, {queue.id(), other.id()}, deadline);
    }

    void get_any(SessionId session,
                 OpId op,
                 std::initializer_list<ObjectId> objects,
                 TimePoint deadline = base::no_deadline)
    {
        const std::vector<ObjectId> list(objects);
        broker.get_any({session, op, 1}, list, credit(session), deadline, out);
    }

    void put_other(OpId op, std::string_view item)
    {
        std::vector<base::Rope> payloads;
        payloads.push_back(rope(item));
        other.put({1, op, 1}, payloads, {}, base::no_deadline, out);
    }

    void end_of(Queue& one) { one.shutdown(false, out); }

    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> getters() const
    {
        return {queue.stats().getters, other.stats().getters};
    }

    Queue& other;
};

TEST_F(QueuesTest, OfThoseThatAreReadyTheFirstOfTheListIsTaken)
{
    put_other(1, "r");
    put(1, 2, {"q"});
    get_any(2, 1, {other.id(), queue.id()});
    get_any(2, 2, {other.id(), queue.id()});
    EXPECT_EQ(drain(), (Said{"1.1 ok", "1.2 ok", "2.1 got 1:r", "2.2 got 1:q"}));
}

TEST_F(QueuesTest, OneThatWaitsIsServedByWhicheverIsFirstAndLeavesTheOther)
{
    get_any(2, 1);
    EXPECT_EQ(getters(), std::pair(1ul, 1ul));
    put_other(1, "r");
    EXPECT_EQ(drain(), (Said{"2.1 got 1:r", "1.1 ok"}));
    EXPECT_EQ(getters(), std::pair(0ul, 0ul));
    put(1, 2, {"q"});
    EXPECT_EQ(drain(), Said{"1.2 ok"});
}

TEST_F(QueuesTest, ItTakesItsTurnBetweenOrdinaryGets)
{
    get(2, 1);
    get_any(3, 1);
    get(4, 1);
    put(1, 1, {"a", "b", "c"});
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "3.1 got 2:b", "4.1 got 3:c", "1.1-3 ok"}));
}

TEST_F(QueuesTest, EmptyIsAnsweredOnceWhenNothingIsReadyInAll)
{
    get_any(2, 1, base::immediate);
    EXPECT_EQ(drain(), Said{"2.1 empty"});
    get_any(2, 2, start + 1s);
    broker.expire(start + 2s, out);
    EXPECT_EQ(drain(), Said{"2.2 empty"});
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
    EXPECT_EQ(getters(), std::pair(0ul, 0ul));
}

TEST_F(QueuesTest, WithoutCreditEmptyIsNotAnsweredWhileOneHasSomething)
{
    credit(2).bytes = 0;
    put_other(1, "r");
    get_any(2, 1, base::immediate);
    get_any(2, 2, start + 1s);
    broker.expire(start + 2s, out);
    EXPECT_EQ(drain(), Said{"1.1 ok"});
    credit(2).bytes = 1;
    other.serve(2, out);
    EXPECT_EQ(drain(), Said{"2.1 got 1:r"});
    credit(2).bytes = 10;
    queue.serve(2, out);
    EXPECT_EQ(drain(), Said{"2.2 empty"});
}

TEST_F(QueuesTest, ItEndsWhenAllHaveEndedWithTheEndOfTheLast)
{
    get_any(2, 1);
    end_of(queue);
    EXPECT_EQ(drain(), Said{});
    EXPECT_EQ(getters(), std::pair(0ul, 1ul));
    get_any(3, 1);
    end_of(other);
    EXPECT_EQ(drain(), (Said{"2.1 shut_down", "3.1 shut_down"}));
    get_any(2, 2);
    EXPECT_EQ(drain(), Said{"2.2 shut_down"});
}

TEST_F(QueuesTest, AnEndedQueueIsDrainedFirst)
{
    put(1, 1, {"a"});
    end_of(queue);
    get_any(2, 1);
    get_any(2, 2);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:a!"}));
    put_other(2, "r");
    EXPECT_EQ(drain(), (Said{"2.2 got 1:r", "1.2 ok"}));
}

TEST_F(QueuesTest, TheEndOfTheQueueThatKeptItWaitingEndsOneThatIsLate)
{
    credit(2).bytes = 0;
    put(1, 1, {"q"});
    get_any(2, 1, base::immediate);
    EXPECT_EQ(drain(), Said{"1.1 ok"});
    queue.shutdown(true, out);
    EXPECT_EQ(drain(), Said{"2.1 empty"});
    EXPECT_EQ(getters(), std::pair(0ul, 0ul));
}

TEST_F(QueuesTest, TheRemovalOfOneClosesIt)
{
    get_any(2, 1);
    broker.remove("r", out);
    EXPECT_EQ(drain(), Said{"2.1 closed"});
    EXPECT_EQ(queue.stats().getters, 0u);
}

TEST_F(QueuesTest, CancellingItAtOneTakesItOutOfAll)
{
    get_any(2, 1);
    other.cancel({2, 1, 1}, Outcome::cancelled, out);
    EXPECT_EQ(drain(), Said{"2.1 cancelled"});
    EXPECT_EQ(getters(), std::pair(0ul, 0ul));
}

TEST_F(QueuesTest, WhatReturnsGoesToItAtOnce)
{
    put_other(1, "r");
    get_any(2, 1);
    get_any(3, 1);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:r"}));
    other.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(drain(), Said{"3.1 got 1:r+1"});
}

}  // namespace
}  // namespace penstock::core
