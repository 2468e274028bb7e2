#include "tests/support/core/queue_fixture.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace penstock::core {
namespace {

TEST_F(QueueTest, ItemsAreNumberedFromOneInTheOrderOfAdmission)
{
    put(1, 1, {"a", "b"});
    put(2, 1, {"c"});
    EXPECT_EQ(drain(), (Said{"1.1-2 ok", "2.1 ok"}));
    get(3, 1, 3);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a", "3.2 got 2:b", "3.3 got 3:c"}));
}

TEST_F(QueueTest, AnItemGoesStraightToTheGetterThatWaitsLongest)
{
    get(2, 1);
    get(3, 1);
    put(1, 1, {"a"});
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "1.1 ok"}));
    EXPECT_EQ(queue.stats().ready, 0u);
    EXPECT_EQ(queue.stats().getters, 1u);
}

TEST_F(QueueTest, ARangeOfPutsServesARangeOfGets)
{
    get(2, 1, 2);
    put(1, 1, {"a", "b", "c"});
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "2.2 got 2:b", "1.1-3 ok"}));
    EXPECT_EQ(ready(), "c");
}

TEST_F(QueueTest, TheContentTypeTravelsWithTheItem)
{
    std::vector<base::Rope> payloads{rope("{}")};
    queue.put({1, 1, 1}, payloads, {.content_type = 3}, base::no_deadline, out);
    EXPECT_EQ(queue.peek(0, 1).at(0).content_type, 3);
    get(2, 1);
    EXPECT_EQ(out.at(1).item->content_type, 3);
}

TEST_F(QueueTest, AnEmptyPayloadIsAnItemLikeOthers)
{
    put(1, 1, {""});
    get(2, 1);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 got 1:"}));
}

TEST_F(QueueOfTwoTest, ATryIsFullAtOnceForWhatFindsNoRoom)
{
    put(1, 1, {"a", "b", "c", "d"}, base::immediate);
    EXPECT_EQ(drain(), (Said{"1.1-2 ok", "1.3-4 full"}));
}

TEST_F(QueueOfTwoTest, APutterWaitsForRoomAndIsAdmittedInParts)
{
    put(1, 1, {"a", "b", "c", "d", "e"});
    EXPECT_EQ(drain(), (Said{"1.1-2 ok"}));
    get(2, 1);
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "1.3 ok"}));
    get(2, 2, 2);
    EXPECT_EQ(drain(), (Said{"2.2 got 2:b", "2.3 got 3:c", "1.4-5 ok"}));
    EXPECT_EQ(ready(), "de");
}

TEST_F(QueueOfTwoTest, PuttersAreAdmittedInTheOrderOfArrival)
{
    put(1, 1, {"a", "b"});
    put(3, 1, {"c"});
    put(2, 1, {"d", "e"});
    drain();
    get(4, 1, 2);
    EXPECT_EQ(drain(), (Said{"4.1 got 1:a", "4.2 got 2:b", "3.1 ok", "2.1 ok"}));
    EXPECT_EQ(queue.stats().putters, 1u);
}

TEST_F(QueueOfTwoTest, ATryBehindAWaitingPutterIsFull)
{
    put(1, 1, {"a", "b", "c"});
    drain();
    put(2, 1, {"d"}, base::immediate);
    EXPECT_EQ(drain(), (Said{"2.1 full"}));
}

TEST_F(QueueOfTwoTest, AWaitingPutterIsFullAtItsDeadline)
{
    put(1, 1, {"a", "b", "c", "d"}, start + 1s);
    EXPECT_EQ(broker.next_deadline(), start + 1s);
    drain();
    broker.expire(start, out);
    EXPECT_EQ(drain(), Said{});
    broker.expire(start + 1s, out);
    EXPECT_EQ(drain(), (Said{"1.3-4 full"}));
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
}

TEST_F(QueueOfTwoTest, OneGetOfManyTakesWhatItMakesRoomFor)
{
    put(1, 1, {"a", "b", "c", "d", "e"});
    drain();
    get(2, 1, 6, base::immediate);
    EXPECT_EQ(drain(),
              (Said{"2.1 got 1:a",
                    "2.2 got 2:b",
                    "1.3-4 ok",
                    "2.3 got 3:c",
                    "2.4 got 4:d",
                    "1.5 ok",
                    "2.5 got 5:e",
                    "2.6 empty"}));
}

