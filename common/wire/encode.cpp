// The operations' frames, values to bytes. An invalid message is our own bug and asserts.
// docs/protocol.md, section 3.6.
#include "common/base/assert.hpp"
#include "common/wire/codec.hpp"
#include "common/wire/encoding.hpp"
#include "common/wire/type_rules.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace penstock::wire {

namespace {

constexpr std::size_t put_fixed_size = 12;
constexpr std::size_t priority_size = 8;
constexpr std::size_t item_fixed_size = 24;
constexpr std::size_t size_entry_size = 4;

/// Of a body that follows a size table: the mirror of the decoder's rules.
std::uint8_t more_flag(const std::vector<std::uint32_t>& sizes, const base::Rope& body)
{
    PENSTOCK_ASSERT(!sizes.empty());
    const std::uint64_t total = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
    PENSTOCK_ASSERT(body.size() <= total);
    PENSTOCK_ASSERT(body.size() >= total - sizes.back());
    return body.size() < total ? flag::more : std::uint8_t{0};
}

void write_sizes(Writer& writer, const std::vector<std::uint32_t>& sizes)
{
    for (const std::uint32_t size : sizes) writer.u32(size);
}

void encode(Encoding& out, const Put& put)
{
    PENSTOCK_ASSERT(put.sizes.size() == out.header.n);
    PENSTOCK_ASSERT(put.content_type <= content_type_max);
    PENSTOCK_ASSERT(put.batch <= Batch::goes_on);
    out.header.flags = more_flag(put.sizes, put.body);
    if (put.priority) out.header.flags |= flag::priority;
    const std::size_t fixed = put_fixed_size + (put.priority ? priority_size : 0);
    Writer writer = out.begin(fixed + put.sizes.size() * size_entry_size, put.body.size());
    writer.u32(put.handle);
    writer.u32(put.timeout_ms);
    writer.u8(put.content_type);
    writer.u8(static_cast<std::uint8_t>(put.batch));
    writer.zeros(2);
    if (put.priority) writer.i64(*put.priority);
    write_sizes(writer, put.sizes);
    out.finish(writer, put.body);
}

void encode(Encoding& out, const Data& data)
{
    PENSTOCK_ASSERT(!data.body.empty());
    const Writer writer = out.begin(0, data.body.size());
    out.finish(writer, data.body);
}

void encode(Encoding& out, const Close& close)
{
    Writer writer = out.begin(4);
    writer.u32(close.handle);
    out.finish(writer);
}

void encode(Encoding& out, const Get& get)
{
    PENSTOCK_ASSERT(get.max >= 1 && get.max <= range_n_max);
    PENSTOCK_ASSERT(get.further.size() <= UINT16_MAX);
    Writer writer = out.begin(12 + get.further.size() * 4);
    writer.u32(get.handle);
    writer.u32(get.timeout_ms);
    writer.u16(get.max);
    writer.u16(static_cast<std::uint16_t>(get.further.size()));
    for (const HandleId handle : get.further) writer.u32(handle);
    out.finish(writer);
}

void encode(Encoding& out, const Subscribe& subscribe)
{
    Writer writer = out.begin(16);
    writer.u32(subscribe.handle);
    writer.zeros(4);
    writer.u64(subscribe.limit);
    out.finish(writer);
}

void encode(Encoding& out, const Flow& flow)
{
    Writer writer = out.begin(16);
    writer.u64(flow.limit);
    writer.u64(flow.taken);
    out.finish(writer);
}

void encode(Encoding& out, const TaskDone& task_done)
{
    PENSTOCK_ASSERT((task_done.source & read_id_bit) == 0);
    PENSTOCK_ASSERT(task_done.index <= UINT64_MAX - (out.header.n - 1u));
    Writer writer = out.begin(24);
    writer.u32(task_done.handle);
    writer.zeros(4);
    writer.u64(task_done.source);
    writer.u64(task_done.index);
    out.finish(writer);
}

void encode(Encoding& out, const Join& join)
{
    Writer writer = out.begin(8);
    writer.u32(join.handle);
    writer.u32(join.timeout_ms);
    out.finish(writer);
}

void encode(Encoding& out, const Shutdown& shutdown)
{
    Writer writer = out.begin(8);
    writer.u32(shutdown.handle);
    writer.u32(static_cast<std::uint32_t>(shutdown.how));
    out.finish(writer);
}

void encode(Encoding& out, const Cancel& cancel)
{
    Writer writer = out.begin(16);
    writer.u8(cancel.give_back ? 1 : 0);
    writer.zeros(7);
    writer.u64(cancel.taken);
    out.finish(writer);
}

void encode(Encoding& out, const Ack&)
{
    const Writer writer = out.begin(0);
    out.finish(writer);
}

void encode(Encoding& out, const Result& result)
{
    PENSTOCK_ASSERT(static_cast<std::uint16_t>(result.status) <= status_last);
    PENSTOCK_ASSERT(result.body.size() <= result.size);
    PENSTOCK_ASSERT(out.header.n == 1 || result.size == 0);
    if (result.body.size() < result.size) out.header.flags |= flag::more;
    if (result.ack_now) out.header.flags |= flag::ack_now;
    Writer writer = out.begin(8, result.body.size());
    writer.u16(static_cast<std::uint16_t>(result.status));
    writer.zeros(2);
    writer.u32(result.size);
    out.finish(writer, result.body);
}

void encode(Encoding& out, const Item& item)
{
    PENSTOCK_ASSERT(item.sizes.size() == out.header.n);
    PENSTOCK_ASSERT(item.content_type <= content_type_max);
    PENSTOCK_ASSERT(item.first_index >= 1);
    PENSTOCK_ASSERT(std::max(item.first_index, item.first_seq) <= UINT64_MAX - (out.header.n - 1u));
    out.header.flags = more_flag(item.sizes, item.body);
    if (item.end) out.header.flags |= flag::end;
    if (item.ack_now) out.header.flags |= flag::ack_now;
    Writer writer =
        out.begin(item_fixed_size + item.sizes.size() * size_entry_size, item.body.size());
    writer.u64(item.first_index);
    writer.u64(item.first_seq);
    writer.u16(item.attempts);
    writer.u16(item.which);
    writer.u8(item.content_type);
    writer.zeros(3);
    write_sizes(writer, item.sizes);
    out.finish(writer, item.body);
}

}  // namespace

