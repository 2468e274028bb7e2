// Every number that both sides of the wire must agree on. docs/protocol.md, section "Limits".
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock::wire {

/// Raised only together with an entry in CHANGELOG.md and docs/protocol.md, section "Versions".
inline constexpr std::uint16_t protocol_version = 1;

inline constexpr std::size_t handshake_payload_max = 256;
inline constexpr std::size_t first_frame_payload_max = std::size_t{4} * 1024;
/// A native frame: the 12 header bytes behind the length, and the payload.
inline constexpr std::size_t frame_payload_max = std::size_t{256} * 1024;
inline constexpr std::size_t header_size = 12;
inline constexpr std::size_t length_prefix_size = 4;

/// Operations (or items) that one header may name.
inline constexpr std::uint16_t range_n_max = 4096;
/// What one GET may ask for.
inline constexpr std::uint16_t get_items_max = 4096;
/// Handles of one GET beside its first.
inline constexpr std::size_t get_further_max = 63;
inline constexpr std::uint32_t item_size_max_default = 256u * 1024 * 1024;

inline constexpr std::uint32_t session_ops_max = 65'536;
inline constexpr std::uint64_t session_put_bytes_max = std::uint64_t{16} * 1024 * 1024;
/// Granted whatever a client wants, where the broker's own limit allows it.
inline constexpr std::uint64_t session_put_bytes_min = std::uint64_t{64} * 1024;
/// Each member of a PUT counts at least this much against `session_put_bytes_max`.
inline constexpr std::size_t put_member_bytes_min = 32;
inline constexpr std::size_t reads_unanswered_max = 64;
/// Above this much unsent output, no body of a READ is made and no item is assigned.
inline constexpr std::size_t unsent_output_max = std::size_t{256} * 1024;

inline constexpr std::size_t name_size_max = 200;
inline constexpr std::size_t text_size_max = 1024;
/// 0 to 6 are ours, 64 to 127 the user's; the rest below 128 is for later and passed on unchanged.
inline constexpr std::uint8_t content_type_max = 127;
/// Handles in one READ{ready}.
inline constexpr std::size_t read_handles_max = 4096;

/// Ids with this bit belong to READs: not part of the sequence, not kept.
inline constexpr std::uint64_t read_id_bit = std::uint64_t{1} << 63;
inline constexpr std::uint32_t timeout_forever_ms = UINT32_MAX;

}  // namespace penstock::wire
