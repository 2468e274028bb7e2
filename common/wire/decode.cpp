// The operations' frames, bytes to values. docs/protocol.md, section 3.6.
#include "common/wire/codec.hpp"
#include "common/wire/decoding.hpp"
#include "common/wire/type_rules.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

namespace penstock::wire {

namespace {

/// Reads the size table and checks it against what is left of the frame: all of the items, or,
/// with `more`, all but a part of the last one.
std::vector<std::uint32_t> decode_sizes(Decoding& in)
{
    std::vector<std::uint32_t> sizes;
    if (in.reader.left() / 4 < in.header.n) {
        in.fail("the size table is cut off");
        return sizes;
    }
    sizes.reserve(in.header.n);
    for (std::uint16_t i = 0; i < in.header.n; ++i) sizes.push_back(in.reader.u32());

    const std::uint64_t total = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
    const std::uint64_t body = in.reader.left();
    if (body > total) in.fail("bytes behind the last item");
    if (body == total && in.has(flag::more)) in.fail("more is set, but the items are whole");
    if (body < total && !in.has(flag::more)) in.fail("the items are cut off, but more is not set");
    if (body < total - sizes.back()) in.fail("an item other than the last is unfinished");
    return sizes;
}

Put decode_put(Decoding& in)
{
    Put put;
    put.handle = in.reader.u32();
    put.timeout_ms = in.reader.u32();
    put.content_type = in.reader.u8();
    if (put.content_type > content_type_max) in.fail("a content type above 127");
    const std::uint8_t batch = in.reader.u8();
    if (batch > static_cast<std::uint8_t>(Batch::goes_on)) in.fail("batch is not 0, 1 or 2");
    put.batch = static_cast<Batch>(batch);
    in.expect_zeros(2);
    if (in.has(flag::priority)) put.priority = in.reader.i64();
    put.sizes = decode_sizes(in);
    put.body = in.rest();
    return put;
}

Data decode_data(Decoding& in)
{
    Data data;
    data.body = in.rest();
    if (data.body.empty()) in.fail("DATA without data");
    return data;
}

Get decode_get(Decoding& in)
{
    Get get;
    get.handle = in.reader.u32();
    get.timeout_ms = in.reader.u32();
    get.max = in.reader.u16();
    if (get.max == 0 || get.max > range_n_max) in.fail("a GET's max is not 1 to 4096");
    const std::size_t further = in.reader.u16();
    if (in.reader.left() != further * 4) {
        in.fail("a GET's further handles are not as many as it says");
        return get;
    }
    if (further > 0 && in.header.n != 1) in.fail("a range of GETs with further handles");
    get.further.reserve(further);
    for (std::size_t i = 0; i < further; ++i) get.further.push_back(in.reader.u32());
    return get;
}

Subscribe decode_subscribe(Decoding& in)
{
    Subscribe subscribe;
    subscribe.handle = in.reader.u32();
    in.expect_zeros(4);
    subscribe.limit = in.reader.u64();
    return subscribe;
}

TaskDone decode_task_done(Decoding& in)
{
    TaskDone task_done;
    task_done.handle = in.reader.u32();
    in.expect_zeros(4);
    task_done.source = in.reader.u64();
    if ((task_done.source & read_id_bit) != 0) in.fail("a READ's id where none belongs");
    task_done.index = in.reader.u64();
    if (task_done.index > UINT64_MAX - (in.header.n - 1u)) in.fail("a range of indexes overflows");
    return task_done;
}

Shutdown decode_shutdown(Decoding& in)
{
    Shutdown shutdown;
    shutdown.handle = in.reader.u32();
    const std::uint32_t how = in.reader.u32();
    if (how > static_cast<std::uint32_t>(ShutdownHow::receiving)) in.fail("how is not 0 to 3");
    shutdown.how = static_cast<ShutdownHow>(how);
    return shutdown;
}

Cancel decode_cancel(Decoding& in)
{
    Cancel cancel;
    const std::uint8_t give_back = in.reader.u8();
    if (give_back > 1) in.fail("give_back is neither 0 nor 1");
    cancel.give_back = give_back == 1;
    in.expect_zeros(7);
    cancel.taken = in.reader.u64();
    return cancel;
}

Result decode_result(Decoding& in)
{
    Result result;
    const std::uint16_t status = in.reader.u16();
    if (status > status_last) in.fail("an unknown status");
    result.status = static_cast<Status>(status);
    in.expect_zeros(2);
    result.size = in.reader.u32();
    result.ack_now = in.has(flag::ack_now);
    result.body = in.rest();
    if (in.header.n > 1 && result.size > 0) in.fail("a RESULT of a range has no body");
    if (result.body.size() > result.size) in.fail("bytes behind the RESULT's body");
    const bool whole = result.body.size() == result.size;
    if (whole == in.has(flag::more)) in.fail("more contradicts the RESULT's size");
    return result;
}

Item decode_item(Decoding& in)
{
    Item item;
    item.first_index = in.reader.u64();
    item.first_seq = in.reader.u64();
    if (item.first_index == 0) in.fail("an item's index is 0");
    if (std::max(item.first_index, item.first_seq) > UINT64_MAX - (in.header.n - 1u))
        in.fail("a range of items overflows");
    item.attempts = in.reader.u16();
    item.which = in.reader.u16();
    item.content_type = in.reader.u8();
    if (item.content_type > content_type_max) in.fail("a content type above 127");
    in.expect_zeros(3);
    item.end = in.has(flag::end);
    item.ack_now = in.has(flag::ack_now);
    item.sizes = decode_sizes(in);
    item.body = in.rest();
    return item;
}

Close decode_close(Decoding& in)
{
    return {in.reader.u32()};
}

Flow decode_flow(Decoding& in)
{
    Flow flow;
    flow.limit = in.reader.u64();
    flow.taken = in.reader.u64();
    return flow;
}

Join decode_join(Decoding& in)
{
    Join join;
    join.handle = in.reader.u32();
    join.timeout_ms = in.reader.u32();
    return join;
}

Ack decode_ack(Decoding&)
{
    return {};
}

using Decoder = Message (*)(Decoding&);

template <auto decode>
Message as_message(Decoding& in)
{
    return decode(in);
}

/// In the order of Message's alternatives.
constexpr std::array<Decoder, std::variant_size_v<Message>> decoders{
    as_message<decode_hello>,      as_message<decode_welcome>,   as_message<decode_resume>,
    as_message<decode_resumed>,    as_message<decode_refused>,   as_message<decode_resend>,
    as_message<decode_resend_end>, as_message<decode_goodbye>,   as_message<decode_bye>,
    as_message<decode_ping>,       as_message<decode_pong>,      as_message<decode_notice>,
    as_message<decode_open>,       as_message<decode_close>,     as_message<decode_put>,
    as_message<decode_data>,       as_message<decode_get>,       as_message<decode_subscribe>,
    as_message<decode_flow>,       as_message<decode_task_done>, as_message<decode_join>,
    as_message<decode_shutdown>,   as_message<decode_admin>,     as_message<decode_read>,
    as_message<decode_cancel>,     as_message<decode_ack>,       as_message<decode_result>,
    as_message<decode_item>,
};

}  // namespace

DecodedFrame decode_frame(const base::Slice& payload, Sender from)
{
    CodecError error;
    if (payload.size() < header_size) {
        error.text = "the frame is shorter than its header";
        return error;
    }
    if (payload.size() > frame_payload_max) {
        error.text = "the frame is larger than 256 KiB";
        return error;
    }
    Reader reader(payload.span().first(header_size));
    error.header.type = static_cast<Type>(reader.u8());
    error.header.flags = reader.u8();
    error.header.n = reader.u16();
    error.header.op = reader.u64();
    error.text = check_header(error.header, from);
    if (!error.text.empty()) return error;

    Decoding in(payload, error.header, header_size);
    Message message = decoders[message_index(error.header.type)](in);
    in.expect_end();
    if (in.error().empty() && !in.is_unsupported()) return Frame{error.header, std::move(message)};
    // A malformed frame is malformed, whatever else it asks for.
    error.unsupported = in.error().empty();
    error.text =
        error.unsupported ? "a field or a value that this version doesn't know" : in.error();
    return error;
}

}  // namespace penstock::wire
