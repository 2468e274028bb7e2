// Native frames to bytes and back. Sans-IO; every rule of the grammar in docs/protocol.md section 3
// that can be told from one frame alone is checked here, and nowhere else.
#pragma once

#include "common/base/byte_queue.hpp"
#include "common/base/bytes.hpp"
#include "common/wire/limits.hpp"
#include "common/wire/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace penstock::wire {

/// Which side sent a frame: some types may come from one side only.
enum class Sender { client, broker };

/// Why bytes are not a frame: a sentence for GOODBYE's text and for the log.
struct CodecError {
    std::string_view text;  // a literal
    bool unsupported =
        false;      // an unknown field with its top bit set: answer `unsupported` instead
    Header header;  // as far as it was read
};

using DecodedFrame = std::variant<Frame, CodecError>;

/// Decodes one frame's payload (what stands behind the length). Bodies share `payload`'s block.
[[nodiscard]] DecodedFrame decode_frame(const base::Slice& payload, Sender from);

/// Appends one whole frame, length included. `header.type` is overwritten by the message's type,
/// and the flags `more` (PUT, ITEM, RESULT: the body is shorter than announced; RESUMED and
/// RESEND_END: the member), `end`, `ack_now` and `priority` by what the message says.
void encode_frame(base::ByteQueue& out, Header header, const Message& message);

/// How many body bytes fit into one frame of this shape.
[[nodiscard]] std::size_t put_body_room(std::size_t n, bool has_priority);
[[nodiscard]] std::size_t item_body_room(std::size_t n);
inline constexpr std::size_t result_body_room = frame_payload_max - header_size - 8;
inline constexpr std::size_t data_body_room = frame_payload_max - header_size;
/// How many entries fit into one RESUMED (beside its other fields) and one RESEND_END.
inline constexpr std::size_t resumed_ids_max = (frame_payload_max - header_size - 56) / 8;
inline constexpr std::size_t resend_end_ranges_max = (frame_payload_max - header_size) / 12;

}  // namespace penstock::wire
