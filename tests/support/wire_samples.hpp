// One frame of every kind, as a value and as its bytes in docs/protocol.md. The bytes are written
// down by hand from its tables, not made by the codec.
#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/codec.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace penstock::wire {

struct Sample {
    std::string_view name;
    Sender from{};
    Header header;  // encode_frame finds type and flags by itself
    Message message;
    std::string_view hex;  // with the length
};

/// Types 01 to 0c.
[[nodiscard]] std::vector<Sample> session_samples();
/// Types 20 to 30, without PUT and DATA.
[[nodiscard]] std::vector<Sample> request_samples();
/// PUT, DATA, CANCEL, ACK, RESULT, ITEM.
[[nodiscard]] std::vector<Sample> item_samples();
[[nodiscard]] std::vector<Sample> all_samples();

[[nodiscard]] inline base::Rope rope_of(std::string_view text)
{
    return base::Rope(base::Slice::copy_of(base::as_bytes(text)));
}

/// What encode_frame makes of it.
[[nodiscard]] base::Bytes encoded(const Header& header, const Message& message);
/// All that is in the queue.
[[nodiscard]] base::Bytes flattened(const base::ByteQueue& queue);
/// Decodes a whole frame, length included, after it was checked that the length is right.
[[nodiscard]] DecodedFrame decoded(std::span<const std::byte> frame, Sender from);

}  // namespace penstock::wire
