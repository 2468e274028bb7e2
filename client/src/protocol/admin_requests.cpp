#include "client/src/protocol/admin_requests.hpp"

#include "client/src/protocol/bodies.hpp"
#include "common/base/names.hpp"
#include "common/wire/bodies.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace penstock::protocol {

namespace {

OperationTimes times_of(wire::OperationTimesBody&& body)
{
    // A hundred years of waiting, times those who wait, may not fit either.
    constexpr std::uint64_t sum_max_us = std::uint64_t{1} << 53;
    OperationTimes times;
    times.kind = kind_of(body.kind);
    times.counts = std::move(body.counts);
    times.counts.resize(std::size(OperationTimes::bounds) + 1);
    times.sum = std::chrono::microseconds(std::min(body.sum_us, sum_max_us));
    return times;
}

BrokerStat stat_of(wire::BrokerBody&& body)
{
    BrokerStat stat;
    stat.version = std::move(body.version);
    stat.protocol = body.protocol;
    stat.boot = body.boot;
    stat.uptime = to_duration(body.uptime_ms);
    stat.connections = body.connections;
    stat.sessions = body.sessions;
    stat.queues = body.queues;
    stat.ready = body.ready;
    stat.ready_bytes = body.ready_bytes;
    stat.assigned = body.assigned;
    stat.putters = body.putters;
    stat.getters = body.getters;
    stat.joiners = body.joiners;
    stat.put_total = body.put_total;
    stat.get_total = body.get_total;
    stat.memory_used = body.memory_used;
    stat.memory_max = body.memory_max;
    stat.pending_used = body.pending_used;
    stat.pending_max = body.pending_max;
    stat.pipes = body.pipes;
    stat.paused = body.paused;
    stat.descriptors_used = body.descriptors_used;
    stat.descriptors_max = body.descriptors_max;
    stat.unix_connections_total = body.unix_connections_total;
    stat.tcp_connections_total = body.tcp_connections_total;
    for (wire::EventCountBody& count : body.event_counts) {
        stat.event_counts.push_back({std::move(count.code), count.count});
    }
    for (wire::OperationTimesBody& times : body.operation_times) {
        stat.operation_times.push_back(times_of(std::move(times)));
    }
    stat.monitor_address = std::move(body.monitor_address);
    stat.monitor_token_file = std::move(body.monitor_token_file);
    stat.monitor_operators = body.monitor_operators;
    return stat;
}

}  // namespace

QueueStat stat_of(wire::QueueBody&& body)
{
    QueueStat stat;
    stat.name = std::move(body.name);
    switch (body.kind) {
        case wire::Kind::fifo:
            stat.kind = "fifo";
            break;
        case wire::Kind::lifo:
            stat.kind = "lifo";
            break;
        case wire::Kind::priority:
            stat.kind = "priority";
            break;
        case wire::Kind::pipe_left:
        case wire::Kind::pipe_right:
            stat.kind = "pipe";
            break;
    }
    stat.object = body.object;
    stat.maxsize = body.maxsize;
    stat.ready = body.ready;
    stat.ready_bytes = body.ready_bytes;
    stat.assigned = body.assigned;
    stat.unfinished = body.unfinished;
    stat.putters = body.putters;
    stat.getters = body.getters;
    stat.joiners = body.joiners;
    stat.handles = body.handles;
    stat.put_total = body.put_total;
    stat.get_total = body.get_total;
    stat.producers = body.producers;
    stat.consumers = body.consumers;
    stat.paused = body.paused;
    stat.shut_down = body.shut_down;
    stat.ended = body.ended;
    stat.until_task_done = body.until_task_done;
    stat.ends_with_producers = body.ends_with_producers;
    stat.ends_with_consumers = body.ends_with_consumers;
    stat.created = to_duration(body.created_ms);
    if (body.oldest_ms) stat.oldest = to_duration(*body.oldest_ms);
    return stat;
}

wire::Read read_stat(std::string_view name)
{
    wire::Read read;
    read.what = wire::ReadWhat::stat;
    read.name = name;
    return read;
}

