#include "server/session/row_bodies.hpp"

#include "common/wire/limits.hpp"

#include <chrono>
#include <utility>

namespace penstock::session {

namespace {

wire::Kind to_kind(core::Order order)
{
    switch (order) {
        case core::Order::fifo:
            return wire::Kind::fifo;
        case core::Order::lifo:
            return wire::Kind::lifo;
        case core::Order::priority:
            return wire::Kind::priority;
    }
    return wire::Kind::fifo;
}

void append(std::vector<wire::WaitBody>& to,
            wire::WaitKind kind,
            const std::vector<core::SessionWait>& waits,
            const BrokerFacts& facts)
{
    for (const core::SessionWait& wait : waits) {
        to.push_back({kind, wait.session, wait.operations, facts.uptime_ms(wait.since)});
    }
}

wire::PipeLineBody to_line(const core::Queue* line)
{
    if (line == nullptr) return {};
    const core::QueueStats stats = line->stats();
    return {stats.ready, stats.ready_bytes, stats.put_total, stats.putters, stats.getters};
}

std::optional<wire::Transport> transport_of(const core::Pipe& pipe)
{
    if (!pipe.paired()) return std::nullopt;
    return pipe.passes_descriptors() ? wire::Transport::descriptor : wire::Transport::relay;
}

wire::OperationTimesBody to_body(wire::WaitKind kind, const core::OperationTimes& times)
{
    wire::OperationTimesBody body;
    body.kind = kind;
    body.counts.assign(times.counts().begin(), times.counts().end());
    body.sum_us = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(times.sum()).count());
    return body;
}

}  // namespace

wire::BrokerBody broker_body(const core::Broker& broker,
                             BrokerFacts& facts,
                             const wire::BootId& boot)
{
    const core::BrokerStats& stats = facts.totals(broker);
    wire::BrokerBody body;
    body.version = facts.version;
    body.protocol = wire::protocol_version;
    body.boot = boot;
    body.uptime_ms = facts.uptime_ms(facts.now);
    body.connections = facts.connections;
    body.sessions = facts.sessions;
    body.queues = stats.queues;
    body.ready = stats.ready;
    body.ready_bytes = stats.ready_bytes;
    body.assigned = stats.assigned;
    body.putters = stats.putters;
    body.getters = stats.getters;
    body.joiners = stats.joiners;
    body.put_total = stats.put_total;
    body.get_total = stats.get_total;
    body.memory_used = broker.memory().used();
    body.memory_max = broker.memory().max();
    body.pending_used = facts.pending_used;
    body.pending_max = facts.pending_max;
    body.pipes = broker.pipes();
    body.paused = stats.paused;
    body.descriptors_used = facts.descriptors_used;
    body.descriptors_max = facts.descriptors_max;
    body.unix_connections_total = facts.unix_connections_total;
    body.tcp_connections_total = facts.tcp_connections_total;
    for (const auto& [code, count] : facts.events.counts()) {
        body.event_counts.push_back({std::string(code), count});
    }
    body.operation_times = {to_body(wire::WaitKind::put, broker.put_times()),
                            to_body(wire::WaitKind::get, broker.get_times()),
                            to_body(wire::WaitKind::join, broker.join_times())};
    body.monitor_address = facts.monitor_address;
    body.monitor_token_file = facts.monitor_token_file;
    body.monitor_operators = facts.monitor_operators;
    return body;
}

wire::QueueBody to_body(core::QueueStats&& stats, const BrokerFacts& facts)
{
    wire::QueueBody body;
    body.name = std::move(stats.name);
    body.kind = to_kind(stats.order);
    body.object = stats.object;
    body.maxsize = stats.maxsize;
    body.ready = stats.ready;
    body.ready_bytes = stats.ready_bytes;
    body.assigned = stats.assigned;
    body.unfinished = stats.unfinished;
    body.putters = stats.putters;
    body.getters = stats.getters;
    body.joiners = stats.joiners;
    body.handles = stats.handles;
    body.put_total = stats.put_total;
    body.get_total = stats.get_total;
    body.paused = stats.paused;
    body.shut_down = stats.shut_down;
    body.producers = stats.producers;
    body.consumers = stats.consumers;
    body.ended = stats.ended;
    body.until_task_done = stats.until_task_done;
    body.ends_with_producers = stats.ends_with_producers;
    body.ends_with_consumers = stats.ends_with_consumers;
    body.created_ms = facts.uptime_ms(stats.created);
    if (stats.oldest) body.oldest_ms = facts.uptime_ms(*stats.oldest);
    return body;
}

wire::QueueRowBody to_row(const core::Queue& queue, const BrokerFacts& facts)
{
    wire::QueueRowBody row;
    row.queue = to_body(queue.stats(), facts);
    const core::QueueWaits waits = queue.waits(row_sessions_max);
    append(row.waits, wire::WaitKind::put, waits.putters, facts);
    append(row.waits, wire::WaitKind::get, waits.getters, facts);
    append(row.waits, wire::WaitKind::join, waits.joiners, facts);
    for (const core::SessionParty& party : queue.parties(row_sessions_max)) {
        row.parties.push_back({party.session, party.producers, party.consumers});
    }
    return row;
}

wire::PipeBody to_row(const core::Pipe& pipe, const BrokerFacts& facts)
{
    wire::PipeBody row;
    row.name = pipe.name();
    row.object = pipe.id();
    row.transport = transport_of(pipe);
    row.created_ms = facts.uptime_ms(pipe.created());
    row.left_session = pipe.session(core::End::left);
    row.right_session = pipe.session(core::End::right);
    row.from_left = to_line(pipe.sends_to(core::End::left));
    row.from_right = to_line(pipe.sends_to(core::End::right));
    return row;
}

}  // namespace penstock::session
