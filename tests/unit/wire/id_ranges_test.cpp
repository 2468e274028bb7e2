#include "common/base/id_ranges.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <vector>

namespace penstock::base {
namespace {

using List = std::vector<IdRange>;

List list_of(const IdRanges& ranges)
{
    List list;
    for (const IdRange range : ranges) list.push_back(range);
    return list;
}

TEST(IdRanges, NeighboursMergeInEitherOrder)
{
    IdRanges ranges;
    ranges.add(5);
    ranges.add(6);
    ranges.add(4);
    EXPECT_EQ(list_of(ranges), (List{{4, 3}}));
}

TEST(IdRanges, AddingBetweenJoinsBothSides)
{
    IdRanges ranges;
    ranges.add(1, 2);
    ranges.add(4, 2);
    EXPECT_EQ(list_of(ranges), (List{{1, 2}, {4, 2}}));
    ranges.add(3);
    EXPECT_EQ(list_of(ranges), (List{{1, 5}}));
}

TEST(IdRanges, OverlapIsCountedOnce)
{
    IdRanges ranges;
    ranges.add(10, 10);
    ranges.add(15, 10);
    ranges.add(12, 2);
    ranges.add(1, 100);
    EXPECT_EQ(list_of(ranges), (List{{1, 100}}));
    EXPECT_EQ(ranges.count(), 100u);
}

TEST(IdRanges, RemovingCutsARangeInTwo)
{
    IdRanges ranges;
    ranges.add(1, 10);
    ranges.remove(4, 3);
    EXPECT_EQ(list_of(ranges), (List{{1, 3}, {7, 4}}));
}

TEST(IdRanges, RemovingWhatIsNotThereDoesNothing)
{
    IdRanges ranges;
    ranges.remove(1, 100);
    ranges.add(5, 2);
    ranges.remove(1, 4);
    ranges.remove(7, 100);
    EXPECT_EQ(list_of(ranges), (List{{5, 2}}));
}

TEST(IdRanges, NothingIsAddedOrRemovedByAnEmptyRange)
{
    IdRanges ranges;
    ranges.add(5, 0);
    EXPECT_TRUE(ranges.empty());
    ranges.add(5, 3);
    ranges.remove(6, 0);
    EXPECT_EQ(list_of(ranges), (List{{5, 3}}));
}

TEST(IdRanges, BothEndsOfTheNumbersWork)
{
    IdRanges ranges;
    ranges.add(UINT64_MAX);
    ranges.add(0);
    EXPECT_EQ(list_of(ranges), (List{{0, 1}, {UINT64_MAX, 1}}));
    ranges.add(UINT64_MAX - 1);
    ranges.add(1);
    EXPECT_EQ(list_of(ranges), (List{{0, 2}, {UINT64_MAX - 1, 2}}));
    EXPECT_TRUE(ranges.contains(UINT64_MAX));
    ranges.remove(UINT64_MAX);
    ranges.remove(0);
    EXPECT_EQ(list_of(ranges), (List{{1, 1}, {UINT64_MAX - 1, 1}}));
}

TEST(IdRanges, TakeAllEmptiesAndCutsToTheLengthAskedFor)
{
    IdRanges ranges;
    ranges.add(1, 10);
    ranges.add(100, 4);
    EXPECT_EQ(ranges.take_all(4), (List{{1, 4}, {5, 4}, {9, 2}, {100, 4}}));
    EXPECT_TRUE(ranges.empty());
    EXPECT_TRUE(ranges.take_all().empty());
}

TEST(IdRanges, AgreesWithASetOfSingleIds)
{
    constexpr std::uint32_t seed = 20240601;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    IdRanges ranges;
    std::set<std::uint64_t> model;
    for (int step = 0; step < 2000; ++step) {
        const std::uint64_t first = random() % 200;
        const std::uint64_t n = random() % 8;
        const bool add = random() % 2 == 0;
        add ? ranges.add(first, n) : ranges.remove(first, n);
        for (std::uint64_t id = first; id < first + n; ++id) {
            if (add)
                model.insert(id);
            else
                model.erase(id);
        }
        ASSERT_EQ(ranges.count(), model.size());
        ASSERT_EQ(ranges.contains(first), model.contains(first));
        std::uint64_t before = UINT64_MAX - 1;
        for (const IdRange range : ranges) {
            ASSERT_TRUE(before == UINT64_MAX - 1 || range.first > before + 1) << "ranges touch";
            before = range.first + range.n - 1;
            for (std::uint64_t id = range.first; id <= before; ++id)
                ASSERT_TRUE(model.contains(id));
        }
    }
}

}  // namespace
}  // namespace penstock::base
