// The message codec, for the frames of both sides: no bytes do harm, and what decodes encodes to a
// frame that says the same.
//
// The input: whose frame it is, then its payload.
#include "common/wire/codec.hpp"

#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/wire_samples.hpp"

#include <variant>

namespace penstock::fuzz {

void run_one(std::span<const std::byte> input)
{
    if (input.empty() || input.size() > wire::frame_payload_max) return;
    const wire::Sender from =
        (input[0] & std::byte{1}) == std::byte{0} ? wire::Sender::client : wire::Sender::broker;
    const wire::DecodedFrame first =
        wire::decode_frame(base::Slice::copy_of(input.subspan(1)), from);
    if (const auto* error = std::get_if<wire::CodecError>(&first)) {
        PENSTOCK_ASSERT(!error->text.empty());
        return;
    }
    // Some things can be said in more than one way, a field that holds what its absence means for
    // one. So the bytes need not be the same, but what we wrote once we must write again.
    const auto& frame = std::get<wire::Frame>(first);
    const base::Bytes once = wire::encoded(frame.header, frame.message);
    const wire::DecodedFrame second = wire::decoded(once, from);
    PENSTOCK_ASSERT(std::holds_alternative<wire::Frame>(second));
    const auto& again = std::get<wire::Frame>(second);
    PENSTOCK_ASSERT(again.header.type == frame.header.type);
    PENSTOCK_ASSERT(again.header.n == frame.header.n && again.header.op == frame.header.op);
    PENSTOCK_ASSERT(wire::encoded(again.header, again.message) == once);
}

}  // namespace penstock::fuzz
