#include "tests/fuzz/session_requests.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace penstock::fuzz {

namespace {

using wire::Message;

std::string some_name(Choices& choices)
{
    return choices.one_of<const char*>({"a", "b", "c/d", "no name", ""});
}

std::uint32_t some_timeout(Choices& choices)
{
    return choices.one_of<std::uint32_t>({wire::timeout_forever_ms, 0, 1, 20, 5000});
}

std::uint16_t some_count(Choices& choices)
{
    return choices.one_of<std::uint16_t>({1, 1, 1, 1, 2, 3, 20, wire::range_n_max});
}

}  // namespace

base::Rope item_part(std::size_t item_size, std::size_t offset, std::size_t size)
{
    base::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = item_byte(item_size, offset + i);
    return base::Rope(base::Slice::adopt(std::move(bytes)));
}

SessionRequests::Request SessionRequests::hello(Choices& choices) const
{
    wire::Hello hello;
    hello.version_min = 1;
    hello.version_max = choices.one_of<std::uint16_t>({1, 1, 1, 9});
    hello.wanted.max_ops = choices.one_of<std::uint32_t>({UINT32_MAX, 0, 3, 50});
    hello.wanted.max_bytes = choices.one_of<std::uint64_t>({UINT64_MAX, 0, 1, 10'000});
    return {{}, Message(hello)};
}

SessionRequests::Request SessionRequests::next(Choices& choices)
{
    switch (choices.below(16)) {
        case 0:
            return open(choices);
        case 1:
        case 2:
            return put(choices);
        case 3:
            return long_put(choices);
        case 4:
        case 5:
            return data(choices);
        case 6:
        case 7:
            return get(choices);
        case 8:
        case 9:
            return about_operations(choices, Message(wire::Ack{}));
        case 10:
            return about_operations(choices, Message(wire::Cancel{choices.flag(), 0}));
        case 11:
            return task_done(choices);
        case 12:
            return operation(Message(wire::Join{some_handle(choices), some_timeout(choices)}));
        case 13:
            return admin(choices);
        case 14:
            return read(choices);
        default:
            return rare(choices);
    }
}

SessionRequests::Request SessionRequests::operation(Message message, std::uint16_t n)
{
    wire::Header header;
    header.op = next_op_;
    header.n = n;
    next_op_ += n;
    return {header, std::move(message)};
}

namespace {

void choose_kind(Choices& choices, wire::Open& open)
{
    using wire::Kind;
    const std::uint8_t what = choices.byte();
    if ((what & 3) != 0) {
        open.kind = choices.one_of<Kind>(
            {Kind::lifo, Kind::priority, Kind::fifo, Kind::pipe_left, Kind::pipe_right});
    }
    if ((what & 4) != 0) open.ends_with_producers = choices.flag();
    if ((what & 8) != 0) open.ends_with_consumers = choices.flag();
    if ((what & 0x10) != 0) open.role = wire::Role::producer;
    if ((what & 0x20) != 0) open.role = wire::Role::consumer;
    if ((what & 0xc0) == 0xc0) {
        open.producers_expected = choices.one_of<std::int32_t>({2, 1, 0, -1, INT32_MAX});
    }
}

}  // namespace

SessionRequests::Request SessionRequests::open(Choices& choices)
{
    wire::Open open;
    open.handle = ++last_handle_;
    open.name = some_name(choices);
    const std::uint8_t more = choices.byte();
    if ((more & 1) != 0) open.maxsize = choices.one_of<std::int64_t>({1, 3, 0, -1, INT64_MAX});
    if ((more & 6) == 6) open.mode = choices.flag() ? wire::Mode::existing : wire::Mode::fresh;
    if ((more & 0x18) == 0x18) open.until_task_done = choices.flag();
    if ((more & 0x60) == 0x60) open.handle = some_handle(choices);
    if ((more & 0x80) != 0) choose_kind(choices, open);
    return operation(Message(open));
}

SessionRequests::Request SessionRequests::put(Choices& choices)
{
    wire::Put put;
    put.handle = some_handle(choices);
    put.timeout_ms = some_timeout(choices);
    const std::uint8_t type = choices.byte();
    put.content_type = type & wire::content_type_max;
    if (type > wire::content_type_max) {
        put.batch = static_cast<wire::Batch>(choices.below(3));
        if (choices.flag()) put.priority = choices.one_of<std::int64_t>({0, 1, -1, INT64_MIN});
    }
    const std::uint16_t n = some_count(choices);
    const auto size = choices.one_of<std::uint32_t>({1, 0, 10, 40});
    for (std::uint16_t i = 0; i < n; ++i) {
        put.sizes.push_back(size);
        put.body.append(item_part(size, 0, size));
    }
    return operation(Message(std::move(put)), n);
}

SessionRequests::Request SessionRequests::long_put(Choices& choices)
{
    wire::Put put;
    put.handle = some_handle(choices);
    put.timeout_ms = some_timeout(choices);
    // Whole ones before it, sometimes; then one that may be over the limit on items.
    put.sizes.assign(choices.one_of<std::size_t>({0, 0, 1, 5}), 2);
    for (std::size_t i = 0; i < put.sizes.size(); ++i) put.body.append(item_part(2, 0, 2));
    const auto size = choices.one_of<std::uint32_t>({100, 5000, 300'000, 2'000'000, UINT32_MAX});
    put.sizes.push_back(size);
    const std::size_t sent = choices.one_of<std::size_t>({0, 1, 99, 4000});
    const std::size_t first_part = std::min<std::size_t>(sent, size - 1);
    if (first_part > 0) put.body.append(item_part(size, 0, first_part));
    const auto n = static_cast<std::uint16_t>(put.sizes.size());
    unfinished_.push_back({next_op_ + n - 1, size, first_part});
    return operation(Message(std::move(put)), n);
}

SessionRequests::Request SessionRequests::data(Choices& choices)
{
    wire::Header header;
    if (unfinished_.empty()) {
        header.op = some_op(choices);
        return {header, Message(wire::Data{item_part(1, 0, 1)})};
    }
    const std::size_t which = choices.below(unfinished_.size());
    Unfinished& put = unfinished_[which];
    header.op = put.op;
    std::size_t size = choices.one_of<std::size_t>({wire::data_body_room, 1, 50, 4000});
    size = std::min(size, put.size - put.sent);
    wire::Data data{item_part(put.size, put.sent, size)};
    put.sent += size;
    if (put.sent == put.size) {
        unfinished_.erase(unfinished_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    return {header, Message(std::move(data))};
}

SessionRequests::Request SessionRequests::get(Choices& choices)
{
    wire::Get get;
    get.handle = some_handle(choices);
    get.timeout_ms = some_timeout(choices);
    if (choices.byte() >= 0xe0) {
        get.max = choices.one_of<std::uint16_t>({2, 7, 1, wire::get_items_max});
    }
    if (choices.byte() >= 0xe0) {
        get.further.resize(choices.one_of<std::size_t>({1, 2, 5, wire::get_further_max + 1}));
        for (wire::HandleId& handle : get.further) handle = some_handle(choices);
        return operation(Message(get));
    }
    return operation(Message(get), some_count(choices));
}

SessionRequests::Request SessionRequests::about_operations(Choices& choices, Message message)
{
    wire::Header header;
    header.op = some_op(choices);
    header.n = std::min<std::uint16_t>(some_count(choices), 20);
    if (header.op > wire::read_id_bit - 20) header.n = 1;
    return {header, std::move(message)};
}

SessionRequests::Request SessionRequests::task_done(Choices& choices)
{
    wire::TaskDone done;
    done.handle = some_handle(choices);
    if (choices.byte() >= 0xf0) done.source = some_op(choices);
    return operation(Message(done), done.source == 0 ? some_count(choices) : std::uint16_t{1});
}

SessionRequests::Request SessionRequests::admin(Choices& choices)
{
    const std::uint8_t what = choices.byte();
    if (what < 64) {
        return operation(Message(wire::Shutdown{
            some_handle(choices), static_cast<wire::ShutdownHow>(choices.byte() & 3)}));
    }
    if (what < 128) return operation(Message(wire::Close{some_handle(choices)}));
    wire::Admin admin;
    // Those that came later have some of the bytes of the first two, so that the corpus stays good.
    admin.verb = what < 192 ? wire::AdminVerb::purge : wire::AdminVerb::remove;
    if ((what & 12) == 12) admin.verb = static_cast<wire::AdminVerb>(3 + (what & 3));
    admin.name = some_name(choices);
    if (admin.verb == wire::AdminVerb::move) {
        admin.to = some_name(choices);
        admin.count = choices.below(4);
    }
    if (admin.verb == wire::AdminVerb::kick) admin.id = choices.below(8);
    if (admin.verb >= wire::AdminVerb::pause) admin.object = choices.below(4);
    return operation(Message(admin));
}

SessionRequests::Request SessionRequests::read(Choices& choices)
{
    wire::Read read;
    read.what = static_cast<wire::ReadWhat>(1 + choices.below(6));
    read.handles.assign(choices.below(3), some_handle(choices));
    read.name = some_name(choices);
    read.next = some_name(choices);
    read.offset = choices.one_of<std::uint64_t>({0, 1, UINT64_MAX});
    read.limit = choices.one_of<std::uint32_t>({0, 1, UINT32_MAX});
    read.item_bytes = choices.one_of<std::uint32_t>({0, 10, UINT32_MAX});
    if (read.what == wire::ReadWhat::changes) {
        read.kind = static_cast<wire::RowKind>(1 + choices.below(4));
        read.since = choices.one_of<std::uint64_t>({0, 1, 10, UINT64_MAX});
    }
    wire::Header header;
    header.op = wire::read_id_bit | choices.below(8);
    return {header, Message(std::move(read))};
}

SessionRequests::Request SessionRequests::rare(Choices& choices)
{
    wire::Header header;
    switch (choices.below(12)) {
        case 0:
            return {header, Message(wire::Goodbye{})};
        case 1:
            return {header, Message(wire::Pong{choices.byte()})};
        case 2:
            return {header, Message(wire::Bye{})};
        case 3:
            return hello(choices);
        case 4:
            return {header, Message(wire::Resume{})};
        case 5:
            return {header, Message(wire::ResendEnd{})};
        case 6:
            return about_operations(choices, Message(wire::Resend{}));
        case 7:
            header.op = wire::read_id_bit | choices.below(8);
            return {header, Message(wire::Cancel{choices.flag(), 0})};
        case 8:
            return operation(Message(wire::Subscribe{some_handle(choices), choices.number()}));
        case 9:
            header.op = some_op(choices);
            return {header, Message(wire::Flow{choices.number(), choices.number()})};
        default:
            return {header, Message(wire::Ping{choices.byte()})};
    }
}

wire::HandleId SessionRequests::some_handle(Choices& choices) const
{
    // Recent ones, mostly; 0 and the next one are not open.
    const auto back = static_cast<wire::HandleId>(choices.below(5));
    return back == 4 ? last_handle_ + 1 : last_handle_ - std::min(back, last_handle_);
}

wire::OpId SessionRequests::some_op(Choices& choices) const
{
    const std::uint8_t back = choices.byte();
    if (back == 0xff) return std::max<wire::OpId>(choices.number() >> 1, 1);
    if (back == 0xfe) return next_op_;
    return next_op_ - std::min<wire::OpId>(1 + back, next_op_ - 1);
}

}  // namespace penstock::fuzz
