// Gets for several items at once.
#include "tests/support/core/queue_fixture.hpp"

namespace penstock::core {
namespace {

TEST_F(QueueTest, AGetForSeveralTakesWhatIsThere)
{
    put(1, 1, {"a", "b", "c"});
    get_many(2, 1, 2);
    get_many(2, 2, 10);
    EXPECT_EQ(drain(), (Said{"1.1-3 ok", "2.1 got 1:a 2:b", "2.2 got 3:c"}));
    EXPECT_EQ(queue.stats().assigned, 3u);
    EXPECT_EQ(queue.stats().get_total, 3u);
}

TEST_F(QueueTest, AGetForSeveralWaitsForTheFirstOnly)
{
    get_many(2, 1, 10);
    EXPECT_EQ(drain(), Said{});
    put(1, 1, {"a"});
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "1.1 ok"}));
}

TEST_F(QueueTest, AGetForSeveralStopsWhereItsCreditEnds)
{
    put(1, 1, {"aaaa", "bbbb", "cccc"});
    credit(2).bytes = 5;
    get_many(2, 1, 3);
    EXPECT_EQ(drain(), (Said{"1.1-3 ok", "2.1 got 1:aaaa 2:bbbb"}));
    get_many(2, 2, 3);
    EXPECT_EQ(drain(), Said{});
    credit(2).bytes = 5;
    queue.serve(out);
    EXPECT_EQ(drain(), (Said{"2.2 got 3:cccc"}));
}

TEST_F(QueueTest, OfSeveralGetsForSeveralTheFirstTakesAllItCan)
{
    put(1, 1, {"a", "b", "c"});
    get(2, 1, 3, base::immediate, 2);
    EXPECT_EQ(drain(), (Said{"1.1-3 ok", "2.1 got 1:a 2:b", "2.2 got 3:c", "2.3 empty"}));
}

TEST_F(QueueOfTwoTest, AGetForSeveralTakesWhatWaitedForRoom)
{
    put(1, 1, {"a", "b", "c", "d", "e"});
    get_many(2, 1, 4);
    EXPECT_EQ(drain(), (Said{"1.1-2 ok", "1.3-4 ok", "2.1 got 1:a 2:b 3:c 4:d", "1.5 ok"}));
}

TEST_F(QueueTest, ItemsOfOneGetReturnEachToItsPlace)
{
    put(1, 1, {"a", "b", "c", "d"});
    get_many(2, 1, 3);
    drain();
    queue.consume({2, 1});
    queue.give_back({1, 3}, Seen::maybe, out);
    get_many(3, 1, 5);
    EXPECT_EQ(drain(), (Said{"3.1 got 1:a+1 3:c 4:d"}));
}

}  // namespace
}  // namespace penstock::core
