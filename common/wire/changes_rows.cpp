// The rows of READ changes that are not queues.
#include "common/base/assert.hpp"
#include "common/wire/body_fields.hpp"
#include "common/wire/changes.hpp"
#include "common/wire/limits.hpp"

namespace penstock::wire {

namespace {

constexpr Counter<PipeLineBody> line_counters[] = {
    {tag::pipe_line_body::messages, &PipeLineBody::messages},
    {tag::pipe_line_body::bytes, &PipeLineBody::bytes},
    {tag::pipe_line_body::sent_total, &PipeLineBody::sent_total},
    {tag::pipe_line_body::senders, &PipeLineBody::senders},
    {tag::pipe_line_body::receivers, &PipeLineBody::receivers},
};

constexpr Counter<PipeBody> pipe_counters[] = {
    {tag::pipe_body::created_ms, &PipeBody::created_ms},
    {tag::pipe_body::left_session, &PipeBody::left_session},
    {tag::pipe_body::right_session, &PipeBody::right_session},
};

constexpr Counter<ConnectionBody> connection_counters[] = {
    {tag::connection_body::connected_ms, &ConnectionBody::connected_ms},
    {tag::connection_body::last_heard_ms, &ConnectionBody::last_heard_ms},
    {tag::connection_body::bytes_in, &ConnectionBody::bytes_in},
    {tag::connection_body::bytes_out, &ConnectionBody::bytes_out},
    {tag::connection_body::handles, &ConnectionBody::handles},
    {tag::connection_body::waiting, &ConnectionBody::waiting},
    {tag::connection_body::assigned, &ConnectionBody::assigned},
    {tag::connection_body::unsent_bytes, &ConnectionBody::unsent_bytes},
};

void encode_line(FieldWriter& fields, tag::Tag tag, const PipeLineBody& line)
{
    FieldWriter inner;
    encode_counters<PipeLineBody>(inner, line_counters, line);
    const base::Bytes bytes = inner.take();
    if (!bytes.empty()) fields.bytes(tag, bytes);
}

void decode_line(FieldReader& fields, const Field& field, PipeLineBody& line)
{
    FieldReader inner(field.value);
    for (Field counter; inner.next(counter);) {
        if (!decode_counter<PipeLineBody>(inner, counter, line_counters, line))
            inner.unknown(counter);
    }
    if (!finished(inner, line)) fields.fail("a line of a pipe is malformed");
}

std::optional<PipeBody> decode_pipe(std::span<const std::byte> bytes)
{
    PipeBody row;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (decode_counter<PipeBody>(fields, field, pipe_counters, row)) continue;
        if (field.tag == tag::pipe_body::name)
            row.name = fields.text(field, name_size_max);
        else if (field.tag == tag::pipe_body::object)
            row.object = fields.u64(field);
        else if (field.tag == tag::pipe_body::transport)
            row.transport = static_cast<Transport>(fields.u8(field));
        else if (field.tag == tag::pipe_body::from_left)
            decode_line(fields, field, row.from_left);
        else if (field.tag == tag::pipe_body::from_right)
            decode_line(fields, field, row.from_right);
        else
            fields.unknown(field);
    }
    fields.require({tag::pipe_body::name, tag::pipe_body::object});
    const bool makes_sense = !row.transport || *row.transport == Transport::relay ||
                             *row.transport == Transport::descriptor;
    if (!makes_sense) return std::nullopt;
    return finished(fields, row);
}

std::optional<ConnectionBody> decode_connection(std::span<const std::byte> bytes)
{
    ConnectionBody row;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (decode_counter<ConnectionBody>(fields, field, connection_counters, row)) continue;
        if (field.tag == tag::connection_body::id)
            row.id = fields.u64(field);
        else if (field.tag == tag::connection_body::session)
            row.session = fields.u64(field);
        else if (field.tag == tag::connection_body::client)
            row.client = fields.text(field, name_size_max);
        else if (field.tag == tag::connection_body::address)
            row.address = fields.text(field, text_size_max);
        else if (field.tag == tag::connection_body::pid)
            row.pid = fields.u32(field);
        else if (field.tag == tag::connection_body::uid)
            row.uid = fields.u32(field);
        else if (field.tag == tag::connection_body::state)
            row.state = static_cast<ConnectionState>(fields.u8(field));
        else
            fields.unknown(field);
    }
    fields.require({tag::connection_body::id, tag::connection_body::state});
    const bool makes_sense =
        row.state >= ConnectionState::handshake && row.state <= ConnectionState::closing;
    if (!makes_sense) return std::nullopt;
    return finished(fields, row);
}

