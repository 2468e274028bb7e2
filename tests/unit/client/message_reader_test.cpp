#include "client/src/protocol/message_reader.hpp"

#include "common/wire/frame_prefix.hpp"
#include "tests/support/hex.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace penstock::protocol {
namespace {

using base::Bytes;
using support::from_hex;
using Status = MessageReader::Status;

constexpr std::size_t any = std::numeric_limits<std::size_t>::max();

Bytes pattern(std::size_t size)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    return bytes;
}

Bytes framed(const std::vector<std::size_t>& sizes)
{
    Bytes bytes;
    for (const std::size_t size : sizes) {
        std::array<std::byte, wire::frame_prefix_size_max> prefix{};
        const std::size_t prefix_size = wire::write_frame_prefix(prefix, size);
        bytes.insert(bytes.end(), prefix.data(), prefix.data() + prefix_size);
        const Bytes payload = pattern(size);
        bytes.insert(bytes.end(), payload.begin(), payload.end());
    }
    return bytes;
}

/// A socket that gives at most so many bytes a read.
class Source {
public:
    Source(Bytes bytes, std::size_t read_size_max)
        : bytes_(std::move(bytes)), read_size_max_(read_size_max)
    {}

    /// False at its end.
    bool read(MessageReader& reader)
    {
        std::size_t left = std::min(read_size_max_, bytes_.size() - at_);
        if (left == 0) return false;
        std::size_t size = 0;
        const auto rooms = reader.rooms();
        EXPECT_FALSE(rooms[0].empty());
        for (const std::span<std::byte> room : rooms) {
            const std::size_t part = std::min(room.size(), left);
            std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), part, room.begin());
            at_ += part;
            left -= part;
            size += part;
        }
        (void)reader.advance(size);
        return true;
    }

private:
    Bytes bytes_;
    std::size_t read_size_max_;
    std::size_t at_ = 0;
};

/// The sizes of all messages, whose bytes are right.
std::vector<std::size_t> read_all(Source& source, MessageReader& reader, std::span<std::byte> place)
{
    std::vector<std::size_t> sizes;
    while (true) {
        const Status status = reader.next(any, place);
        if (status == Status::need_more) {
            if (!source.read(reader)) return sizes;
            continue;
        }
        EXPECT_EQ(status, Status::message);
        const std::size_t size = reader.size();
        Bytes message = reader.take();
        if (size <= place.size()) {
            EXPECT_TRUE(message.empty());
            message.assign(place.begin(), place.begin() + static_cast<std::ptrdiff_t>(size));
        }
        EXPECT_TRUE(message == pattern(size)) << size;
        sizes.push_back(size);
    }
}

const std::vector<std::size_t> short_ones = {0, 1, 3, 0, 40, 2};
const std::vector<std::size_t> all_sizes = {10,
                                            4096,
                                            4095,
                                            4100,
                                            0,
                                            16'383,
                                            16'384,
                                            65'531,
                                            65'532,
                                            65'537,
                                            1,
                                            262'144,
                                            600'000,
                                            70'000,
                                            5};

TEST(MessageReader, HowTheBytesAreCutMakesNoDifference)
{
    const std::size_t length = framed(short_ones).size();
    for (std::size_t read_size = 1; read_size <= length; ++read_size) {
        Source source(framed(short_ones), read_size);
        MessageReader reader;
        EXPECT_EQ(read_all(source, reader, {}), short_ones);
        EXPECT_FALSE(reader.holds_any());
    }
}

TEST(MessageReader, MessagesOfAllSizesComeWholeWithAPlaceForThemOrWithout)
{
    Bytes place(1'000'000);
    for (const std::size_t place_size : {std::size_t{0}, std::size_t{5000}, place.size()}) {
        for (const std::size_t read_size : {std::size_t{999}, std::size_t{65'536}, any}) {
            Source source(framed(all_sizes), read_size);
            MessageReader reader;
            EXPECT_EQ(read_all(source, reader, std::span(place).first(place_size)), all_sizes);
        }
    }
}

TEST(MessageReader, AMessageMayChangeItsPlaceAtEveryByte)
{
    const std::vector<std::size_t> sizes = {6000, 20};
    const Bytes bytes = framed(sizes);
    for (const std::size_t step : {std::size_t{1}, std::size_t{100}, std::size_t{4097}}) {
        Source source(bytes, step);
        MessageReader reader;
        std::vector<std::size_t> got;
        bool placed = false;
        while (got.size() < sizes.size()) {
            placed = !placed;
            Bytes place(placed ? 7000 : 0);
            const Status status = reader.next(any, place);
            if (status == Status::message) {
                got.push_back(reader.size());
                Bytes message = reader.take();
                if (placed) message.assign(place.begin(), place.begin() + (got.back() & 0x7fff));
                EXPECT_TRUE(message == pattern(got.back()));
                continue;
            }
            EXPECT_TRUE(source.read(reader));
            reader.set_aside();
        }
        EXPECT_EQ(got, sizes);
    }
}

TEST(MessageReader, RefusesALengthAboveTheLimitBeforeItsBytesCome)
{
    for (const std::size_t limit : {std::size_t{10}, std::size_t{9}}) {
        Source source(from_hex("0000000a"), any);
        MessageReader reader;
        EXPECT_EQ(reader.next(limit, {}), Status::need_more);
        EXPECT_TRUE(source.read(reader));
        EXPECT_EQ(reader.next(limit, {}), limit == 10 ? Status::need_more : Status::too_long);
    }
}

TEST(MessageReader, WhatIsNoLengthIsSaid)
{
    for (const char* hex : {"fffffffe", "80000000", "ffffffff000000007fffffff"}) {
        Source source(from_hex(hex), any);
        MessageReader reader;
        EXPECT_TRUE(source.read(reader));
        EXPECT_EQ(reader.next(any, {}), Status::bad_length) << hex;
    }
}

TEST(MessageReader, TakesNoMemoryForWhatIsOnlyAnnounced)
{
    Source source(from_hex("7fffffff00"), any);
    MessageReader reader;
    (void)source.read(reader);
    EXPECT_EQ(reader.next(any, {}), Status::need_more);
    std::size_t arrived = 1;
    while (arrived < 10 * MessageReader::body_step) {
        std::size_t room = 0;
        for (const std::span<std::byte> part : reader.rooms()) room += part.size();
        EXPECT_LE(room, std::max(2 * arrived, MessageReader::body_step));
        (void)reader.advance(room / 2 + 1);
        arrived += room / 2 + 1;
        EXPECT_EQ(reader.next(any, {}), Status::need_more);
    }
}

TEST(MessageReader, KnowsWhetherTheSocketHadMore)
{
    MessageReader reader;
    const auto rooms = reader.rooms();
    EXPECT_FALSE(reader.advance(rooms[0].size() + rooms[1].size()));
    MessageReader other;
    EXPECT_EQ(other.rooms()[0].size(), MessageReader::buffer_size);
    EXPECT_TRUE(other.advance(3));
    EXPECT_TRUE(other.holds_any());
}

}  // namespace
}  // namespace penstock::protocol
