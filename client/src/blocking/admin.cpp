#include "client/src/blocking/connection.hpp"
#include "client/src/complete_error.hpp"
#include "common/base/names.hpp"
#include "common/wire/bodies.hpp"

#include <penstock/admin.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace penstock {

namespace {

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
    stat.shut_down = body.shut_down;
    stat.ended = body.ended;
    stat.until_task_done = body.until_task_done;
    stat.ends_with_producers = body.ends_with_producers;
    stat.ends_with_consumers = body.ends_with_consumers;
    return stat;
}

BrokerStat stat_of(wire::BrokerBody&& body)
{
    // What a hostile broker says may not fit; nobody waits for this time.
    constexpr std::uint64_t uptime_max_ms = std::uint64_t{1000} * 366 * 24 * 3600 * 100;
    BrokerStat stat;
    stat.version = std::move(body.version);
    stat.protocol = body.protocol;
    stat.boot = body.boot;
    stat.uptime = std::chrono::milliseconds(std::min(body.uptime_ms, uptime_max_ms));
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
    return stat;
}

/// The answer's body, read by `decode`; a default one if `ec` is set.
template <class Body>
Body ask(blocking::Connection* connection,
         protocol::Request request,
         std::optional<Body> (*decode)(std::span<const std::byte>),
         std::error_code& ec)
{
    ec = errc::disconnected;
    if (connection == nullptr) return {};
    const protocol::Answer answer = connection->call(std::move(request), Duration::zero());
    ec = answer.ec;
    if (ec) return {};
    std::optional<Body> body = decode(answer.body.to_bytes());
    if (body) return std::move(*body);
    ec = errc::protocol;
    return {};
}

bool usable(std::string_view name, std::error_code& ec)
{
    if (base::valid_name(name)) return true;
    ec = std::make_error_code(std::errc::invalid_argument);
    return false;
}

void throw_if(const std::error_code& ec, const char* call, std::string_view name)
{
    if (ec) throw_named_error(ec, call, name);
}

}  // namespace

Admin::Admin() noexcept = default;
Admin::Admin(std::shared_ptr<blocking::Connection> connection) noexcept
    : connection_(std::move(connection))
{}
Admin::~Admin() = default;
Admin::Admin(const Admin&) = default;
Admin::Admin(Admin&&) noexcept = default;
Admin& Admin::operator=(const Admin&) = default;
Admin& Admin::operator=(Admin&&) noexcept = default;

std::vector<QueueStat> Admin::list(std::error_code& ec) const
{
    std::vector<QueueStat> stats;
    wire::Read read;
    read.what = wire::ReadWhat::list;
    while (true) {
        auto page = ask(connection_.get(), read, wire::decode_list_body, ec);
        if (ec) return {};
        for (wire::QueueBody& queue : page.queues) stats.push_back(stat_of(std::move(queue)));
        if (page.next.empty()) return stats;
        // Pages go forward: a broker that sends them round in circles must not hold us for ever.
        if (!base::valid_name(page.next) || page.next <= read.next) break;
        read.next = std::move(page.next);
    }
    ec = errc::protocol;
    return {};
}

QueueStat Admin::stat(std::string_view name, std::error_code& ec) const
{
    if (!usable(name, ec)) return {};
    wire::Read read;
    read.what = wire::ReadWhat::stat;
    read.name = name;
    auto body = ask(connection_.get(), std::move(read), wire::decode_queue_body, ec);
    return ec ? QueueStat{} : stat_of(std::move(body));
}

BrokerStat Admin::broker_stat(std::error_code& ec) const
{
    wire::Read read;
    read.what = wire::ReadWhat::stat;
    auto body = ask(connection_.get(), std::move(read), wire::decode_broker_body, ec);
    return ec ? BrokerStat{} : stat_of(std::move(body));
}

std::vector<PeekedItem> Admin::peek(std::string_view name,
                                    std::size_t count,
                                    std::uint64_t offset,
                                    std::uint32_t head_size_max,
                                    std::error_code& ec) const
{
    if (!usable(name, ec)) return {};
    std::vector<PeekedItem> items;
    wire::Read read;
    read.what = wire::ReadWhat::peek;
    read.name = name;
    read.offset = offset;
    read.item_bytes = head_size_max;
    ec.clear();
    while (items.size() < count) {
        const std::size_t wanted = count - items.size();
        read.limit = static_cast<std::uint32_t>(
            std::min<std::size_t>(wanted, std::numeric_limits<std::uint32_t>::max()));
        auto page = ask(connection_.get(), read, wire::decode_peek_body, ec);
        if (ec) return {};
        for (wire::PeekItem& item : page.items) {
            if (items.size() == count) break;
            items.push_back({item.seq,
                             item.attempts,
                             static_cast<ContentType>(item.content_type),
                             item.size,
                             std::move(item.head)});
        }
        if (page.next == 0) return items;
        if (page.next <= read.offset) {
            ec = errc::protocol;
            return {};
        }
        read.offset = page.next;
    }
    return items;
}

std::uint64_t Admin::purge(std::string_view name, std::error_code& ec) const
{
    if (!usable(name, ec)) return 0;
    wire::Admin request{.verb = wire::AdminVerb::purge, .name = std::string(name)};
    return ask(connection_.get(), std::move(request), wire::decode_admin_body, ec).dropped;
}

std::uint64_t Admin::remove(std::string_view name, std::error_code& ec) const
{
    if (!usable(name, ec)) return 0;
    wire::Admin request{.verb = wire::AdminVerb::remove, .name = std::string(name)};
    return ask(connection_.get(), std::move(request), wire::decode_admin_body, ec).dropped;
}

std::vector<QueueStat> Admin::list() const
{
    std::error_code ec;
    auto result = list(ec);
    if (ec) throw_error(ec, "list of queues");
    return result;
}

QueueStat Admin::stat(std::string_view name) const
{
    std::error_code ec;
    auto result = stat(name, ec);
    throw_if(ec, "stat of", name);
    return result;
}

BrokerStat Admin::broker_stat() const
{
    std::error_code ec;
    auto result = broker_stat(ec);
    if (ec) throw_error(ec, "stat of the broker");
    return result;
}

std::vector<PeekedItem> Admin::peek(std::string_view name,
                                    std::size_t count,
                                    std::uint64_t offset,
                                    std::uint32_t head_size_max) const
{
    std::error_code ec;
    auto result = peek(name, count, offset, head_size_max, ec);
    throw_if(ec, "peek at", name);
    return result;
}

std::uint64_t Admin::purge(std::string_view name) const
{
    std::error_code ec;
    const std::uint64_t dropped = purge(name, ec);
    throw_if(ec, "purge of", name);
    return dropped;
}

std::uint64_t Admin::remove(std::string_view name) const
{
    std::error_code ec;
    const std::uint64_t dropped = remove(name, ec);
    throw_if(ec, "remove of", name);
    return dropped;
}

}  // namespace penstock
