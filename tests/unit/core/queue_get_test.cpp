#include "tests/support/core/queue_fixture.hpp"

namespace penstock::core {
namespace {

TEST_F(QueueTest, ATryOnAnEmptyQueueIsEmpty)
{
    get(1, 1, 3, base::immediate);
    EXPECT_EQ(drain(), (Said{"1.1-3 empty"}));
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
}

TEST_F(QueueTest, ATryTakesWhatIsThereAndIsEmptyForTheRest)
{
    put(1, 1, {"a"});
    drain();
    get(2, 1, 3, base::immediate);
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "2.2-3 empty"}));
}

TEST_F(QueueTest, AWaitingGetterIsEmptyAtItsDeadline)
{
    get(1, 1, 3, start + 1s);
    put(2, 1, {"a"});
    drain();
    broker.expire(start + 1s, out);
    EXPECT_EQ(drain(), (Said{"1.2-3 empty"}));
}

TEST_F(QueueTest, GettersAreServedInTheOrderOfArrivalAcrossSessions)
{
    get(1, 1);
    get(2, 1);
    get(1, 2);
    put(3, 1, {"a", "b", "c"});
    EXPECT_EQ(drain(), (Said{"1.1 got 1:a", "2.1 got 2:b", "1.2 got 3:c", "3.1-3 ok"}));
}

TEST_F(QueueTest, AnAssignmentIsMadeWhileThereIsCreditAndMayOverdrawIt)
{
    credit(1).bytes = 3;
    put(2, 1, {"ab", "cd", "ef"});
    drain();
    get(1, 1, 3);
    EXPECT_EQ(drain(), (Said{"1.1 got 1:ab", "1.2 got 2:cd"}));
    EXPECT_EQ(credit(1).bytes, -1);
}

TEST_F(QueueTest, AnEmptyItemCostsOneByteOfCredit)
{
    credit(1).bytes = 2;
    put(2, 1, {"", "", ""});
    drain();
    get(1, 1, 3);
    EXPECT_EQ(drain(), (Said{"1.1 got 1:", "1.2 got 2:"}));
    EXPECT_EQ(credit(1).bytes, 0);
}

TEST_F(QueueTest, AGetterWithoutCreditIsPassedOver)
{
    credit(1).bytes = 0;
    get(1, 1);
    get(2, 1);
    put(3, 1, {"a"});
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "3.1 ok"}));
}

TEST_F(QueueTest, AGetterWhoseCreditReturnsHasItsOldPlace)
{
    credit(1).bytes = 0;
    get(1, 1);
    get(2, 1);
    put(3, 1, {"a"});  // to session 2: now session 1 is known to lack credit
    get(2, 2);
    drain();
    credit(1).bytes = 10;
    queue.serve(out);
    put(3, 2, {"b", "c"});
    EXPECT_EQ(drain(), (Said{"1.1 got 2:b", "2.2 got 3:c", "3.2-3 ok"}));
}

TEST_F(QueueTest, ServeGivesReadyItemsToThoseWhoMayHaveThemAgain)
{
    credit(1).bytes = 0;
    credit(2).bytes = 0;
    get(1, 1, 2);
    get(2, 1, 2);
    put(3, 1, {"a", "b", "c"});
    EXPECT_EQ(drain(), (Said{"3.1-3 ok"}));
    credit(2).bytes = 1;
    queue.serve(2, out);
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a"}));
    credit(1).bytes = 1;
    credit(2).bytes = 1;
    queue.serve(out);
    EXPECT_EQ(drain(), (Said{"1.1 got 2:b", "2.2 got 3:c"}));
}

TEST_F(QueueTest, CreditNamesTheQueuesThatPassedItsSessionOver)
{
    const std::set<ObjectId> this_queue = {queue.id()};
    credit(1).bytes = 0;
    get(1, 1, 3);
    EXPECT_TRUE(credit(1).starved.empty());  // nothing was ready
    put(2, 1, {"a", "b"});
    EXPECT_EQ(credit(1).starved, this_queue);
    credit(1).bytes = 1;
    queue.serve(1, out);
    EXPECT_EQ(credit(1).starved, this_queue);  // there is one more
    queue.cancel({1, 1, 3}, Outcome::cancelled, out);
    EXPECT_TRUE(credit(1).starved.empty());
    EXPECT_EQ(drain(), (Said{"2.1-2 ok", "1.1 got 1:a", "1.2-3 cancelled"}));
}

TEST_F(QueueTest, OverdueGetsThatAreCancelledInPartsStayOverdue)
{
    credit(1).bytes = 0;
    put(2, 1, {"a"});
    get(1, 1, 9, base::immediate);
    queue.cancel({1, 5, 1}, Outcome::cancelled, out);
    queue.cancel({1, 9, 1}, Outcome::cancelled, out);
    queue.cancel({1, 1, 1}, Outcome::cancelled, out);
    drain();
    EXPECT_EQ(queue.purge(out), 1u);
    EXPECT_EQ(drain(), (Said{"1.2-4 empty", "1.6-8 empty"}));
}

TEST_F(QueueTest, GetsOfASessionDoNotOvertakeEachOther)
{
    credit(1).bytes = 0;
    get(1, 1);
    put(2, 1, {"a", "b"});
    drain();
    credit(1).bytes = 10;
    get(1, 2);  // before serve() was called
    queue.serve(1, out);
    EXPECT_EQ(drain(), (Said{"1.1 got 1:a", "1.2 got 2:b"}));
}

