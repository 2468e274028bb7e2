#include "client/src/protocol/put_items.hpp"

#include "common/wire/codec.hpp"

#include <penstock/error.hpp>

#include <gtest/gtest.h>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

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

TEST(PutMany, WhatStandsBehindAFailureIsSkippedIfThatIsWanted)
{
    detail::EncodedItems items = items_of({1, 2, 3}, {1, 2, 3});
    items.bytes.resize(6);
    for (const bool stop : {true, false}) {
        PutMany puts(1, items, {}, stop, 4096);
        int asked = 0;
        while (const auto request = puts.next()) {
            EXPECT_EQ(std::get<wire::Put>(*request).body.size(), std::size_t(asked) + 1);
            Answer answer;
            if (++asked == 2) answer.ec = errc::full;
            puts.answered(std::move(answer));
        }
        EXPECT_EQ(asked, stop ? 2 : 3);
        const PutReport report = std::move(puts).report();
        EXPECT_EQ(report.ec, errc::full);
        ASSERT_EQ(report.codes.size(), 3U);
        EXPECT_EQ(report.codes[2], stop ? make_error_code(errc::skipped) : std::error_code());
    }
}

TEST(PutMany, ARequestThatFailedAsAWholeFailedForEachOfItsItems)
{
    detail::EncodedItems items = items_of({1, 1, 1});
    items.bytes.resize(3);
    PutMany puts(1, items, {}, false, 2);
    while (puts.next()) {
    }
    puts.answered(failed(errc::disconnected));
    puts.answered(Answer());
    const PutReport report = std::move(puts).report();
    EXPECT_EQ(report.codes,
              (std::vector<std::error_code>{errc::disconnected, errc::disconnected, {}}));
    EXPECT_EQ(report.put, 1U);
}

}  // namespace penstock::protocol
