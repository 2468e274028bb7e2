#include "common/wire/frame_decoder.hpp"

#include "common/wire/frame_prefix.hpp"
#include "common/wire/limits.hpp"
#include "tests/support/hex.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace penstock::wire {
namespace {

using base::as_text;
using support::from_hex;

base::Bytes framed(std::string_view text)
{
    base::Bytes bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::byte>(text.size() >> shift & 0xff));
    const auto payload = base::as_bytes(text);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

base::Bytes framed(const std::vector<std::string>& texts)
{
    base::Bytes bytes;
    for (const auto& text : texts) {
        const base::Bytes one = framed(std::string_view(text));
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return bytes;
}

/// Hands all of `bytes` over, as many reads as the decoder's room makes it, and drains after each.
DecodeStatus feed(FrameDecoder& decoder,
                  std::span<const std::byte> bytes,
                  std::vector<base::Slice>& frames)
{
    while (true) {
        while (true) {
            DecodeResult result = decoder.next();
            if (result.status != DecodeStatus::frame) {
                if (result.status != DecodeStatus::need_more) return result.status;
                break;
            }
            frames.push_back(std::move(result.payload));
        }
        if (bytes.empty()) return DecodeStatus::need_more;
        const std::span<std::byte> room = decoder.recv_buffer();
        EXPECT_FALSE(room.empty());
        const std::size_t size = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), size);
        decoder.recv_advance(size);
        bytes = bytes.subspan(size);
    }
}

std::vector<std::string> texts_of(const std::vector<base::Slice>& frames)
{
    std::vector<std::string> texts;
    for (const auto& frame : frames) texts.emplace_back(as_text(frame.span()));
    return texts;
}

TEST(FrameDecoder, EverySplitPointYieldsTheSameFrames)
{
    const std::vector<std::string> texts{"one", "", "three", std::string(300, '4'), "5"};
    const base::Bytes stream = framed(texts);
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (std::size_t second = first; second <= stream.size(); second += 7) {
            const std::span<const std::byte> all(stream);
            FrameDecoder decoder(1000);
            std::vector<base::Slice> frames;
            (void)feed(decoder, all.first(first), frames);
            (void)feed(decoder, all.subspan(first, second - first), frames);
            (void)feed(decoder, all.subspan(second), frames);
            ASSERT_EQ(texts_of(frames), texts) << first << ' ' << second;
            ASSERT_EQ(decoder.buffered(), 0u);
        }
    }
}