using NamedText = std::pair<std::string, std::string>;

std::optional<NamedText> decode_named_text(std::span<const std::byte> bytes)
{
    NamedText text;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::event_field::name)
            text.first = fields.text(field, name_size_max);
        else if (field.tag == tag::event_field::value)
            text.second = fields.text(field, text_size_max);
        else
            fields.unknown(field);
    }
    fields.require({tag::event_field::name});
    return finished(fields, text);
}

std::optional<EventBody> decode_event(std::span<const std::byte> bytes)
{
    EventBody row;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::event_body::number)
            row.number = fields.u64(field);
        else if (field.tag == tag::event_body::level)
            row.level = static_cast<EventLevel>(fields.u8(field));
        else if (field.tag == tag::event_body::code)
            row.code = fields.text(field, name_size_max);
        else if (field.tag == tag::event_body::at_ms)
            row.at_ms = fields.u64(field);
        else if (field.tag == tag::event_body::fields)
            row.fields = entries<NamedText>(fields, field, decode_named_text);
        else
            fields.unknown(field);
    }
    fields.require({tag::event_body::number, tag::event_body::level, tag::event_body::code});
    if (row.level > EventLevel::error) return std::nullopt;
    return finished(fields, row);
}

}  // namespace

base::Bytes encode(const PipeBody& row)
{
    FieldWriter fields;
    fields.text(tag::pipe_body::name, row.name, name_size_max);
    fields.u64(tag::pipe_body::object, row.object);
    if (row.transport)
        fields.u8(tag::pipe_body::transport, static_cast<std::uint8_t>(*row.transport));
    encode_counters<PipeBody>(fields, pipe_counters, row);
    encode_line(fields, tag::pipe_body::from_left, row.from_left);
    encode_line(fields, tag::pipe_body::from_right, row.from_right);
    return fields.take();
}

base::Bytes encode(const ConnectionBody& row)
{
    FieldWriter fields;
    fields.u64(tag::connection_body::id, row.id);
    if (row.session != 0) fields.u64(tag::connection_body::session, row.session);
    if (!row.client.empty()) fields.text(tag::connection_body::client, row.client, name_size_max);
    if (!row.address.empty())
        fields.text(tag::connection_body::address, row.address, text_size_max);
    if (row.pid != 0) fields.u32(tag::connection_body::pid, row.pid);
    if (row.uid) fields.u32(tag::connection_body::uid, *row.uid);
    fields.u8(tag::connection_body::state, static_cast<std::uint8_t>(row.state));
    encode_counters<ConnectionBody>(fields, connection_counters, row);
    return fields.take();
}

base::Bytes encode(const EventBody& row)
{
    FieldWriter fields;
    fields.u64(tag::event_body::number, row.number);
    fields.u8(tag::event_body::level, static_cast<std::uint8_t>(row.level));
    fields.text(tag::event_body::code, row.code, name_size_max);
    fields.u64(tag::event_body::at_ms, row.at_ms);
    base::Bytes list;
    for (const auto& [name, value] : row.fields) {
        FieldWriter entry;
        entry.text(tag::event_field::name, name, name_size_max);
        entry.text(tag::event_field::value, value, text_size_max);
        append_entry(list, entry.take());
    }
    if (!list.empty()) fields.bytes(tag::event_body::fields, list);
    return fields.take();
}

std::optional<std::vector<PipeBody>> decode_pipe_rows(std::span<const std::byte> bytes)
{
    return decode_entries<PipeBody>(bytes, decode_pipe);
}

std::optional<std::vector<ConnectionBody>> decode_connection_rows(std::span<const std::byte> bytes)
{
    return decode_entries<ConnectionBody>(bytes, decode_connection);
}

std::optional<std::vector<EventBody>> decode_event_rows(std::span<const std::byte> bytes)
{
    return decode_entries<EventBody>(bytes, decode_event);
}

}  // namespace penstock::wire
