#include "client/src/protocol/changes.hpp"

#include "client/src/protocol/bodies.hpp"
#include "common/wire/changes.hpp"

#include <utility>
#include <vector>

namespace penstock::protocol {

namespace {

const char* level_of(wire::EventLevel level)
{
    switch (level) {
        case wire::EventLevel::debug:
            return "debug";
        case wire::EventLevel::info:
            return "info";
        case wire::EventLevel::warning:
            return "warning";
        case wire::EventLevel::error:
            break;
    }
    return "error";
}

const char* state_of(wire::ConnectionState state)
{
    switch (state) {
        case wire::ConnectionState::handshake:
            return "handshake";
        case wire::ConnectionState::live:
            return "live";
        case wire::ConnectionState::closing:
            break;
    }
    return "closing";
}

/// Far more than any broker keeps.
constexpr std::size_t events_max = 10'000;

PipeTransport transport_of(std::optional<wire::Transport> transport)
{
    if (!transport) return PipeTransport::waiting;
    return *transport == wire::Transport::relay ? PipeTransport::relay : PipeTransport::direct;
}

QueueRow row_of(wire::QueueRowBody&& body)
{
    QueueRow row;
    row.stat = stat_of(std::move(body.queue));
    for (const wire::WaitBody& wait : body.waits) {
        row.waits.push_back(
            {kind_of(wait.kind), wait.session, wait.operations, to_duration(wait.since_ms)});
    }
    for (const wire::PartyBody& party : body.parties) {
        row.parties.push_back({party.session, party.producers, party.consumers});
    }
    return row;
}

PipeLineStat line_of(const wire::PipeLineBody& body)
{
    return {body.messages, body.bytes, body.sent_total, body.senders, body.receivers};
}

PipeStat row_of(wire::PipeBody&& body)
{
    PipeStat row;
    row.name = std::move(body.name);
    row.object = body.object;
    row.transport = transport_of(body.transport);
    row.created = to_duration(body.created_ms);
    row.left_session = body.left_session;
    row.right_session = body.right_session;
    row.from_left = line_of(body.from_left);
    row.from_right = line_of(body.from_right);
    return row;
}

ConnectionStat row_of(wire::ConnectionBody&& body)
{
    ConnectionStat row;
    row.id = body.id;
    row.session = body.session;
    row.client = std::move(body.client);
    row.address = std::move(body.address);
    row.pid = body.pid;
    row.uid = body.uid;
    row.state = state_of(body.state);
    row.connected = to_duration(body.connected_ms);
    row.last_heard = to_duration(body.last_heard_ms);
    row.bytes_in = body.bytes_in;
    row.bytes_out = body.bytes_out;
    row.handles = body.handles;
    row.waiting = body.waiting;
    row.assigned = body.assigned;
    row.unsent_bytes = body.unsent_bytes;
    return row;
}

Event row_of(wire::EventBody&& body)
{
    Event row;
    row.number = body.number;
    row.level = level_of(body.level);
    row.code = std::move(body.code);
    row.at = to_duration(body.at_ms);
    row.fields = std::move(body.fields);
    return row;
}

/// What all kinds of rows come in. `Body` is what the wire has for a row.
template <class Row, class Body>
Changes<Row> changes_of(const Answer& answer,
                        std::optional<std::vector<Body>> (*decode)(std::span<const std::byte>),
                        std::error_code& ec)
{
    wire::ChangesBody body = body_of(answer, wire::decode_changes_body, ec);
    if (ec) return {};
    std::optional<std::vector<Body>> rows = decode(body.rows);
    if (!rows) {
        ec = errc::protocol;
        return {};
    }
    Changes<Row> changes;
    changes.version = body.version;
    changes.uptime = to_duration(body.uptime_ms);
    changes.more = body.more;
    changes.from_start = body.from_start;
    changes.rows.reserve(rows->size());
    for (Body& row : *rows) changes.rows.push_back(row_of(std::move(row)));
    changes.removed = std::move(body.removed);
    return changes;
}

}  // namespace

wire::Read read_changes(wire::RowKind kind, std::uint64_t since)
{
    wire::Read read;
    read.what = wire::ReadWhat::changes;
    read.kind = kind;
    read.since = since;
    return read;
}

Changes<QueueRow> to_queue_changes(const Answer& answer, std::error_code& ec)
{
    return changes_of<QueueRow>(answer, wire::decode_queue_rows, ec);
}

Changes<PipeStat> to_pipe_changes(const Answer& answer, std::error_code& ec)
{
    return changes_of<PipeStat>(answer, wire::decode_pipe_rows, ec);
}

Changes<ConnectionStat> to_connection_changes(const Answer& answer, std::error_code& ec)
{
    return changes_of<ConnectionStat>(answer, wire::decode_connection_rows, ec);
}

EventList::EventList(std::uint64_t since) : read_(read_changes(wire::RowKind::events, since)) {}

std::optional<Request> EventList::next() const
{
    return done_ ? std::nullopt : std::optional<Request>(read_);
}

void EventList::answered(const Answer& answer)
{
    auto page = changes_of<Event>(answer, wire::decode_event_rows, ec_);
    done_ = true;
    if (ec_) return;
    for (Event& event : page.rows) events_.events.push_back(std::move(event));
    events_.version = page.version;
    events_.uptime = page.uptime;
    if (!page.more) return;
    // Pages go forward, but for the first of one who begins anew, and a broker keeps few events:
    // none is to hold us for ever.
    const bool goes_forward = page.version > read_.since || (page.from_start && !begun_);
    if (!goes_forward || events_.events.size() > events_max) {
        ec_ = errc::protocol;
        return;
    }
    begun_ = true;
    read_.since = page.version;
    done_ = false;
}

Events EventList::take(std::error_code& ec)
{
    ec = ec_;
    return ec ? Events() : std::move(events_);
}

}  // namespace penstock::protocol