// The three ways out for a try that credit keeps from ready items: it must not say empty.
TEST_F(QueueTest, ATryWithoutCreditWaitsForItsItem)
{
    credit(1).bytes = 0;
    put(2, 1, {"a"});
    drain();
    get(1, 1, 1, base::immediate);
    EXPECT_EQ(drain(), Said{});
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
    credit(1).bytes = 1;
    queue.serve(1, out);
    EXPECT_EQ(drain(), (Said{"1.1 got 1:a"}));
}

TEST_F(QueueTest, ATryWithoutCreditIsEmptyOnceNothingIsReady)
{
    credit(1).bytes = 0;
    put(2, 1, {"a"});
    get(1, 1, 2, base::immediate);
    drain();
    get(3, 1);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a", "1.1-2 empty"}));
}

TEST_F(QueueTest, APurgeLetsATryWithoutCreditSayEmpty)
{
    credit(1).bytes = 0;
    put(2, 1, {"a"});
    get(1, 1, 1, base::immediate);
    drain();
    EXPECT_EQ(queue.purge(out), 1u);
    EXPECT_EQ(drain(), (Said{"1.1 empty"}));
}

TEST_F(QueueTest, ADeadlineThatPassesWithoutCreditWaitsForItsItem)
{
    credit(1).bytes = 0;
    put(2, 1, {"a"});
    get(1, 1, 1, start);
    drain();
    broker.expire(start, out);
    EXPECT_EQ(drain(), Said{});
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
    credit(1).bytes = 1;
    queue.serve(1, out);
    EXPECT_EQ(drain(), (Said{"1.1 got 1:a"}));
}

TEST_F(QueueTest, ADeadlineThatPassedWithoutCreditIsEmptyOnceNothingIsReady)
{
    credit(1).bytes = 0;
    put(2, 1, {"a"});
    get(1, 1, 1, start);
    broker.expire(start, out);
    drain();
    get(3, 1, 1);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a", "1.1 empty"}));
}

TEST_F(QueueTest, AGetterThatOnceSawNothingReadyIsEmptyAtItsDeadline)
{
    credit(1).bytes = 0;
    get(1, 1, 1, start);
    put(2, 1, {"a"});
    drain();
    broker.expire(start, out);
    EXPECT_EQ(drain(), (Said{"1.1 empty"}));
}

TEST_F(QueueTest, AnOverdueGetterCanBeCancelled)
{
    credit(1).bytes = 0;
    put(2, 1, {"a"});
    get(1, 1, 3, base::immediate);
    drain();
    queue.cancel({1, 2, 1}, Outcome::cancelled, out);
    EXPECT_EQ(drain(), (Said{"1.2 cancelled"}));
    queue.purge(out);
    EXPECT_EQ(drain(), (Said{"1.1 empty", "1.3 empty"}));
}

TEST_F(QueueTest, ACancelledGetterGetsNothing)
{
    get(1, 1, 3);
    get(2, 1);
    queue.cancel({1, 1, 2}, Outcome::cancelled, out);
    EXPECT_EQ(drain(), (Said{"1.1-2 cancelled"}));
    put(3, 1, {"a", "b"});
    EXPECT_EQ(drain(), (Said{"1.3 got 1:a", "2.1 got 2:b", "3.1-2 ok"}));
}

TEST_F(QueueTest, TheRestOfACancelledRangeOfGetsKeepsItsDeadlineAndItsPlace)
{
    get(1, 1, 9, start);
    get(2, 1, 1, start);
    queue.cancel({1, 3, 1}, Outcome::cancelled, out);
    queue.cancel({1, 7, 1}, Outcome::cancelled, out);
    queue.cancel({1, 5, 1}, Outcome::cancelled, out);
    drain();
    put(3, 1, {"a", "b", "c"});
    EXPECT_EQ(drain(), (Said{"1.1 got 1:a", "1.2 got 2:b", "1.4 got 3:c", "3.1-3 ok"}));
    broker.expire(start, out);
    EXPECT_EQ(drain(), (Said{"1.6 empty", "1.8-9 empty", "2.1 empty"}));
}

TEST_F(QueueTest, PeekShowsAWindowOfWhatIsReady)
{
    put(1, 1, {"a", "b", "c", "d"});
    get(2, 1, 2);
    queue.give_back({1, 2}, Seen::maybe, out);
    ASSERT_EQ(queue.peek(1, 2).size(), 2u);
    EXPECT_EQ(text(queue.peek(1, 2)[0].payload), "b");
    EXPECT_EQ(queue.peek(1, 2)[0].attempts, 1);
    EXPECT_EQ(queue.peek(1, 2)[1].seq, 3u);
    EXPECT_EQ(queue.peek(3, 10).size(), 1u);
    EXPECT_TRUE(queue.peek(4, 10).empty());
    EXPECT_TRUE(queue.peek(0, 0).empty());
    EXPECT_EQ(ready(), "abcd");
}

TEST_F(QueueTest, StatsCountItemsAndOperations)
{
    credit(2).bytes = 2;
    put(1, 1, {"aa", "bb", "cc"});
    get(2, 1, 3);
    queue.join({3, 1, 2}, base::no_deadline, out);
    const QueueStats stats = queue.stats();
    EXPECT_EQ(stats.name, "q");
    EXPECT_EQ(stats.ready, 2u);
    EXPECT_EQ(stats.ready_bytes, 4u);
    EXPECT_EQ(stats.assigned, 1u);
    EXPECT_EQ(stats.unfinished, 3u);
    EXPECT_EQ(stats.getters, 2u);
    EXPECT_EQ(stats.joiners, 2u);
    EXPECT_EQ(stats.put_total, 3u);
    EXPECT_EQ(stats.get_total, 1u);
}

}  // namespace
}  // namespace penstock::core