TEST_F(QueueOfTwoTest, MaxsizeBoundsWhatIsReadyNotWhatIsAssigned)
{
    put(1, 1, {"a", "b"});
    get(2, 1, 2);
    put(1, 3, {"c", "d", "e"}, base::immediate);
    EXPECT_EQ(drain().back(), "1.5 full");
    EXPECT_EQ(queue.stats().ready, 2u);
    EXPECT_EQ(queue.stats().assigned, 2u);
}

TEST_F(QueueOfTwoTest, WaitingGettersLeaveRoomForAWholeRange)
{
    get(2, 1, 3);
    put(1, 1, {"a", "b", "c", "d", "e", "f"}, base::immediate);
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "2.2 got 2:b", "2.3 got 3:c", "1.1-5 ok", "1.6 full"}));
}

TEST_F(QueueOfTwoTest, ACancelledPutterLeavesNothingBehind)
{
    put(1, 1, {"a", "b", "c", "d", "e"});
    drain();
    queue.cancel({1, 4, 1}, Outcome::cancelled, out);
    EXPECT_EQ(drain(), (Said{"1.4 cancelled"}));
    get(2, 1, 4, base::immediate);
    EXPECT_EQ(
        drain(),
        (Said{"2.1 got 1:a", "2.2 got 2:b", "1.3 ok", "1.5 ok", "2.3 got 3:c", "2.4 got 4:e"}));
}

// A large payload is kept as it came, so its block tells who still holds it.
TEST_F(QueueOfTwoTest, ACancelledPutterLetsGoOfItsPayload)
{
    put(1, 1, {"a", "b"});
    std::vector<std::weak_ptr<std::byte>> blocks;
    std::vector<base::Rope> payloads;
    for (int i = 0; i < 3; ++i) {
        const std::size_t size = Slab::copied_size_max;
        std::shared_ptr<std::byte> block(new std::byte[size](), std::default_delete<std::byte[]>());
        blocks.emplace_back(block);
        payloads.emplace_back(base::Slice(std::move(block), size));
    }
    queue.put({1, 3, 3}, payloads, {}, base::no_deadline, out);
    payloads.clear();
    queue.cancel({1, 4, 1}, Outcome::cancelled, out);
    EXPECT_FALSE(blocks[0].expired());
    EXPECT_TRUE(blocks[1].expired());
    EXPECT_FALSE(blocks[2].expired());
}

TEST_F(QueueTest, CompletionsOfTwoCallsAreNotJoined)
{
    put(1, 1, {"a"});
    put(1, 2, {"b"});
    EXPECT_EQ(drain(), (Said{"1.1 ok", "1.2 ok"}));
}

TEST_F(QueueOfTwoTest, CancelLeavesAloneWhatDoesNotWait)
{
    put(1, 1, {"a", "b", "c"});
    drain();
    queue.cancel({1, 1, 2}, Outcome::cancelled, out);
    queue.cancel({2, 1, 100}, Outcome::cancelled, out);
    EXPECT_EQ(drain(), Said{});
    queue.cancel({1, 1, 1000}, Outcome::closed, out);
    EXPECT_EQ(drain(), (Said{"1.3 closed"}));
}

TEST_F(QueueOfTwoTest, TheRestOfACancelledRangeKeepsItsDeadlineAndItsPlace)
{
    put(1, 1, {"a", "b", "c", "d", "e", "f", "g"}, start + 1s);
    put(2, 1, {"x"}, start + 1s);
    drain();
    queue.cancel({1, 3, 1}, Outcome::cancelled, out);  // the front
    queue.cancel({1, 5, 1}, Outcome::cancelled, out);  // the middle
    queue.cancel({1, 7, 1}, Outcome::cancelled, out);  // the end
    EXPECT_EQ(drain(), (Said{"1.3 cancelled", "1.5 cancelled", "1.7 cancelled"}));
    get(3, 1);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a", "1.4 ok"}));
    broker.expire(start + 1s, out);
    EXPECT_EQ(drain(), (Said{"1.6 full", "2.1 full"}));
    EXPECT_EQ(ready(), "bd");
}

TEST_F(QueueTest, ManyWaitersAreFoundAndServedInOrder)
{
    for (SessionId session = 1; session <= 10'000; ++session) get(session, 1, 2);
    for (SessionId session = 1; session <= 10'000; session += 2) {
        queue.cancel({session, 1, 2}, Outcome::cancelled, out);
    }
    out.clear();
    put(20'000, 1, {"a", "b", "c"});
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "2.2 got 2:b", "4.1 got 3:c", "20000.1-3 ok"}));
    EXPECT_EQ(queue.stats().getters, 9'997u);
}

}  // namespace
}  // namespace penstock::core
