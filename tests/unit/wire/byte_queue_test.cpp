#include "common/base/byte_queue.hpp"

#include <array>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

namespace penstock::base {
namespace {

using Parts = std::vector<std::span<const std::byte>>;

Parts gathered(const ByteQueue& queue, std::size_t parts_max = 1000)
{
    Parts parts(parts_max);
    parts.resize(queue.gather(parts));
    return parts;
}

std::string text_of(const Parts& parts)
{
    std::string text;
    for (const auto& part : parts) text += as_text(part);
    return text;
}

Slice slice_of(std::string_view text)
{
    return Slice::copy_of(as_bytes(text));
}

TEST(ByteQueue, SmallWritesAreOnePart)
{
    ByteQueue queue;
    queue.append(as_bytes("one "));
    queue.append(slice_of("two "));
    queue.append(Rope(slice_of("three")));
    EXPECT_EQ(gathered(queue).size(), 1u);
    EXPECT_EQ(text_of(gathered(queue)), "one two three");
    EXPECT_EQ(queue.size(), 13u);
}

TEST(ByteQueue, LargeSlicesAreShared)
{
    const Slice large = slice_of(std::string(ByteQueue::share_size_min, 'x'));
    ByteQueue queue;
    queue.append(as_bytes("head"));
    queue.append(large);
    queue.append(as_bytes("tail"));
    const Parts parts = gathered(queue);
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[1].data(), large.data());
}

TEST(ByteQueue, AppendingNothingAddsNothing)
{
    ByteQueue queue;
    queue.append(std::span<const std::byte>());
    queue.append(Slice());
    queue.append(Rope());
    EXPECT_TRUE(queue.extend(0).empty());
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(gathered(queue).empty());
}

// A write is in flight while more is appended: the kernel still reads what was gathered.
TEST(ByteQueue, AGatherListOutlivesLaterAppends)
{
    ByteQueue queue;
    queue.append(as_bytes("first"));
    queue.append(slice_of(std::string(5000, 'x')));
    queue.append(as_bytes("second"));
    const Parts parts = gathered(queue);
    const std::string before = text_of(parts);
    for (int i = 0; i < 10'000; ++i) queue.append(as_bytes("some more bytes"));
    EXPECT_EQ(text_of(parts), before);  // AddressSanitizer sees it, too
}

TEST(ByteQueue, ExtendGivesOnePieceToFill)
{
    ByteQueue queue;
    queue.append(as_bytes("a"));
    const auto place = queue.extend(100'000);
    ASSERT_EQ(place.size(), 100'000u);
    std::fill(place.begin(), place.end(), std::byte{'b'});
    queue.append(as_bytes("c"));
    EXPECT_EQ(text_of(gathered(queue)), "a" + std::string(100'000, 'b') + "c");
}

TEST(ByteQueue, GatherFillsNoMoreThanItIsGiven)
{
    ByteQueue queue;
    for (int i = 0; i < 5; ++i)
        queue.append(slice_of(std::string(5000, static_cast<char>('a' + i))));
    EXPECT_EQ(gathered(queue, 2).size(), 2u);
    EXPECT_TRUE(gathered(queue, 0).empty());
}

TEST(ByteQueue, ConsumeStopsAnywhere)
{
    std::string expected;
    ByteQueue queue;
    for (int i = 0; i < 3; ++i) {
        const std::string small(7, static_cast<char>('a' + i));
        const std::string large(4096, static_cast<char>('A' + i));
        queue.append(as_bytes(small));
        queue.append(slice_of(large));
        expected += small + large;
    }
    while (!queue.empty()) {
        const std::size_t step = std::min<std::size_t>(queue.size(), 5);
        queue.consume(step);
        expected.erase(0, step);
        ASSERT_EQ(text_of(gathered(queue)), expected);
    }
}

TEST(ByteQueue, ConsumingLetsGoOfASharedSlice)
{
    auto block = std::make_shared<std::array<std::byte, 8192>>();
    const std::weak_ptr<std::array<std::byte, 8192>> watched = block;
    ByteQueue queue;
    queue.append(Slice(std::shared_ptr<const std::byte>(block, block->data()), block->size()));
    queue.append(as_bytes("tail"));
    block.reset();
    queue.consume(8191);
    EXPECT_FALSE(watched.expired());
    queue.consume(1);
    EXPECT_TRUE(watched.expired());
}

TEST(ByteQueue, BehavesLikeAString)
{
    constexpr std::uint32_t seed = 7;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    ByteQueue queue;
    std::string model;
    char next = 'a';
    for (int step = 0; step < 3000; ++step) {
        const std::size_t size = random() % 3 == 0 ? random() % 9000 : random() % 40;
        const std::string text(size, next = static_cast<char>(next == 'z' ? 'a' : next + 1));
        switch (random() % 4) {
            case 0:
                queue.append(as_bytes(text));
                model += text;
                break;
            case 1:
                queue.append(slice_of(text));
                model += text;
                break;
            default: {
                const std::size_t taken = model.empty() ? 0 : random() % (model.size() + 1);
                queue.consume(taken);
                model.erase(0, taken);
            }
        }
        ASSERT_EQ(queue.size(), model.size());
        if (step % 16 == 0) {
            ASSERT_EQ(text_of(gathered(queue)), model);
        }
    }
    queue.clear();
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(gathered(queue).empty());
}

TEST(Rope, PartSharesTheBlocksItLiesIn)
{
    Rope rope(slice_of("abc"));
    rope.append(slice_of("defg"));
    rope.append(slice_of("h"));
    for (std::size_t offset = 0; offset <= rope.size(); ++offset) {
        for (std::size_t size = 0; size <= rope.size() - offset; ++size) {
            const Rope part = rope.part(offset, size);
            EXPECT_EQ(part.size(), size);
            EXPECT_EQ(as_text(part.to_bytes()), std::string("abcdefgh").substr(offset, size));
        }
    }
}

TEST(Rope, WhatWasMovedFromIsEmpty)
{
    Rope rope(slice_of("abc"));
    rope.append(slice_of("d"));
    Rope other = std::move(rope);
    EXPECT_EQ(other.size(), 4u);
    EXPECT_TRUE(rope.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(rope.to_bytes().empty());
    rope = std::move(other);
    EXPECT_TRUE(other.to_bytes().empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(as_text(rope.to_bytes()), "abcd");
}

}  // namespace
}  // namespace penstock::base
