#include "client/src/protocol/requests.hpp"

#include "common/wire/bodies.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace penstock::protocol {

namespace {

std::optional<wire::Kind> to_kind(std::optional<Order> order)
{
    if (!order) return std::nullopt;
    switch (*order) {
        case Order::fifo:
            return wire::Kind::fifo;
        case Order::lifo:
            return wire::Kind::lifo;
        case Order::priority:
            return wire::Kind::priority;
    }
    return std::nullopt;
}

wire::Mode to_mode(Open open)
{
    switch (open) {
        case Open::or_create:
            return wire::Mode::or_create;
        case Open::existing:
            return wire::Mode::existing;
        case Open::fresh:
            return wire::Mode::fresh;
    }
    return wire::Mode::or_create;
}

wire::Role to_role(Role role)
{
    switch (role) {
        case Role::both:
            return wire::Role::both;
        case Role::producer:
            return wire::Role::producer;
        case Role::consumer:
            return wire::Role::consumer;
    }
    return wire::Role::both;
}

}  // namespace

wire::Open open_queue(wire::HandleId handle, std::string_view name, const QueueOptions& options)
{
    wire::Open request;
    request.handle = handle;
    request.name = name;
    request.kind = to_kind(options.order);
    request.maxsize = options.maxsize;
    request.mode = to_mode(options.open);
    request.role = to_role(options.role);
    request.until_task_done = options.until_task_done;
    request.ends_with_producers = options.ends_with_producers;
    request.ends_with_consumers = options.ends_with_consumers;
    request.producers_expected = options.producers_expected;
    return request;
}

wire::Open open_pipe(wire::HandleId handle, std::string_view name, End end)
{
    wire::Open request;
    request.handle = handle;
    request.name = name;
    request.kind = end == End::left ? wire::Kind::pipe_left : wire::Kind::pipe_right;
    return request;
}

std::error_code check_put(std::size_t size, const detail::PutSpec& spec)
{
    if (static_cast<std::uint8_t>(spec.content_type) > wire::content_type_max) {
        return std::make_error_code(std::errc::invalid_argument);
    }
    if (size > item_size_max) return errc::too_large;
    return {};
}

wire::Put put_some(wire::HandleId handle, const detail::PutSpec& spec)
{
    wire::Put put;
    put.handle = handle;
    put.content_type = static_cast<std::uint8_t>(spec.content_type);
    put.priority = spec.priority;
    return put;
}

wire::Put put_one(wire::HandleId handle, Bytes bytes, const detail::PutSpec& spec)
{
    wire::Put put = put_some(handle, spec);
    put.sizes = {static_cast<std::uint32_t>(bytes.size())};
    if (!bytes.empty()) put.body = base::Rope(base::Slice::adopt(std::move(bytes)));
    return put;
}

wire::Get get_many(wire::HandleId handle, std::size_t n)
{
    const auto max = static_cast<std::uint16_t>(std::min<std::size_t>(n, wire::get_items_max));
    return {.handle = handle, .max = max, .further = {}};
}

static_assert(get_any_max == wire::get_further_max + 1);

wire::Get get_any(std::span<const wire::HandleId> handles)
{
    const auto further = handles.subspan(1);
    return {.handle = handles.front(), .further = {further.begin(), further.end()}};
}

detail::RawItem to_item(const GotItem& got, wire::OpId op, std::uint64_t session)
{
    detail::RawItem item;
    item.bytes = got.body.to_bytes();
    item.seq = got.seq;
    item.attempts = got.attempts;
    item.content_type = static_cast<ContentType>(got.content_type);
    item.token = {session, op, got.index};
    return item;
}

wire::Read read_fill(wire::HandleId handle)
{
    wire::Read read;
    read.what = wire::ReadWhat::qsize;
    read.handles = {handle};
    return read;
}

detail::Fill to_fill(const Answer& answer, std::error_code& ec)
{
    ec = answer.ec;
    if (ec) return {};
    const auto body = wire::decode_queue_body(answer.body.to_bytes());
    if (body) return {body->ready, body->maxsize};
    ec = errc::protocol;
    return {};
}

}  // namespace penstock::protocol
