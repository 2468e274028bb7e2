#include "client/src/protocol/put_items.hpp"

#include "common/wire/codec.hpp"

#include <gtest/gtest.h>

namespace penstock::protocol {

namespace {

detail::EncodedItems items_of(std::vector<std::size_t> sizes, std::vector<Priority> priorities = {})
{
    detail::EncodedItems items;
    items.sizes = std::move(sizes);
    items.priorities = std::move(priorities);
    return items;
}

/// "3@-1": three items of priority -1 are in a PUT; "3": without one.
std::vector<std::string> puts_of(const detail::EncodedItems& items, std::size_t ops_max = 4096)
{
    std::vector<std::string> puts;
    for (std::size_t first = 0; first < items.sizes.size();) {
        wire::Put put;
        take_items(put, items, first, ops_max);
        first += put.sizes.size();
        puts.push_back(std::to_string(put.sizes.size()));
        if (put.priority) puts.back() += "@" + std::to_string(*put.priority);
    }
    return puts;
}

using Puts = std::vector<std::string>;

}  // namespace

TEST(PutItems, NeighboursOfOnePriorityGoTogether)
{
    EXPECT_EQ(puts_of(items_of({1, 2, 3, 4, 5}, {-1, -1, 7, -1, -1})),
              (Puts{"2@-1", "1@7", "2@-1"}));
    EXPECT_EQ(puts_of(items_of({1, 2, 3})), (Puts{"3"}));
    EXPECT_EQ(puts_of(items_of({0, 0, 0}, {0, 0, 0})), (Puts{"3@0"}));
}

TEST(PutItems, NoMoreThanMayBeUnderWayGoTogether)
{
    EXPECT_EQ(puts_of(items_of({1, 1, 1, 1, 1}, {4, 4, 4, 4, 5}), 3), (Puts{"3@4", "1@4", "1@5"}));
    EXPECT_EQ(puts_of(items_of(std::vector<std::size_t>(5000, 1))), (Puts{"4096", "904"}));
}

TEST(PutItems, APriorityTakesRoomInTheFrame)
{
    const std::size_t size = wire::put_body_room(2, false) / 2;
    EXPECT_EQ(puts_of(items_of({size, size})), (Puts{"2"}));
    EXPECT_EQ(puts_of(items_of({size, size}, {1, 1})), (Puts{"1@1", "1@1"}));
}

TEST(PutItems, ALongItemGoesAlone)
{
    EXPECT_EQ(puts_of(items_of({1, 1'000'000, 1}, {2, 2, 2})), (Puts{"1@2", "1@2", "1@2"}));
}

}  // namespace penstock::protocol
