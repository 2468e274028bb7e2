#include "common/wire/bodies.hpp"

#include "common/base/assert.hpp"
#include "common/wire/body_fields.hpp"
#include "common/wire/fields.hpp"
#include "common/wire/limits.hpp"
#include "common/wire/tags.hpp"

#include <utility>

namespace penstock::wire {

namespace {

base::Bytes encode_peek_item(const PeekItem& item)
{
    FieldWriter fields;
    fields.u64(tag::peek_item::seq, item.seq);
    fields.u16(tag::peek_item::attempts, item.attempts);
    fields.u8(tag::peek_item::content_type, item.content_type);
    fields.u32(tag::peek_item::size, item.size);
    fields.bytes(tag::peek_item::head, item.head);
    return fields.take();
}

std::optional<PeekItem> decode_peek_item(std::span<const std::byte> bytes)
{
    PeekItem item;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::peek_item::seq)
            item.seq = fields.u64(field);
        else if (field.tag == tag::peek_item::attempts)
            item.attempts = fields.u16(field);
        else if (field.tag == tag::peek_item::content_type)
            item.content_type = fields.u8(field);
        else if (field.tag == tag::peek_item::size)
            item.size = fields.u32(field);
        else if (field.tag == tag::peek_item::head)
            item.head.assign(field.value.begin(), field.value.end());
        else
            fields.unknown(field);
    }
    fields.require({tag::peek_item::seq, tag::peek_item::size, tag::peek_item::head});
    if (item.head.size() > item.size) return std::nullopt;
    return finished(fields, item);
}

constexpr Counter<QueueBody> queue_counters[] = {
    {tag::queue_body::ready, &QueueBody::ready},
    {tag::queue_body::ready_bytes, &QueueBody::ready_bytes},
    {tag::queue_body::assigned, &QueueBody::assigned},
    {tag::queue_body::unfinished, &QueueBody::unfinished},
    {tag::queue_body::putters, &QueueBody::putters},
    {tag::queue_body::getters, &QueueBody::getters},
    {tag::queue_body::joiners, &QueueBody::joiners},
    {tag::queue_body::handles, &QueueBody::handles},
    {tag::queue_body::put_total, &QueueBody::put_total},
    {tag::queue_body::get_total, &QueueBody::get_total},
    {tag::queue_body::producers, &QueueBody::producers},
    {tag::queue_body::consumers, &QueueBody::consumers},
};

/// A plain yes or no.
constexpr std::pair<tag::Tag, bool QueueBody::*> queue_switches[] = {
    {tag::queue_body::shut_down, &QueueBody::shut_down},
    {tag::queue_body::ended, &QueueBody::ended},
    {tag::queue_body::until_task_done, &QueueBody::until_task_done},
    {tag::queue_body::ends_with_producers, &QueueBody::ends_with_producers},
    {tag::queue_body::ends_with_consumers, &QueueBody::ends_with_consumers},
    {tag::queue_body::paused, &QueueBody::paused},
};

/// Behind the switches, since tags rise.
constexpr Counter<QueueBody> later_queue_counters[] = {
    {tag::queue_body::created_ms, &QueueBody::created_ms},
};

bool decode_switch(FieldReader& fields, const Field& field, QueueBody& body)
{
    for (const auto& [tag, member] : queue_switches) {
        if (tag != field.tag) continue;
        body.*member = fields.boolean(field);
        return true;
    }
    return false;
}

}  // namespace

base::Bytes encode(const OpenBody& body)
{
    FieldWriter fields;
    fields.bytes(tag::open_body::boot, body.boot);
    fields.u64(tag::open_body::object, body.object);
    fields.boolean(tag::open_body::created, body.created);
    fields.i64(tag::open_body::maxsize, body.maxsize);
    if (body.transport) {
        fields.u8(tag::open_body::transport, static_cast<std::uint8_t>(*body.transport));
    }
    if (body.uid) fields.u32(tag::open_body::uid, *body.uid);
    return fields.take();
}

void encode_fields(FieldWriter& fields, const QueueBody& body)
{
    fields.text(tag::queue_body::name, body.name, name_size_max);
    fields.u8(tag::queue_body::kind, static_cast<std::uint8_t>(body.kind));
    fields.u64(tag::queue_body::object, body.object);
    fields.i64(tag::queue_body::maxsize, body.maxsize);
    encode_counters<QueueBody>(fields, queue_counters, body);
    for (const auto& [tag, member] : queue_switches) {
        if (body.*member) fields.boolean(tag, true);
    }
    encode_counters<QueueBody>(fields, later_queue_counters, body);
    if (body.oldest_ms) fields.u64(tag::queue_body::oldest_ms, *body.oldest_ms);
}