TEST(FrameDecoder, OneByteAtATimeYieldsTheSameFrames)
{
    std::vector<std::string> texts;
    for (std::size_t size = 0; size < 20'000; size = size * 3 + 1)
        texts.emplace_back(size, static_cast<char>('a' + texts.size()));
    const base::Bytes stream = framed(texts);
    FrameDecoder decoder(frame_payload_max);
    std::vector<base::Slice> frames;
    for (const std::byte& byte : stream) (void)feed(decoder, {&byte, 1}, frames);
    EXPECT_EQ(texts_of(frames), texts);
}

// Slices share the block that is read into: later reads must not show through.
TEST(FrameDecoder, PayloadsStayAsTheyWereWhateverComesLater)
{
    std::vector<std::string> texts;
    for (int i = 0; i < 400; ++i)
        texts.emplace_back(static_cast<std::size_t>(i) * 37 % 5000,
                           static_cast<char>('a' + i % 26));
    FrameDecoder decoder(frame_payload_max);
    std::vector<base::Slice> frames;
    (void)feed(decoder, framed(texts), frames);
    decoder.release_if_empty();
    (void)feed(decoder, framed(texts), frames);
    std::vector<std::string> twice = texts;
    twice.insert(twice.end(), texts.begin(), texts.end());
    EXPECT_EQ(texts_of(frames), twice);
}

TEST(FrameDecoder, PayloadsOutliveTheDecoder)
{
    std::vector<base::Slice> frames;
    {
        FrameDecoder decoder(100);
        (void)feed(decoder, framed("kept"), frames);
    }
    EXPECT_EQ(texts_of(frames), std::vector<std::string>{"kept"});
}

TEST(FrameDecoder, ALengthAtTheLimitIsAcceptedOneAboveIsNot)
{
    FrameDecoder decoder(10);
    std::vector<base::Slice> frames;
    EXPECT_EQ(feed(decoder, framed("0123456789"), frames), DecodeStatus::need_more);
    EXPECT_EQ(frames.size(), 1u);
    EXPECT_EQ(feed(decoder, framed("0123456789x"), frames), DecodeStatus::payload_too_big);
}

TEST(FrameDecoder, TheLengthAloneIsEnoughToRefuseIt)
{
    FrameDecoder decoder(256);
    std::vector<base::Slice> frames;
    EXPECT_EQ(feed(decoder, from_hex("00000101"), frames), DecodeStatus::payload_too_big);
}

TEST(FrameDecoder, ANewLimitHoldsForTheNextFrameThoughItsBytesAreThere)
{
    const base::Bytes stream = framed(std::vector<std::string>{"short", "a longer one"});
    FrameDecoder decoder(5);
    const auto room = decoder.recv_buffer();
    std::memcpy(room.data(), stream.data(), stream.size());
    decoder.recv_advance(stream.size());
    EXPECT_EQ(decoder.next().status, DecodeStatus::frame);
    decoder.set_payload_size_max(12);
    EXPECT_EQ(as_text(decoder.next().payload.span()), "a longer one");
}

TEST(FrameDecoder, NegativeLengthsAreErrors)
{
    for (const std::string_view hex : {"80000000", "fffffffe", "ffffffff"}) {
        FrameDecoder decoder(SIZE_MAX);
        std::vector<base::Slice> frames;
        EXPECT_EQ(feed(decoder, from_hex(hex), frames), DecodeStatus::bad_length) << hex;
    }
}

TEST(FrameDecoder, ErrorsStickAndNothingPilesUpBehindThem)
{
    FrameDecoder decoder(10);
    std::vector<base::Slice> frames;
    (void)feed(decoder, from_hex("80000000"), frames);
    for (int i = 0; i < 1000; ++i) {
        const auto room = decoder.recv_buffer();
        const base::Bytes good = framed("good");
        std::memcpy(room.data(), good.data(), std::min(room.size(), good.size()));
        decoder.recv_advance(std::min(room.size(), good.size()));
        EXPECT_EQ(decoder.next().status, DecodeStatus::bad_length);
    }
    EXPECT_EQ(decoder.buffered(), 0u);
    EXPECT_LE(decoder.capacity(), FrameDecoder::block_size_max);
}

TEST(FrameDecoder, TheLongFormIsForLongFramesOfPythonPeersOnly)
{
    const auto status = [](std::string_view hex, std::size_t limit) {
        FrameDecoder decoder(limit);
        decoder.set_long_lengths_allowed(true);
        std::vector<base::Slice> frames;
        return feed(decoder, from_hex(hex), frames);
    };
    constexpr std::size_t limit = std::size_t{1} << 32;
    EXPECT_EQ(status("ffffffff 00000000 80000000", limit), DecodeStatus::need_more);
    EXPECT_EQ(status("ffffffff 00000001 00000000", limit), DecodeStatus::need_more);
    EXPECT_EQ(status("ffffffff 00000001 00000001", limit), DecodeStatus::payload_too_big);
    EXPECT_EQ(status("ffffffff ffffffff ffffffff", limit), DecodeStatus::payload_too_big);
    EXPECT_EQ(status("ffffffff 00000000 7fffffff", limit), DecodeStatus::bad_length);
    EXPECT_EQ(status("ffffffff 00000000 000000", limit), DecodeStatus::need_more);
    EXPECT_EQ(status("fffffffe", limit), DecodeStatus::bad_length);
}

// The first rule of section 1: allocate as bytes arrive, never by the announced length.
TEST(FrameDecoder, AWrittenPrefixIsReadAsTheSameLength)
{
    struct Case {
        std::uint64_t size;
        std::string_view hex;
    };
    for (const auto& [size, hex] : {Case{0, "00000000"},
                                    Case{258, "00000102"},
                                    Case{0x7fff'ffff, "7fffffff"},
                                    Case{0x8000'0000, "ffffffff0000000080000000"}}) {
        std::array<std::byte, frame_prefix_size_max> prefix{};
        const std::size_t prefix_size = write_frame_prefix(prefix, size);
        const base::Bytes written(prefix.begin(),
                                  prefix.begin() + static_cast<std::ptrdiff_t>(prefix_size));
        EXPECT_EQ(written, from_hex(hex));
        // A limit below it refuses just this length.
        for (const bool fits : {true, false}) {
            FrameDecoder decoder(static_cast<std::size_t>(fits ? size : size - 1));
            decoder.set_long_lengths_allowed(true);
            const auto expected = fits ? DecodeStatus::need_more : DecodeStatus::payload_too_big;
            if (!fits && size == 0) continue;
            std::vector<base::Slice> none;
            EXPECT_EQ(feed(decoder, written, none), expected);
        }
    }
}

TEST(FrameDecoder, AnnouncingTwoGigabytesAllocatesNextToNothing)
{
    FrameDecoder decoder(SIZE_MAX);
    std::vector<base::Slice> frames;
    (void)feed(decoder, from_hex("7fffffff"), frames);
    (void)decoder.recv_buffer();
    EXPECT_LE(decoder.capacity(), FrameDecoder::block_size_min);

    FrameDecoder python(SIZE_MAX);
    python.set_long_lengths_allowed(true);
    (void)feed(python, from_hex("ffffffff 7fffffff ffffffff"), frames);
    (void)python.recv_buffer();
    EXPECT_LE(python.capacity(), FrameDecoder::block_size_min);
}

TEST(FrameDecoder, MemoryIsBoundedByTwiceWhatHasArrived)
{
    FrameDecoder decoder(SIZE_MAX);
    std::vector<base::Slice> frames;
    (void)feed(decoder, from_hex("7fffffff"), frames);
    const base::Bytes chunk(1000);
    for (std::size_t arrived = 4; arrived < 4'000'000; arrived += chunk.size()) {
        (void)feed(decoder, chunk, frames);
        const std::size_t floor = FrameDecoder::block_size_max;
        ASSERT_LE(decoder.capacity(), std::max(floor, 2 * (arrived + chunk.size())));
    }
    EXPECT_TRUE(frames.empty());
}

TEST(FrameDecoder, TheBlockNeverExceedsALongFrame)
{
    constexpr std::size_t size = 3'000'000;
    FrameDecoder decoder(size);
    std::vector<base::Slice> frames;
    (void)feed(decoder, framed(std::string(size, 'x')), frames);
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(decoder.capacity(), size + length_prefix_size);
}

TEST(FrameDecoder, WhoReadsWhatIsMissingNeverReadsIntoTheNextFrame)
{
    const base::Bytes one = framed(std::string_view("one"));
    const base::Bytes stream = framed(std::vector<std::string>{"one", "two"});
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        FrameDecoder decoder(100);
        std::size_t read = 0;
        while (decoder.missing() > 0) {
            const std::size_t size = std::min(step, decoder.missing());
            ASSERT_LE(size, decoder.recv_buffer().size());
            std::memcpy(decoder.recv_buffer().data(), &stream[read], size);
            decoder.recv_advance(size);
            read += size;
        }
        EXPECT_EQ(read, one.size());
        const DecodeResult result = decoder.next();
        ASSERT_EQ(result.status, DecodeStatus::frame);
        EXPECT_EQ(as_text(result.payload.span()), "one");
    }
}

TEST(FrameDecoder, NothingIsMissingOfALengthThatIsAnError)
{
    for (const char* length : {"00000065", "fffffffe", "ffffffff"}) {
        FrameDecoder decoder(100);
        const base::Bytes bytes = from_hex(length);
        std::memcpy(decoder.recv_buffer().data(), bytes.data(), bytes.size());
        decoder.recv_advance(bytes.size());
        EXPECT_EQ(decoder.missing(), 0u) << length;
        EXPECT_NE(decoder.next().status, DecodeStatus::need_more) << length;
        EXPECT_EQ(decoder.missing(), 0u) << length;
    }
}

TEST(FrameDecoder, BlocksGrowOnlyWhileReadsFillThem)
{
    FrameDecoder decoder(frame_payload_max);
    std::vector<base::Slice> frames;
    for (int i = 0; i < 1000; ++i) (void)feed(decoder, framed("a small frame"), frames);
    EXPECT_EQ(decoder.capacity(), FrameDecoder::block_size_min);

    for (int i = 0; i < 20; ++i)
        (void)feed(decoder, framed(std::string(frame_payload_max, 'x')), frames);
    EXPECT_EQ(decoder.capacity(), FrameDecoder::block_size_max);
}

TEST(FrameDecoder, AnIdleConnectionOwnsNoBuffer)
{
    FrameDecoder decoder(100);
    std::vector<base::Slice> frames;
    (void)feed(decoder, framed("whole"), frames);
    decoder.release_if_empty();
    EXPECT_EQ(decoder.capacity(), 0u);

    (void)feed(decoder, from_hex("0000"), frames);
    decoder.release_if_empty();  // half a length is something to keep
    EXPECT_EQ(decoder.buffered(), 2u);
    (void)feed(decoder, from_hex("0001 78"), frames);
    EXPECT_EQ(texts_of(frames), (std::vector<std::string>{"whole", "x"}));
}

}  // namespace
}  // namespace penstock::wire
