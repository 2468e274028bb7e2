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
    {"producers", &QueueStat::producers},
    {"consumers", &QueueStat::consumers},
};

/// A plain yes or no.
constexpr std::pair<const char*, bool QueueStat::*> queue_switches[] = {
    {"shut_down", &QueueStat::shut_down},
    {"ended", &QueueStat::ended},
    {"until_task_done", &QueueStat::until_task_done},
    {"ends_with_producers", &QueueStat::ends_with_producers},
    {"ends_with_consumers", &QueueStat::ends_with_consumers},
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
    for (const auto& [name, member] : queue_switches) object[name] = stat.*member;
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

std::string state_text(const QueueStat& stat)
{
    if (stat.shut_down) return "shut down";
    return stat.ended ? "ended" : "";
}

std::string options_text(const QueueStat& stat)
{
    std::string text = stat.kind;
    if (stat.until_task_done) text += ", until task_done";
    if (stat.ends_with_producers) text += ", ends with its producers";
    if (stat.ends_with_consumers) text += ", ends with its consumers";
    return text;
}

std::string items_text(std::uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " item" : " items");
}

}  // namespace penstock::cli