base::Bytes encode(const QueueBody& body)
{
    FieldWriter fields;
    encode_fields(fields, body);
    return fields.take();
}

base::Bytes encode(const ListBody& body)
{
    base::Bytes list;
    for (const QueueBody& queue : body.queues) append_entry(list, encode(queue));
    FieldWriter fields;
    fields.bytes(tag::list_body::queues, list);
    if (!body.next.empty()) fields.text(tag::list_body::next, body.next, name_size_max);
    return fields.take();
}

base::Bytes encode(const PeekBody& body)
{
    base::Bytes list;
    for (const PeekItem& item : body.items) append_entry(list, encode_peek_item(item));
    FieldWriter fields;
    fields.bytes(tag::peek_body::items, list);
    if (body.next != 0) fields.u64(tag::peek_body::next, body.next);
    return fields.take();
}

base::Bytes encode(const AdminBody& body)
{
    FieldWriter fields;
    fields.u64(tag::admin_body::dropped, body.dropped);
    if (body.moved != 0) fields.u64(tag::admin_body::moved, body.moved);
    return fields.take();
}

std::optional<OpenBody> decode_open_body(std::span<const std::byte> bytes)
{
    OpenBody body;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::open_body::boot)
            fields.array(field, body.boot);
        else if (field.tag == tag::open_body::object)
            body.object = fields.u64(field);
        else if (field.tag == tag::open_body::created)
            body.created = fields.boolean(field);
        else if (field.tag == tag::open_body::maxsize)
            body.maxsize = fields.i64(field);
        else if (field.tag == tag::open_body::transport)
            body.transport = static_cast<Transport>(fields.u8(field));
        else if (field.tag == tag::open_body::uid)
            body.uid = fields.u32(field);
        else
            fields.unknown(field);
    }
    fields.require({tag::open_body::boot, tag::open_body::object});
    if (body.transport && *body.transport != Transport::relay &&
        *body.transport != Transport::descriptor) {
        return std::nullopt;
    }
    return finished(fields, body);
}

bool decode_field(FieldReader& fields, const Field& field, QueueBody& body)
{
    if (decode_counter<QueueBody>(fields, field, queue_counters, body)) return true;
    if (decode_counter<QueueBody>(fields, field, later_queue_counters, body)) return true;
    if (decode_switch(fields, field, body)) return true;
    if (field.tag == tag::queue_body::name)
        body.name = fields.text(field, name_size_max);
    else if (field.tag == tag::queue_body::kind)
        body.kind = static_cast<Kind>(fields.u8(field));
    else if (field.tag == tag::queue_body::object)
        body.object = fields.u64(field);
    else if (field.tag == tag::queue_body::maxsize)
        body.maxsize = fields.i64(field);
    else if (field.tag == tag::queue_body::oldest_ms)
        body.oldest_ms = fields.u64(field);
    else
        return false;
    return true;
}

bool is_queue(FieldReader& fields, const QueueBody& body)
{
    fields.require({tag::queue_body::name, tag::queue_body::kind});
    return body.kind >= Kind::fifo && body.kind <= Kind::pipe_right;
}

std::optional<QueueBody> decode_queue_body(std::span<const std::byte> bytes)
{
    QueueBody body;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (!decode_field(fields, field, body)) fields.unknown(field);
    }
    if (!is_queue(fields, body)) return std::nullopt;
    return finished(fields, body);
}

std::optional<ListBody> decode_list_body(std::span<const std::byte> bytes)
{
    ListBody body;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::list_body::queues)
            body.queues = entries<QueueBody>(fields, field, decode_queue_body);
        else if (field.tag == tag::list_body::next)
            body.next = fields.text(field, name_size_max);
        else
            fields.unknown(field);
    }
    fields.require({tag::list_body::queues});
    return finished(fields, body);
}

std::optional<PeekBody> decode_peek_body(std::span<const std::byte> bytes)
{
    PeekBody body;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::peek_body::items)
            body.items = entries<PeekItem>(fields, field, decode_peek_item);
        else if (field.tag == tag::peek_body::next)
            body.next = fields.u64(field);
        else
            fields.unknown(field);
    }
    fields.require({tag::peek_body::items});
    return finished(fields, body);
}

std::optional<AdminBody> decode_admin_body(std::span<const std::byte> bytes)
{
    AdminBody body;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::admin_body::dropped)
            body.dropped = fields.u64(field);
        else if (field.tag == tag::admin_body::moved)
            body.moved = fields.u64(field);
        else
            fields.unknown(field);
    }
    return finished(fields, body);
}

}  // namespace penstock::wire
