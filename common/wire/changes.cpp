// The body of READ changes, and its rows of queues. The other rows are in changes_rows.cpp.
#include "common/wire/changes.hpp"

#include "common/wire/body_fields.hpp"

#include <algorithm>

namespace penstock::wire {

namespace {

constexpr Counter<WaitBody> wait_counters[] = {
    {tag::wait_body::session, &WaitBody::session},
    {tag::wait_body::operations, &WaitBody::operations},
    {tag::wait_body::since_ms, &WaitBody::since_ms},
};

constexpr Counter<PartyBody> party_counters[] = {
    {tag::party_body::session, &PartyBody::session},
    {tag::party_body::producers, &PartyBody::producers},
    {tag::party_body::consumers, &PartyBody::consumers},
};

base::Bytes encode_wait(const WaitBody& wait)
{
    FieldWriter fields;
    fields.u8(tag::wait_body::kind, static_cast<std::uint8_t>(wait.kind));
    encode_counters<WaitBody>(fields, wait_counters, wait);
    return fields.take();
}

std::optional<WaitBody> decode_wait(std::span<const std::byte> bytes)
{
    WaitBody wait;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (decode_counter<WaitBody>(fields, field, wait_counters, wait)) continue;
        if (field.tag == tag::wait_body::kind)
            wait.kind = static_cast<WaitKind>(fields.u8(field));
        else
            fields.unknown(field);
    }
    fields.require({tag::wait_body::kind});
    if (wait.kind < WaitKind::put || wait.kind > WaitKind::join) return std::nullopt;
    return finished(fields, wait);
}

base::Bytes encode_party(const PartyBody& party)
{
    FieldWriter fields;
    encode_counters<PartyBody>(fields, party_counters, party);
    return fields.take();
}

std::optional<PartyBody> decode_party(std::span<const std::byte> bytes)
{
    PartyBody party;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (!decode_counter<PartyBody>(fields, field, party_counters, party)) fields.unknown(field);
    }
    return finished(fields, party);
}

std::optional<QueueRowBody> decode_queue_row(std::span<const std::byte> bytes)
{
    QueueRowBody row;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (decode_field(fields, field, row.queue)) continue;
        if (field.tag == tag::queue_body::waits)
            row.waits = entries<WaitBody>(fields, field, decode_wait);
        else if (field.tag == tag::queue_body::parties)
            row.parties = entries<PartyBody>(fields, field, decode_party);
        else
            fields.unknown(field);
    }
    fields.require({tag::queue_body::object});
    if (!is_queue(fields, row.queue)) return std::nullopt;
    return finished(fields, row);
}

}  // namespace

base::Bytes encode(const ChangesBody& body)
{
    FieldWriter fields;
    fields.u64(tag::changes_body::version, body.version);
    fields.u64(tag::changes_body::uptime_ms, body.uptime_ms);
    if (body.more) fields.boolean(tag::changes_body::more, true);
    if (body.from_start) fields.boolean(tag::changes_body::from_start, true);
    if (!body.rows.empty()) fields.bytes(tag::changes_body::rows, body.rows);
    if (!body.removed.empty()) encode_numbers(fields, tag::changes_body::removed, body.removed);
    return fields.take();
}

base::Bytes encode(const QueueRowBody& row)
{
    FieldWriter fields;
    encode_fields(fields, row.queue);
    base::Bytes list;
    for (const WaitBody& wait : row.waits) append_entry(list, encode_wait(wait));
    if (!list.empty()) fields.bytes(tag::queue_body::waits, list);
    list.clear();
    for (const PartyBody& party : row.parties) append_entry(list, encode_party(party));
    if (!list.empty()) fields.bytes(tag::queue_body::parties, list);
    return fields.take();
}

void append_row(base::Bytes& rows, const base::Bytes& row)
{
    append_entry(rows, row);
}

std::optional<ChangesBody> decode_changes_body(std::span<const std::byte> bytes)
{
    ChangesBody body;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::changes_body::version)
            body.version = fields.u64(field);
        else if (field.tag == tag::changes_body::uptime_ms)
            body.uptime_ms = fields.u64(field);
        else if (field.tag == tag::changes_body::more)
            body.more = fields.boolean(field);
        else if (field.tag == tag::changes_body::from_start)
            body.from_start = fields.boolean(field);
        else if (field.tag == tag::changes_body::rows)
            body.rows.assign(field.value.begin(), field.value.end());
        else if (field.tag == tag::changes_body::removed)
            body.removed = numbers(fields, field);
        else
            fields.unknown(field);
    }
    fields.require({tag::changes_body::version});
    return finished(fields, body);
}

std::optional<std::vector<QueueRowBody>> decode_queue_rows(std::span<const std::byte> bytes)
{
    return decode_entries<QueueRowBody>(bytes, decode_queue_row);
}

}  // namespace penstock::wire
