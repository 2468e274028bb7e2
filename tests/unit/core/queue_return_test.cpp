#include "tests/support/core/queue_fixture.hpp"

#include <limits>

namespace penstock::core {
namespace {

TEST_F(QueueTest, AnAssignedItemIsKeptUntilItIsConsumed)
{
    put(1, 1, {"a", "b"});
    get(2, 1, 2);
    ASSERT_NE(queue.assigned(1), nullptr);
    EXPECT_EQ(text(queue.assigned(1)->payload), "a");
    queue.consume({1, 1});
    EXPECT_EQ(queue.assigned(1), nullptr);
    EXPECT_NE(queue.assigned(2), nullptr);
    EXPECT_EQ(queue.stats().assigned, 1u);
}

TEST_F(QueueTest, TheBytesOfARangeAreThoseOfItsAssignedItems)
{
    put(1, 1, {"a", "bb", "ccc", "dddd"});
    get(2, 1, 3);
    queue.consume({2, 1});
    EXPECT_EQ(queue.assigned_bytes({1, 4}), 4u);
    EXPECT_EQ(queue.assigned_bytes({2, 1}), 0u);
    EXPECT_EQ(queue.assigned_bytes({3, 10}), 3u);
}

TEST_F(QueueTest, ItemsReturnToTheirPlaceNotToTheFront)
{
    put(1, 1, {"a", "b", "c", "d"});
    get(2, 1);
    get(3, 1);
    get(2, 2);
    drain();
    queue.give_back({2, 1}, Seen::maybe, out);
    queue.give_back({1, 1}, Seen::maybe, out);
    queue.give_back({3, 1}, Seen::no, out);
    EXPECT_EQ(ready(), "abcd");
    get(4, 1, 4);
    EXPECT_EQ(drain(), (Said{"4.1 got 1:a+1", "4.2 got 2:b+1", "4.3 got 3:c", "4.4 got 4:d"}));
}

TEST_F(QueueTest, OnlyWhatMayHaveBeenSeenCountsAsAnAttempt)
{
    put(1, 1, {"a"});
    get(2, 1);
    queue.give_back({1, 1}, Seen::no, out);
    get(2, 2);
    queue.give_back({1, 1}, Seen::maybe, out);
    get(2, 3);
    queue.give_back({1, 1}, Seen::maybe, out);
    get(2, 4);
    EXPECT_EQ(drain().back(), "2.4 got 1:a+2");
}

TEST_F(QueueTest, AttemptsDoNotWrapAround)
{
    put(1, 1, {"a"});
    for (OpId op = 1; op <= 65'540; ++op) {
        get(2, op);
        queue.give_back({1, 1}, Seen::maybe, out);
        out.clear();
    }
    EXPECT_EQ(queue.peek(0, 1).at(0).attempts, std::numeric_limits<std::uint16_t>::max());
}

TEST_F(QueueTest, AReturnedItemGoesStraightToAWaitingGetter)
{
    put(1, 1, {"a"});
    get(2, 1);
    get(3, 1);
    drain();
    queue.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a+1"}));
    EXPECT_EQ(queue.stats().assigned, 1u);
    EXPECT_EQ(queue.stats().get_total, 2u);
}

TEST_F(QueueTest, ReturnedItemsServeWaitingGettersInTheOrderOfTheQueue)
{
    put(1, 1, {"a", "b"});
    get(2, 1, 2);
    get(3, 1, 1);
    drain();
    queue.give_back({1, 2}, Seen::no, out);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a"}));
    EXPECT_EQ(ready(), "b");
}

// They are found run by run, each of 1,024 numbers.
TEST_F(QueueTest, APeekPassesOverManyReturnedItems)
{
    for (OpId op = 1; op <= 5000; ++op) put(1, op, {"x"});
    get(2, 1, 5000);
    out.clear();
    std::vector<Seq> expected;
    for (Seq seq = 1; seq <= 4900; ++seq) {
        const bool returns = seq % 3 == 0 || seq / 1024 == 2;
        if (!returns) continue;
        queue.give_back({seq, 1}, Seen::no, out);
        expected.push_back(seq);
    }
    put(1, 5001, {"y"});
    expected.push_back(5001);
    for (std::size_t offset = 0; offset < expected.size(); ++offset) {
        const std::vector<PeekedItem> items = queue.peek(offset, 2);
        ASSERT_EQ(items.size(), std::min<std::size_t>(2, expected.size() - offset)) << offset;
        EXPECT_EQ(items[0].seq, expected[offset]) << offset;
        EXPECT_EQ(items.back().seq, expected[offset + items.size() - 1]) << offset;
    }
    EXPECT_TRUE(queue.peek(expected.size(), 1).empty());
    get(2, 5001, 2000);  // the front goes, run by run
    out.clear();
    EXPECT_EQ(queue.peek(0, 1).at(0).seq, expected[2000]);
}

TEST_F(QueueTest, AnItemIsReturnedOnce)
{
    put(1, 1, {"a"});
    get(2, 1);
    drain();
    queue.give_back({1, 1}, Seen::maybe, out);
    queue.give_back({1, 1}, Seen::maybe, out);
    queue.consume({1, 1});
    EXPECT_EQ(queue.stats().ready, 1u);
    get(3, 1);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a+1"}));
}

TEST_F(QueueTest, ARangeOfSeqsMeansThoseThatAreAssigned)
{
    put(1, 1, {"a", "b", "c"});
    get(2, 1, 2);
    queue.consume({1, 1});
    drain();
    queue.give_back({0, std::numeric_limits<std::uint64_t>::max()}, Seen::no, out);
    EXPECT_EQ(ready(), "bc");
    EXPECT_EQ(queue.stats().unfinished, 3u);
}

TEST_F(QueueOfTwoTest, AReturnMayExceedMaxsizeAndTakesRoom)
{
    put(1, 1, {"a", "b", "c", "d", "e"});
    get(2, 1, 2);
    drain();
    queue.give_back({1, 2}, Seen::no, out);
    EXPECT_EQ(drain(), Said{});
    EXPECT_EQ(ready(), "abcd");
    get(2, 3, 2);
    EXPECT_EQ(drain(), (Said{"2.3 got 1:a", "2.4 got 2:b"}));
    get(2, 5);
    EXPECT_EQ(drain(), (Said{"2.5 got 3:c", "1.5 ok"}));
}

TEST_F(QueueTest, ASessionThatEndsDoesNotGetItsOwnItemsBack)
{
    put(1, 1, {"a"});
    get(2, 1, 5);
    get(3, 1);
    drain();
    queue.cancel({2, 1, 5}, Outcome::cancelled, out);
    queue.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(drain(), (Said{"2.2-5 cancelled", "3.1 got 1:a+1"}));
}

TEST_F(QueueTest, AReturnEndsNoWaitForCredit)
{
    put(1, 1, {"a", "b"});
    get(2, 1);
    credit(3).bytes = 0;
    get(3, 1, 1, base::immediate);
    drain();
    queue.give_back({1, 1}, Seen::no, out);
    EXPECT_EQ(drain(), Said{});
    credit(3).bytes = 1;
    queue.serve(out);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a"}));
}

}  // namespace
}  // namespace penstock::core