Writer Encoding::begin(std::size_t fixed_size, std::size_t body_size)
{
    const std::size_t payload_size = header_size + fixed_size + body_size;
    PENSTOCK_ASSERT(header_is_valid(header));
    PENSTOCK_ASSERT(payload_size <= frame_payload_max);
    Writer writer(out_.extend(length_prefix_size + header_size + fixed_size));
    writer.u32(static_cast<std::uint32_t>(payload_size));
    writer.u8(static_cast<std::uint8_t>(header.type));
    writer.u8(header.flags);
    writer.u16(header.n);
    writer.u64(header.op);
    return writer;
}

void Encoding::finish(const Writer& writer)
{
    PENSTOCK_ASSERT(writer.full());
}

void Encoding::finish(const Writer& writer, const base::Rope& body)
{
    PENSTOCK_ASSERT(writer.full());
    out_.append(body);
}

void Encoding::write(const base::Bytes& bytes)
{
    Writer writer = begin(bytes.size());
    writer.bytes(bytes);
    finish(writer);
}

void encode_frame(base::ByteQueue& out, Header header, const Message& message)
{
    header.type = type_of(message);
    header.flags = 0;  // the message says them all
    Encoding encoding(out, header);
    std::visit([&encoding](const auto& content) { encode(encoding, content); }, message);
}

std::size_t put_body_room(std::size_t n, bool has_priority)
{
    return frame_payload_max - header_size - put_fixed_size - (has_priority ? priority_size : 0) -
           n * size_entry_size;
}

std::size_t item_body_room(std::size_t n)
{
    return frame_payload_max - header_size - item_fixed_size - n * size_entry_size;
}

}  // namespace penstock::wire
