// FrameDecoder: a stream in pieces gives the frames that it gives in one, in bounded memory, and
// nothing that was handed out changes later.
//
// The input: the limits, then commands: a frame of some size, bytes as they are, the end of a read.
#include "common/wire/frame_decoder.hpp"

#include "common/wire/limits.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace penstock::fuzz {
namespace {

using wire::DecodeStatus;
using wire::FrameDecoder;

constexpr std::size_t stream_size_max = std::size_t{400} * 1024;
constexpr std::size_t pieces_max = 4096;

struct Plan {
    std::size_t payload_size_max = 0;
    bool long_lengths = false;
    bool releases = false;
    base::Bytes stream;
    std::vector<std::size_t> cuts;  // rising, each within the stream
};

void append_number(base::Bytes& stream, std::uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; --i) stream.push_back(static_cast<std::byte>(value >> 8 * i));
}

/// Payloads of different sizes, and each part of a payload, are different.
void append_frame(base::Bytes& stream, std::size_t size)
{
    constexpr std::size_t period = 251;
    append_number(stream, size, 4);
    const std::size_t begin = stream.size();
    stream.resize(begin + size);
    const std::span<std::byte> payload = std::span(stream).subspan(begin);
    for (std::size_t i = 0; i < std::min(size, period); ++i) {
        payload[i] = static_cast<std::byte>(size + i);
    }
    for (std::size_t done = period; done < size; done += std::min(done, size - done)) {
        std::memcpy(&payload[done], payload.data(), std::min(done, size - done));
    }
}

Plan plan_of(Choices& choices)
{
    Plan plan;
    plan.payload_size_max = choices.one_of<std::size_t>({wire::frame_payload_max,
                                                         wire::first_frame_payload_max,
                                                         wire::handshake_payload_max,
                                                         0,
                                                         std::size_t{1} << 32});
    plan.long_lengths = choices.flag();
    plan.releases = choices.flag();
    while (choices.more() && plan.stream.size() < stream_size_max) {
        switch (choices.below(6)) {
            case 0:
                append_frame(plan.stream, choices.below(256));
                break;
            case 1:
                append_frame(plan.stream, choices.below(65'536) * 5);  // some are over every limit
                break;
            case 2:
                append_number(plan.stream, UINT32_MAX, 4);
                append_number(plan.stream, choices.number(), 8);
                break;
            case 3: {
                const auto bytes = choices.bytes();
                plan.stream.insert(plan.stream.end(), bytes.begin(), bytes.end());
                break;
            }
            case 4:
                plan.cuts.push_back(plan.stream.size());
                break;
            default: {  // somewhere before
                const std::size_t back = choices.below(65'536);
                plan.cuts.push_back(plan.stream.size() - std::min(back, plan.stream.size()));
            }
        }
    }
    std::sort(plan.cuts.begin(), plan.cuts.end());
    if (plan.cuts.size() > pieces_max) plan.cuts.resize(pieces_max);
    plan.cuts.push_back(plan.stream.size());
    return plan;
}

struct Frames {
    std::vector<std::pair<std::size_t, std::size_t>> places;  // offset and size of each payload
    DecodeStatus end = DecodeStatus::need_more;
};

/// docs/protocol.md, section 1, as plainly as can be: what the whole stream says.
Frames frames_of(const Plan& plan)
{
    Frames frames;
    wire::Reader reader(plan.stream);
    while (true) {
        std::uint64_t size = reader.u32();
        if (reader.failed()) return frames;
        if (size > INT32_MAX) {
            frames.end = DecodeStatus::bad_length;
            if (size != UINT32_MAX || !plan.long_lengths) return frames;
            size = reader.u64();
            if (reader.failed()) frames.end = DecodeStatus::need_more;
            if (reader.failed() || size <= INT32_MAX) return frames;
        }
        frames.end = DecodeStatus::payload_too_big;
        if (size > plan.payload_size_max) return frames;
        frames.end = DecodeStatus::need_more;
        if (size > reader.left()) return frames;
        frames.places.emplace_back(reader.position(), size);
        (void)reader.bytes(size);
    }
}

/// Drives the decoder as a connection does, and looks at its memory.
class Reading {
public:
    explicit Reading(const Plan& plan) : plan_(plan), decoder_(plan.payload_size_max)
    {
        decoder_.set_long_lengths_allowed(plan.long_lengths);
    }

    void read(std::span<const std::byte> piece)
    {
        while (!piece.empty()) {
            const std::span<std::byte> room = decoder_.recv_buffer();
            PENSTOCK_ASSERT(!room.empty());
            const std::size_t size = std::min(room.size(), piece.size());
            std::memcpy(room.data(), piece.data(), size);
            decoder_.recv_advance(size);
            held_max_ = std::max(held_max_, decoder_.buffered());
            check_memory();
            drain();
            piece = piece.subspan(size);
        }
        if (plan_.releases) decoder_.release_if_empty();
        PENSTOCK_ASSERT(!plan_.releases || decoder_.buffered() > 0 || decoder_.capacity() == 0);
    }

    void check(const Frames& expected) const
    {
        PENSTOCK_ASSERT(status_ == expected.end);
        PENSTOCK_ASSERT(payloads_.size() == expected.places.size());
        for (std::size_t i = 0; i < payloads_.size(); ++i) {
            const auto [offset, size] = expected.places[i];
            const auto payload = std::span(plan_.stream).subspan(offset, size);
            PENSTOCK_ASSERT(base::as_text(payloads_[i].span()) == base::as_text(payload));
        }
    }

private:
    void drain()
    {
        while (true) {
            wire::DecodeResult result = decoder_.next();
            status_ = result.status;
            if (status_ != DecodeStatus::frame) break;
            payloads_.push_back(std::move(result.payload));
        }
        PENSTOCK_ASSERT(status_ == DecodeStatus::need_more || decoder_.buffered() == 0);
    }

    void check_memory() const
    {
        PENSTOCK_ASSERT(decoder_.capacity() <=
                        std::max(FrameDecoder::block_size_max, 2 * held_max_));
    }

    const Plan& plan_;
    FrameDecoder decoder_;
    std::vector<base::Slice> payloads_;
    DecodeStatus status_ = DecodeStatus::need_more;
    std::size_t held_max_ = 0;
};

}  // namespace

void run_one(std::span<const std::byte> input)
{
    Choices choices(input);
    const Plan plan = plan_of(choices);
    Reading reading(plan);
    std::size_t at = 0;
    for (const std::size_t cut : plan.cuts) {
        reading.read(std::span(plan.stream).subspan(at, cut - at));
        at = cut;
    }
    reading.check(frames_of(plan));
}

}  // namespace penstock::fuzz
