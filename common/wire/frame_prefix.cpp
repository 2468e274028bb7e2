#include "common/wire/frame_prefix.hpp"

#include "common/wire/byte_io.hpp"

namespace penstock::wire {

namespace {

constexpr std::size_t short_prefix_size = 4;
constexpr std::size_t long_prefix_size = frame_prefix_size_max;
constexpr std::uint32_t long_length_mark = 0xffff'ffff;
constexpr std::uint32_t short_length_max = 0x7fff'ffff;

}  // namespace

FramePrefix read_frame_prefix(std::span<const std::byte> bytes, bool long_lengths_allowed)
{
    using enum FramePrefix::Status;
    Reader reader(bytes);
    if (reader.left() < short_prefix_size) return {need_more, short_prefix_size, 0};
    const std::uint32_t size = reader.u32();
    if (size <= short_length_max) return {whole, short_prefix_size, size};
    if (size != long_length_mark || !long_lengths_allowed) return {bad, 0, 0};
    if (reader.left() < long_prefix_size - short_prefix_size) {
        return {need_more, long_prefix_size, 0};
    }
    const std::uint64_t long_size = reader.u64();
    if (long_size <= short_length_max) return {bad, 0, 0};
    return {whole, long_prefix_size, long_size};
}

std::size_t write_frame_prefix(std::span<std::byte, frame_prefix_size_max> prefix,
                               std::uint64_t payload_size)
{
    Writer writer(prefix);
    if (payload_size <= short_length_max) {
        writer.u32(static_cast<std::uint32_t>(payload_size));
        return short_prefix_size;
    }
    writer.u32(long_length_mark);
    writer.u64(payload_size);
    return long_prefix_size;
}

}  // namespace penstock::wire
