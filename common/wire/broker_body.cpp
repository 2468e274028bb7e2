// The body of READ stat without a name: the broker itself.
#include "common/wire/bodies.hpp"
#include "common/wire/body_fields.hpp"
#include "common/wire/limits.hpp"

namespace penstock::wire {

namespace {

constexpr Counter<BrokerBody> broker_counters[] = {
    {tag::broker_body::uptime_ms, &BrokerBody::uptime_ms},
    {tag::broker_body::connections, &BrokerBody::connections},
    {tag::broker_body::sessions, &BrokerBody::sessions},
    {tag::broker_body::queues, &BrokerBody::queues},
    {tag::broker_body::ready, &BrokerBody::ready},
    {tag::broker_body::ready_bytes, &BrokerBody::ready_bytes},
    {tag::broker_body::assigned, &BrokerBody::assigned},
    {tag::broker_body::putters, &BrokerBody::putters},
    {tag::broker_body::getters, &BrokerBody::getters},
    {tag::broker_body::joiners, &BrokerBody::joiners},
    {tag::broker_body::put_total, &BrokerBody::put_total},
    {tag::broker_body::get_total, &BrokerBody::get_total},
    {tag::broker_body::memory_used, &BrokerBody::memory_used},
    {tag::broker_body::memory_max, &BrokerBody::memory_max},
    {tag::broker_body::pending_used, &BrokerBody::pending_used},
    {tag::broker_body::pending_max, &BrokerBody::pending_max},
    {tag::broker_body::pipes, &BrokerBody::pipes},
    {tag::broker_body::paused, &BrokerBody::paused},
    {tag::broker_body::descriptors_used, &BrokerBody::descriptors_used},
    {tag::broker_body::descriptors_max, &BrokerBody::descriptors_max},
    {tag::broker_body::unix_connections_total, &BrokerBody::unix_connections_total},
    {tag::broker_body::tcp_connections_total, &BrokerBody::tcp_connections_total},
};

base::Bytes encode_count(const EventCountBody& count)
{
    FieldWriter fields;
    fields.text(tag::event_count::code, count.code, name_size_max);
    fields.u64(tag::event_count::count, count.count);
    return fields.take();
}

std::optional<EventCountBody> decode_count(std::span<const std::byte> bytes)
{
    EventCountBody count;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::event_count::code)
            count.code = fields.text(field, name_size_max);
        else if (field.tag == tag::event_count::count)
            count.count = fields.u64(field);
        else
            fields.unknown(field);
    }
    fields.require({tag::event_count::code});
    return finished(fields, count);
}

base::Bytes encode_times(const OperationTimesBody& times)
{
    FieldWriter fields;
    fields.u8(tag::operation_times::kind, static_cast<std::uint8_t>(times.kind));
    encode_numbers(fields, tag::operation_times::counts, times.counts);
    fields.u64(tag::operation_times::sum_us, times.sum_us);
    return fields.take();
}

std::optional<OperationTimesBody> decode_times(std::span<const std::byte> bytes)
{
    OperationTimesBody times;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (field.tag == tag::operation_times::kind)
            times.kind = static_cast<WaitKind>(fields.u8(field));
        else if (field.tag == tag::operation_times::counts)
            times.counts = numbers(fields, field);
        else if (field.tag == tag::operation_times::sum_us)
            times.sum_us = fields.u64(field);
        else
            fields.unknown(field);
    }
    fields.require({tag::operation_times::kind, tag::operation_times::counts});
    if (times.kind < WaitKind::put || times.kind > WaitKind::join) return std::nullopt;
    return finished(fields, times);
}

}  // namespace

base::Bytes encode(const BrokerBody& body)
{
    FieldWriter fields;
    fields.text(tag::broker_body::version, body.version, text_size_max);
    fields.u16(tag::broker_body::protocol, body.protocol);
    fields.bytes(tag::broker_body::boot, body.boot);
    encode_counters<BrokerBody>(fields, broker_counters, body);
    base::Bytes list;
    for (const EventCountBody& count : body.event_counts) append_entry(list, encode_count(count));
    if (!list.empty()) fields.bytes(tag::broker_body::event_counts, list);
    list.clear();
    for (const OperationTimesBody& times : body.operation_times) {
        append_entry(list, encode_times(times));
    }
    if (!list.empty()) fields.bytes(tag::broker_body::operation_times, list);
    if (!body.monitor_address.empty())
        fields.text(tag::broker_body::monitor_address, body.monitor_address, text_size_max);
    if (!body.monitor_token_file.empty())
        fields.text(tag::broker_body::monitor_token_file, body.monitor_token_file, text_size_max);
    if (body.monitor_operators) fields.boolean(tag::broker_body::monitor_operators, true);
    return fields.take();
}

std::optional<BrokerBody> decode_broker_body(std::span<const std::byte> bytes)
{
    BrokerBody body;
    FieldReader fields(bytes);
    for (Field field; fields.next(field);) {
        if (decode_counter<BrokerBody>(fields, field, broker_counters, body)) continue;
        if (field.tag == tag::broker_body::version)
            body.version = fields.text(field, text_size_max);
        else if (field.tag == tag::broker_body::protocol)
            body.protocol = fields.u16(field);
        else if (field.tag == tag::broker_body::boot)
            fields.array(field, body.boot);
        else if (field.tag == tag::broker_body::event_counts)
            body.event_counts = entries<EventCountBody>(fields, field, decode_count);
        else if (field.tag == tag::broker_body::operation_times)
            body.operation_times = entries<OperationTimesBody>(fields, field, decode_times);
        else if (field.tag == tag::broker_body::monitor_address)
            body.monitor_address = fields.text(field, text_size_max);
        else if (field.tag == tag::broker_body::monitor_token_file)
            body.monitor_token_file = fields.text(field, text_size_max);
        else if (field.tag == tag::broker_body::monitor_operators)
            body.monitor_operators = fields.boolean(field);
        else
            fields.unknown(field);
    }
    fields.require({tag::broker_body::version, tag::broker_body::protocol, tag::broker_body::boot});
    return finished(fields, body);
}

}  // namespace penstock::wire
