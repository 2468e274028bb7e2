#include "server/core/slab.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace penstock::core {
namespace {

/// A payload of two slices of a block that tells whether it is still alive.
struct Received {
    explicit Received(std::size_t size)
        : block(new std::byte[size], std::default_delete<std::byte[]>())
    {
        for (std::size_t i = 0; i < size; ++i) block.get()[i] = static_cast<std::byte>(i * 7);
        const base::Slice whole(block, size);
        payload.append(whole.subslice(0, size / 2));
        payload.append(whole.subslice(size / 2, size - size / 2));
        bytes = payload.to_bytes();
        alive = block;
        block.reset();
    }

    std::shared_ptr<std::byte> block;
    std::weak_ptr<std::byte> alive;
    base::Rope payload;
    base::Bytes bytes;
};

std::size_t slices(const base::Rope& rope)
{
    std::size_t n = 0;
    rope.for_each([&n](const base::Slice&) { ++n; });
    return n;
}

const std::byte* data(const base::Rope& rope)
{
    const std::byte* result = nullptr;
    rope.for_each([&result](const base::Slice& slice) { result = result ? result : slice.data(); });
    return result;
}

TEST(Slab, BytesStayTheSameAtEverySizeAroundTheLimits)
{
    Memory memory(1'000'000);
    Slab slab(memory);
    for (const std::size_t limit :
         {std::size_t{2}, Slab::block_size_min, Slab::shared_size_max, Slab::copied_size_max}) {
        for (std::size_t size = limit - 2; size <= limit + 2; ++size) {
            Received received(size);
            const base::Rope packed = slab.pack(std::move(received.payload));
            EXPECT_EQ(packed.to_bytes(), received.bytes) << size;
        }
    }
}

TEST(Slab, PayloadsBelowTheLimitDoNotKeepTheBlockTheyCameIn)
{
    Memory memory(1'000'000);
    Slab slab(memory);
    for (const std::size_t size :
         {std::size_t{64}, Slab::shared_size_max, Slab::copied_size_max - 1}) {
        Received received(size);
        const base::Rope packed = slab.pack(std::move(received.payload));
        received.payload = {};
        EXPECT_TRUE(received.alive.expired()) << size;
        EXPECT_EQ(slices(packed), 1u);
    }
}

TEST(Slab, LargePayloadsAreNotCopied)
{
    Memory memory(1'000'000);
    Slab slab(memory);
    Received received(Slab::copied_size_max);
    const std::byte* before = data(received.payload);
    const base::Rope packed = slab.pack(std::move(received.payload));
    EXPECT_EQ(data(packed), before);
    EXPECT_EQ(slices(packed), 2u);
}

TEST(Slab, SmallPayloadsLieSideBySide)
{
    Memory memory(1'000'000);
    Slab slab(memory);
    std::vector<base::Rope> packed;
    for (int i = 0; i < 1000; ++i) {
        Received received(64);
        packed.push_back(slab.pack(std::move(received.payload)));
    }
    int neighbours = 0;
    for (std::size_t i = 1; i < packed.size(); ++i) {
        neighbours += data(packed[i]) == data(packed[i - 1]) + 64;
    }
    EXPECT_GE(neighbours, 990);
}

TEST(Slab, ItemsOutliveTheSlab)
{
    Received received(64);
    base::Rope packed;
    {
        Memory memory(1'000'000);
        Slab slab(memory);
        packed = slab.pack(std::move(received.payload));
        slab.release();
    }
    EXPECT_EQ(packed.to_bytes(), received.bytes);
}

TEST(Slab, ABlockCountsUntilTheLastItemInItIsGone)
{
    Memory memory(1'000'000);
    Slab slab(memory);
    Received one(400);
    Received other(1);
    base::Rope neighbour = slab.pack(std::move(one.payload));
    base::Rope survivor = slab.pack(std::move(other.payload));
    EXPECT_EQ(memory.used(), Slab::block_size_min);
    neighbour = {};
    slab.release();
    EXPECT_EQ(memory.used(), Slab::block_size_min);
    survivor = {};
    EXPECT_EQ(memory.used(), 0u);
}

TEST(Slab, ABlockMayOutliveQueueAndMemory)
{
    base::Rope packed;
    {
        Memory memory(1'000'000);
        Slab slab(memory);
        Received received(64);
        packed = slab.pack(std::move(received.payload));
    }
    EXPECT_EQ(packed.size(), 64u);
}

TEST(Slab, WhatWaitsIsCopiedButSharesNothing)
{
    Received received(64);
    const base::Rope kept = Slab::keep(std::move(received.payload));
    EXPECT_EQ(kept.to_bytes(), received.bytes);
    received.payload = {};
    EXPECT_TRUE(received.alive.expired());
}

}  // namespace
}  // namespace penstock::core
