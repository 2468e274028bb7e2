// Which item comes first: LIFO and priority.
#include "tests/support/core/queue_fixture.hpp"

#include <limits>
#include <string>

namespace penstock::core {
namespace {

class LifoTest : public QueueTest {
protected:
    LifoTest() : QueueTest(0, Order::lifo) {}
};

class PriorityTest : public QueueTest {
protected:
    PriorityTest() : QueueTest(0, Order::priority) {}

    void put(OpId op, std::string_view item, Priority priority)
    {
        QueueTest::put(1, op, {item}, base::no_deadline, priority);
    }
};

TEST_F(LifoTest, TheYoungestComesOutFirst)
{
    put(1, 1, {"a", "b", "c"});
    EXPECT_EQ(ready(), "cba");
    get(2, 1, 3);
    EXPECT_EQ(drain(), (Said{"1.1-3 ok", "2.1 got 3:c", "2.2 got 2:b", "2.3 got 1:a"}));
}

TEST_F(LifoTest, WhatIsPutBetweenTwoGetsComesOutBeforeTheOlder)
{
    put(1, 1, {"a", "b"});
    get(2, 1);
    put(1, 3, {"c"});
    get(2, 2, 2);
    EXPECT_EQ(drain(), (Said{"1.1-2 ok", "2.1 got 2:b", "1.3 ok", "2.2 got 3:c", "2.3 got 1:a"}));
}

TEST_F(LifoTest, AnItemReturnsToThePlaceOfItsAge)
{
    put(1, 1, {"a", "b", "c"});
    get(2, 1, 2);
    put(1, 4, {"d"});
    drain();
    queue.give_back({2, 1}, Seen::maybe, out);
    EXPECT_EQ(ready(), "dba");
    queue.give_back({3, 1}, Seen::maybe, out);
    EXPECT_EQ(ready(), "dcba");
    get(3, 1, 4);
    EXPECT_EQ(drain(), (Said{"3.1 got 4:d", "3.2 got 3:c+1", "3.3 got 2:b+1", "3.4 got 1:a"}));
}

TEST_F(PriorityTest, TheSmallestComesOutFirst)
{
    put(1, "a", 5);
    put(2, "b", -7);
    put(3, "c", 0);
    EXPECT_EQ(ready(), "bca");
    get(2, 1, 3);
    EXPECT_EQ(drain(),
              (Said{"1.1 ok", "1.2 ok", "1.3 ok", "2.1 got 2:b", "2.2 got 3:c", "2.3 got 1:a"}));
}

TEST_F(PriorityTest, EqualOnesComeOutInTheOrderOfArrival)
{
    put(1, "a", 1);
    put(2, "b", 0);
    put(3, "c", 1);
    put(4, "d", 0);
    EXPECT_EQ(ready(), "bdac");
}

TEST_F(PriorityTest, TheWholeRangeOfNumbersIsOrdered)
{
    put(1, "a", std::numeric_limits<Priority>::max());
    put(2, "b", std::numeric_limits<Priority>::min());
    put(3, "c", 0);
    EXPECT_EQ(ready(), "bca");
}

TEST_F(PriorityTest, AnItemReturnsToThePlaceOfItsPriorityAndAge)
{
    put(1, "a", 1);
    put(2, "b", 1);
    get(2, 1);
    put(3, "c", 0);
    put(4, "d", 2);
    drain();
    queue.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(ready(), "cabd");
    get(3, 1, 2);
    EXPECT_EQ(drain(), (Said{"3.1 got 3:c", "3.2 got 1:a+1"}));
}

TEST_F(PriorityTest, AGetterThatWaitsTakesWhateverComes)
{
    get(2, 1);
    put(1, "a", 100);
    put(2, "b", 1);
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "1.1 ok", "1.2 ok"}));
}

TEST_F(PriorityTest, APageBeginsWhereThePageBeforeEnded)
{
    for (OpId op = 1; op <= 9; ++op) put(op, std::to_string(op), static_cast<Priority>(op % 3));
    EXPECT_EQ(ready(), "369147258");
    const std::vector<PeekedItem> page = queue.peek(4, 2);
    ASSERT_EQ(page.size(), 2u);
    EXPECT_EQ(text(page[0].payload), "4");
    EXPECT_EQ(text(page[1].payload), "7");
    EXPECT_EQ(page[1].priority, 1);
}

TEST_F(QueueTest, PrioritiesMeanNothingToOtherQueues)
{
    put(1, 1, {"a"}, base::no_deadline, 5);
    put(1, 2, {"b"}, base::no_deadline, 1);
    EXPECT_EQ(ready(), "ab");
}

TEST(OpenTest, AnotherOrderIsAnotherOption)
{
    Broker broker(10);
    ASSERT_EQ(broker.open({.name = "q", .order = Order::lifo}).outcome, Outcome::ok);
    EXPECT_EQ(broker.open({.name = "q", .order = Order::fifo}).outcome, Outcome::options_differ);
    EXPECT_EQ(broker.open({.name = "q", .order = Order::lifo}).outcome, Outcome::ok);
}

TEST(OpenTest, AnOrderThatIsNotGivenIsNotCompared)
{
    Broker broker(10);
    const OpenResult made = broker.open({.name = "q", .order = Order::priority});
    EXPECT_EQ(broker.open({.name = "q"}).object, made.object);
    const OpenResult plain = broker.open({.name = "p"});
    EXPECT_EQ(broker.find(plain.object)->spec().order, Order::fifo);
}

}  // namespace
}  // namespace penstock::core