wire::Read read_broker_stat()
{
    return read_stat({});
}

wire::Admin request_of(wire::AdminVerb verb, const QueueRef& queue)
{
    wire::Admin admin;
    admin.verb = verb;
    admin.name = queue.name;
    admin.object = queue.object;
    return admin;
}

wire::Admin move_of(const QueueRef& from, std::string_view to, std::uint64_t count)
{
    wire::Admin admin = request_of(wire::AdminVerb::move, from);
    admin.to = to;
    admin.count = count;
    return admin;
}

wire::Admin kick_of(std::uint64_t connection)
{
    wire::Admin admin;
    admin.verb = wire::AdminVerb::kick;
    admin.id = connection;
    return admin;
}

bool can_move(std::string_view from, std::string_view to, std::uint64_t count)
{
    // On the wire 0 means all: nobody who wants none shall get that.
    return base::valid_name(from) && base::valid_name(to) && from != to && count > 0;
}

QueueStat to_queue_stat(const Answer& answer, std::error_code& ec)
{
    auto body = body_of(answer, wire::decode_queue_body, ec);
    return ec ? QueueStat{} : stat_of(std::move(body));
}

BrokerStat to_broker_stat(const Answer& answer, std::error_code& ec)
{
    auto body = body_of(answer, wire::decode_broker_body, ec);
    return ec ? BrokerStat{} : stat_of(std::move(body));
}

std::uint64_t to_dropped(const Answer& answer, std::error_code& ec)
{
    return body_of(answer, wire::decode_admin_body, ec).dropped;
}

std::uint64_t to_moved(const Answer& answer, std::error_code& ec)
{
    return body_of(answer, wire::decode_admin_body, ec).moved;
}

std::optional<Request> QueueList::next() const
{
    return done_ ? std::nullopt : std::optional<Request>(read_);
}

void QueueList::answered(const Answer& answer)
{
    auto page = body_of(answer, wire::decode_list_body, ec_);
    done_ = true;
    if (ec_) return;
    for (wire::QueueBody& queue : page.queues) stats_.push_back(stat_of(std::move(queue)));
    if (page.next.empty()) return;
    // Pages go forward: a broker that sends them round in circles must not hold us for ever.
    if (!base::valid_name(page.next) || page.next <= read_.next) {
        ec_ = errc::protocol;
        return;
    }
    read_.next = std::move(page.next);
    done_ = false;
}

std::vector<QueueStat> QueueList::take(std::error_code& ec)
{
    ec = ec_;
    return ec ? std::vector<QueueStat>() : std::move(stats_);
}

Peek::Peek(std::string_view name,
           std::size_t count,
           std::uint64_t offset,
           std::uint32_t head_size_max)
    : count_(count)
{
    read_.what = wire::ReadWhat::peek;
    read_.name = name;
    read_.offset = offset;
    read_.item_bytes = head_size_max;
}

std::optional<Request> Peek::next()
{
    if (done_ || items_.size() >= count_) return std::nullopt;
    read_.limit = static_cast<std::uint32_t>(
        std::min<std::size_t>(count_ - items_.size(), std::numeric_limits<std::uint32_t>::max()));
    return read_;
}

void Peek::answered(const Answer& answer)
{
    auto page = body_of(answer, wire::decode_peek_body, ec_);
    done_ = true;
    if (ec_) return;
    for (wire::PeekItem& item : page.items) {
        if (items_.size() == count_) break;
        items_.push_back({item.seq,
                          item.attempts,
                          static_cast<ContentType>(item.content_type),
                          item.size,
                          std::move(item.head)});
    }
    if (page.next == 0) return;
    if (page.next <= read_.offset) {
        ec_ = errc::protocol;
        return;
    }
    read_.offset = page.next;
    done_ = false;
}

std::vector<PeekedItem> Peek::take(std::error_code& ec)
{
    ec = ec_;
    return ec ? std::vector<PeekedItem>() : std::move(items_);
}

}  // namespace penstock::protocol
