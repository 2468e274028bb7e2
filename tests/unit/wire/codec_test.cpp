#include "common/wire/codec.hpp"

#include "common/wire/frame_decoder.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/wire_samples.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <variant>

namespace penstock::wire {
namespace {

using support::from_hex;
using support::to_hex;

class CodecSample : public testing::TestWithParam<Sample> {};

Frame frame_of(const Sample& sample)
{
    DecodedFrame result = decoded(from_hex(sample.hex), sample.from);
    if (const auto* error = std::get_if<CodecError>(&result)) {
        ADD_FAILURE() << error->text;
        return {};
    }
    return std::get<Frame>(std::move(result));
}

TEST_P(CodecSample, EncodesToTheBytesOfTheDocument)
{
    const Sample& sample = GetParam();
    EXPECT_EQ(to_hex(encoded(sample.header, sample.message)), to_hex(from_hex(sample.hex)));
}

// Encoding is known to be right; so what encodes to the same bytes was decoded rightly.
TEST_P(CodecSample, DecodesToTheSameMessage)
{
    const Sample& sample = GetParam();
    const Frame frame = frame_of(sample);
    EXPECT_EQ(frame.message.index(), sample.message.index());
    EXPECT_EQ(frame.header.op, sample.header.op);
    EXPECT_EQ(frame.header.n, sample.header.n);
    EXPECT_EQ(to_hex(encoded(frame.header, frame.message)), to_hex(from_hex(sample.hex)));
}

TEST_P(CodecSample, EveryTruncationIsAnErrorOrAnotherFrameOfTheKind)
{
    const Sample& sample = GetParam();
    const base::Bytes frame = from_hex(sample.hex);
    for (std::size_t size = 0; size < frame.size() - length_prefix_size; ++size) {
        const auto payload = std::span(frame).subspan(length_prefix_size, size);
        const DecodedFrame result = decode_frame(base::Slice::copy_of(payload), sample.from);
        const auto* cut = std::get_if<Frame>(&result);
        if (cut == nullptr) continue;
        // Some are whole without their tail. Then they say no more than the bytes that are there.
        EXPECT_EQ(to_hex(encoded(cut->header, cut->message)).substr(8), to_hex(payload)) << size;
        EXPECT_EQ(cut->message.index(), sample.message.index());
    }
}

TEST_P(CodecSample, ABytePastTheEndIsAnErrorUnlessTheBodyIsUnfinished)
{
    const Sample& sample = GetParam();
    base::Bytes frame = from_hex(sample.hex);
    frame.push_back(std::byte{0});
    const auto payload = std::span(frame).subspan(length_prefix_size);
    const DecodedFrame result = decode_frame(base::Slice::copy_of(payload), sample.from);
    const bool open_ended = std::holds_alternative<Data>(sample.message) ||
                            sample.name.find("unfinished") != std::string_view::npos;
    EXPECT_EQ(std::holds_alternative<Frame>(result), open_ended);
}

TEST_P(CodecSample, IsRefusedFromTheOtherSideUnlessBothMaySendIt)
{
    const Sample& sample = GetParam();
    const Sender other = sample.from == Sender::client ? Sender::broker : Sender::client;
    const bool both =
        std::set<std::string_view>{"goodbye", "bye", "ping", "pong", "notice", "data"}.contains(
            sample.name);
    const DecodedFrame result = decoded(from_hex(sample.hex), other);
    EXPECT_EQ(std::holds_alternative<Frame>(result), both);
}

TEST_P(CodecSample, EveryFlagItDoesNotHaveIsAnError)
{
    const Sample& sample = GetParam();
    base::Bytes frame = from_hex(sample.hex);
    const std::byte flags = frame[5];
    for (int bit = 0; bit < 8; ++bit) {
        frame[5] = flags ^ static_cast<std::byte>(1 << bit);
        const DecodedFrame result = decoded(frame, sample.from);
        // `more`, `end` and `ack_now` say by themselves something that may be true.
        if (const auto* other = std::get_if<Frame>(&result)) {
            EXPECT_EQ(to_hex(encoded(other->header, other->message)), to_hex(frame)) << bit;
            EXPECT_LT(bit, 4);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, CodecSample, testing::ValuesIn(all_samples()), [](const auto& of) {
    return std::string(of.param.name);
});

TEST(Codec, TheSamplesCoverEveryType)
{
    std::set<std::size_t> kinds;
    for (const Sample& sample : all_samples()) kinds.insert(sample.message.index());
    EXPECT_EQ(kinds.size(), std::variant_size_v<Message>);
}

TEST(Codec, AStreamOfAllSamplesDecodesAtEverySplitPoint)
{
    base::Bytes stream;
    std::vector<std::string> expected;
    for (const Sample& sample : all_samples()) {
        const base::Bytes frame = from_hex(sample.hex);
        stream.insert(stream.end(), frame.begin(), frame.end());
        expected.push_back(to_hex(frame).substr(8));
    }
    for (std::size_t split = 0; split <= stream.size(); ++split) {
        FrameDecoder decoder(frame_payload_max);
        std::vector<std::string> frames;
        std::size_t at = 0;
        for (const std::size_t end : {split, stream.size()}) {
            const auto room = decoder.recv_buffer();
            ASSERT_GE(room.size(), end - at);
            std::copy(stream.begin() + static_cast<std::ptrdiff_t>(at),
                      stream.begin() + static_cast<std::ptrdiff_t>(end),
                      room.begin());
            decoder.recv_advance(end - at);
            at = end;
            for (auto result = decoder.next(); result.status == DecodeStatus::frame;
                 result = decoder.next())
                frames.push_back(to_hex(result.payload.span()));
        }
        ASSERT_EQ(frames, expected) << split;
    }
}

TEST(Codec, BodiesShareTheBlockTheFrameIsIn)
{
    const base::Bytes frame = encoded({{}, 0, 1, 1}, Data{rope_of("shared")});
    const auto payload = base::Slice::copy_of(std::span(frame).subspan(length_prefix_size));
    const DecodedFrame result = decode_frame(payload, Sender::broker);
    ASSERT_TRUE(std::holds_alternative<Frame>(result));
    std::get<Data>(std::get<Frame>(result).message).body.for_each([&](const base::Slice& slice) {
        EXPECT_EQ(slice.data(), payload.data() + header_size);
    });
}

TEST(Codec, TheRoomsAreExactlyWhatFitsIntoAFrame)
{
    const auto filled = [](std::size_t room) { return rope_of(std::string(room, 'x')); };
    for (const std::uint16_t n : {std::uint16_t{1}, std::uint16_t{100}, range_n_max}) {
        for (const bool has_priority : {false, true}) {
            Put put;
            put.sizes.assign(n, 0);
            put.sizes.back() = frame_payload_max;
            if (has_priority) put.priority = 1;
            put.body = filled(put_body_room(n, has_priority));
            EXPECT_EQ(encoded({{}, 0, n, 1}, put).size(), length_prefix_size + frame_payload_max);
        }
        Item item;
        item.sizes.assign(n, 0);
        item.sizes.back() = frame_payload_max;
        item.body = filled(item_body_room(n));
        EXPECT_EQ(encoded({{}, 0, n, 1}, item).size(), length_prefix_size + frame_payload_max);
    }
    const Result result{Status::ok, frame_payload_max, filled(result_body_room), false};
    EXPECT_EQ(encoded({{}, 0, 1, 1}, result).size(), length_prefix_size + frame_payload_max);
    const Data data{filled(data_body_room)};
    EXPECT_EQ(encoded({{}, 0, 1, 1}, data).size(), length_prefix_size + frame_payload_max);
}

TEST(Codec, AsManyIdsFitAsTheConstantsSay)
{
    Resumed resumed;
    for (OpId id = 1; id <= resumed_ids_max; ++id) resumed.incomplete.push_back(id);
    resumed.highest = resumed_ids_max;
    const base::Bytes frame = encoded({}, resumed);
    EXPECT_LE(frame.size(), length_prefix_size + frame_payload_max);
    EXPECT_GT(frame.size() + 8, length_prefix_size + frame_payload_max);
    EXPECT_TRUE(std::holds_alternative<Frame>(decoded(frame, Sender::broker)));

    ResendEnd end;
    for (OpId id = 1; id <= resend_end_ranges_max; ++id) end.held.push_back({2 * id, 1});
    const base::Bytes pairs = encoded({}, end);
    EXPECT_LE(pairs.size(), length_prefix_size + frame_payload_max);
    EXPECT_TRUE(std::holds_alternative<Frame>(decoded(pairs, Sender::client)));
}

// An invalid message is our own bug: it must not reach a peer.
TEST(CodecDeathTest, AnInvalidMessageIsNeverEncoded)
{
    const auto put = [](std::vector<std::uint32_t> sizes, std::string_view body) {
        Put message;
        message.sizes = std::move(sizes);
        message.body = rope_of(body);
        return message;
    };
    EXPECT_DEATH(encoded({{}, 0, 1, 0}, Ack{}), "header_is_valid");
    EXPECT_DEATH(encoded({{}, 0, 0, 1}, Ack{}), "header_is_valid");
    EXPECT_DEATH(encoded({{}, 0, 4097, 1}, Ack{}), "header_is_valid");
    EXPECT_DEATH(encoded({{}, 0, 2, 1}, Close{}), "header_is_valid");
    EXPECT_DEATH(encoded({{}, 0, 1, 1}, Ping{}), "header_is_valid");
    EXPECT_DEATH(encoded({{}, 0, 2, 1}, put({1}, "a")), "sizes.size");
    EXPECT_DEATH(encoded({{}, 0, 1, 1}, put({1}, "ab")), "total");
    EXPECT_DEATH(encoded({{}, 0, 2, 1}, put({2, 1}, "a")), "total");
    EXPECT_DEATH(encoded({{}, 0, 1, 1}, Data{}), "body");
    EXPECT_DEATH(encoded({{}, 0, 2, 1}, Result{Status::ok, 1, {}, false}), "size");
    Open open;
    open.name = std::string(201, 'n');
    EXPECT_DEATH(encoded({{}, 0, 1, 1}, open), "size_max");
    open.name = "\xff";
    EXPECT_DEATH(encoded({{}, 0, 1, 1}, open), "valid_utf8");
}

}  // namespace
}  // namespace penstock::wire
