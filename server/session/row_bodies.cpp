#include "server/session/row_bodies.hpp"

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

}  // namespace

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
