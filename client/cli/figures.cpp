#include "client/cli/figures.hpp"

#include "client/cli/text.hpp"

#include <chrono>
#include <utility>

namespace penstock::cli {

namespace {

/// A plain counter: how --json calls it, and the member.
template <class Stat>
using Counter = std::pair<const char*, std::uint64_t Stat::*>;

constexpr Counter<QueueStat> queue_counters[] = {
    {"ready", &QueueStat::ready},
    {"ready_bytes", &QueueStat::ready_bytes},
    {"assigned", &QueueStat::assigned},
    {"unfinished", &QueueStat::unfinished},
    {"putters", &QueueStat::putters},
    {"getters", &QueueStat::getters},
    {"joiners", &QueueStat::joiners},
    {"handles", &QueueStat::handles},
    {"put_total", &QueueStat::put_total},
    {"get_total", &QueueStat::get_total},
};

constexpr Counter<BrokerStat> broker_counters[] = {
    {"connections", &BrokerStat::connections},
    {"sessions", &BrokerStat::sessions},
    {"queues", &BrokerStat::queues},
    {"ready", &BrokerStat::ready},
    {"ready_bytes", &BrokerStat::ready_bytes},
    {"assigned", &BrokerStat::assigned},
    {"putters", &BrokerStat::putters},
    {"getters", &BrokerStat::getters},
    {"joiners", &BrokerStat::joiners},
    {"put_total", &BrokerStat::put_total},
    {"get_total", &BrokerStat::get_total},
    {"memory_used", &BrokerStat::memory_used},
    {"memory_max", &BrokerStat::memory_max},
    {"pending_used", &BrokerStat::pending_used},
    {"pending_max", &BrokerStat::pending_max},
};

}  // namespace

boost::json::object json_of(const QueueStat& stat)
{
    boost::json::object object;
    object["name"] = stat.name;
    object["kind"] = stat.kind;
    object["object"] = stat.object;
    object["maxsize"] = stat.maxsize;
    for (const auto& [name, member] : queue_counters) object[name] = stat.*member;
    object["shut_down"] = stat.shut_down;
    return object;
}

boost::json::object json_of(const BrokerStat& stat)
{
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    boost::json::object object;
    object["version"] = stat.version;
    object["protocol"] = stat.protocol;
    object["boot"] = hex(stat.boot);
    object["uptime_ms"] = duration_cast<milliseconds>(stat.uptime).count();
    for (const auto& [name, member] : broker_counters) object[name] = stat.*member;
    return object;
}

std::string items_text(std::uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " item" : " items");
}

}  // namespace penstock::cli
