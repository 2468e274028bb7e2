// The length before a frame's payload: section 1 of docs/protocol.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace penstock::wire {

inline constexpr std::size_t frame_prefix_size_max = 12;

struct FramePrefix {
    enum class Status : std::uint8_t {
        whole,
        need_more,  // bytes
        bad,        // a negative length that is not the 64-bit escape, or one that needs none
    };
    Status status = Status::need_more;
    std::size_t size = 0;  // its own; need_more: at least
    std::uint64_t payload_size = 0;
};

/// What stands at the front of `bytes`. The long form, above 0x7fffffff, is for Python peers only.
[[nodiscard]] FramePrefix read_frame_prefix(std::span<const std::byte> bytes,
                                            bool long_lengths_allowed);

/// Returns the prefix's own size.
[[nodiscard]] std::size_t write_frame_prefix(std::span<std::byte, frame_prefix_size_max> prefix,
                                             std::uint64_t payload_size);

}  // namespace penstock::wire
