#include "common/base/block_pool.hpp"

#include "common/wire/frame_decoder.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace penstock::base {
namespace {

using Blocks = std::vector<std::shared_ptr<std::byte[]>>;

Blocks take(BlockPool& pool, std::size_t count)
{
    Blocks blocks;
    for (std::size_t i = 0; i < count; ++i) blocks.push_back(pool.block(1000));
    return blocks;
}

TEST(BlockPool, ABlockThatCameBackIsHandedOutAgain)
{
    BlockPool pool;
    std::shared_ptr<std::byte[]> block = pool.block(1000);
    const std::byte* const place = block.get();
    std::memset(block.get(), 1, 1000);
    EXPECT_EQ(pool.idle(), 0u);
    block.reset();
    EXPECT_EQ(pool.idle(), 1u);
    const auto smaller = pool.block(999);
    EXPECT_NE(smaller.get(), place);
    EXPECT_EQ(pool.block(1000).get(), place);
}

TEST(BlockPool, ATurnFreesAFewHoweverManyCameBack)
{
    BlockPool pool;
    take(pool, 2 * BlockPool::freed_at_once + 1).clear();
    EXPECT_EQ(pool.idle(), 2 * BlockPool::freed_at_once + 1);
    pool.free_some();
    EXPECT_EQ(pool.idle(), BlockPool::freed_at_once + 1);
    pool.free_some();
    pool.free_some();
    EXPECT_EQ(pool.idle(), 0u);
    pool.free_some();
    EXPECT_EQ(pool.idle(), 0u);
}

TEST(BlockPool, BlocksOutliveThePool)
{
    std::optional<BlockPool> pool(std::in_place);
    const Blocks blocks = take(*pool, 3);
    pool.reset();
    for (const auto& block : blocks) std::memset(block.get(), 1, 1000);
}

TEST(BlockPool, ADecoderPutsLongFramesIntoItsBlocksAndShortOnesElsewhere)
{
    using wire::FrameDecoder;
    const auto pool = std::make_shared<BlockPool>();
    constexpr std::size_t frame_size = std::size_t{256} * 1024;
    FrameDecoder decoder(frame_size);
    decoder.set_block_pool(pool);
    std::vector<Slice> frames;
    const auto feed = [&](std::size_t payload_size) {
        std::vector<std::byte> bytes(4 + payload_size, std::byte{7});
        for (int i = 0; i < 4; ++i) bytes[i] = std::byte(payload_size >> (24 - 8 * i));
        for (std::size_t at = 0; at < bytes.size();) {
            const auto room = decoder.recv_buffer();
            const std::size_t size = std::min(room.size(), bytes.size() - at);
            std::memcpy(room.data(), &bytes[at], size);
            decoder.recv_advance(size);
            at += size;
        }
        frames.push_back(decoder.next().payload);
        EXPECT_EQ(frames.back().size(), payload_size);
        decoder.release_if_empty();
    };
    feed(100);
    frames.clear();
    EXPECT_EQ(pool->idle(), 0u);
    for (int i = 0; i < 20; ++i) feed(frame_size);
    const std::size_t while_it_grew = pool->idle();
    EXPECT_LT(while_it_grew, 10u);
    frames.clear();
    EXPECT_EQ(pool->idle(), while_it_grew + 20);
}

}  // namespace
}  // namespace penstock::base
