#include "client/src/handed_items.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace penstock {

namespace {

detail::ItemToken item(std::uint64_t op)
{
    return {1, op, 1};
}

const std::thread::id mine = std::this_thread::get_id();

}  // namespace

TEST(HandedItems, TheOldestOfTheThreadComesFirst)
{
    HandedItems items;
    items.add(mine, item(1));
    items.add(mine, item(2));
    EXPECT_EQ(items.take_oldest(mine), item(1));
    EXPECT_EQ(items.take_oldest(mine), item(2));
    EXPECT_EQ(items.take_oldest(mine), detail::ItemToken{});
}

TEST(HandedItems, ThreadsDontFinishEachOthers)
{
    HandedItems items;
    const std::thread::id other = std::thread::id();  // of no thread: as good as another's
    items.add(other, item(1));
    items.add(mine, item(2));
    EXPECT_EQ(items.take_oldest(mine), item(2));
    EXPECT_EQ(items.take_oldest(mine), detail::ItemToken{});
    EXPECT_EQ(items.take_oldest(other), item(1));
}

TEST(HandedItems, WhatIsFinishedByNameIsNotFoundAgain)
{
    HandedItems items;
    for (std::uint64_t op = 1; op <= 3; ++op) items.add(mine, item(op));
    items.remove(item(2));
    items.remove(item(2));
    items.remove(item(9));
    EXPECT_EQ(items.take_oldest(mine), item(1));
    EXPECT_EQ(items.take_oldest(mine), item(3));
}

TEST(HandedItems, BeyondTheLimitTheOldestIsForgotten)
{
    HandedItems items;
    for (std::uint64_t op = 1; op <= handed_items_max + 2; ++op) items.add(mine, item(op));
    EXPECT_EQ(items.take_oldest(mine), item(3));
}

}  // namespace penstock
