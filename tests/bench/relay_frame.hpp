// The frames of the relay: penstock's length and header, where `op` says which peer gets it.
#pragma once

#include "common/wire/byte_io.hpp"
#include "common/wire/limits.hpp"
#include "common/wire/messages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace penstock::bench {

inline constexpr std::size_t relay_head_size = wire::length_prefix_size + wire::header_size;
inline constexpr std::size_t relay_peers_max = 64;
/// The sender waits until the relay says that it has passed the frame on.
inline constexpr std::uint8_t confirm_flag = 1;

using RelayHead = std::array<std::byte, relay_head_size>;

/// `hello` tells the relay one's own number, `put` goes to a peer, `result` confirms.
inline RelayHead relay_head(wire::Type type,
                            std::uint8_t flags,
                            std::uint64_t peer,
                            std::size_t size)
{
    RelayHead head;
    wire::Writer writer(head);
    writer.u32(static_cast<std::uint32_t>(wire::header_size + size));
    writer.u8(static_cast<std::uint8_t>(type));
    writer.u8(flags);
    writer.u16(1);
    writer.u64(peer);
    return head;
}

struct RelayFrame {
    wire::Type type{};
    std::uint8_t flags = 0;
    std::uint64_t peer = 0;
    std::span<const std::byte> whole;  // with its length; empty: not all of it has arrived
};

inline RelayFrame relay_frame(std::span<const std::byte> bytes)
{
    RelayFrame frame;
    wire::Reader reader(bytes);
    const std::size_t size = reader.u32();
    if (reader.left() < size || size < wire::header_size) return frame;
    frame.type = static_cast<wire::Type>(reader.u8());
    frame.flags = reader.u8();
    (void)reader.u16();
    frame.peer = reader.u64();
    frame.whole = bytes.first(wire::length_prefix_size + size);
    return frame;
}

}  // namespace penstock::bench
