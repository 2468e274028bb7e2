#include "client/cli/figures.hpp"

#include "client/cli/json.hpp"
#include "client/cli/text.hpp"

#include <chrono>
#include <utility>

namespace penstock::cli {

namespace {

/// The library gives the first bytes: a character that it cut in two makes no binary item of a
/// text.
std::span<const std::byte> whole_characters(const PeekedItem& item)
{
    constexpr std::size_t character_size_max = 4;
    const std::span<const std::byte> head = item.head;
    if (head.size() == item.size) return head;
    for (std::size_t cut = 0; cut < character_size_max && cut < head.size(); ++cut) {
        const auto shorter = head.first(head.size() - cut);
        if (is_utf8(as_text(shorter))) return shorter;
    }
    return head;
}

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
    {"paused", &QueueStat::paused},
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
    const std::string end = stat.shut_down ? "shut down" : stat.ended ? "ended" : "";
    if (!stat.paused) return end;
    return end.empty() ? "paused" : "paused, " + end;
}

std::string options_text(const QueueStat& stat)
{
    std::string text = stat.kind;
    if (stat.until_task_done) text += ", until task_done";
    if (stat.ends_with_producers) text += ", ends with its producers";
    if (stat.ends_with_consumers) text += ", ends with its consumers";
    return text;
}

boost::json::object json_of(const PeekedItem& item)
{
    boost::json::object object;
    object["seq"] = item.seq;
    object["attempts"] = item.attempts;
    object["size"] = item.size;
    object["content_type"] = to_string(item.content_type);
    object["truncated"] = item.head.size() < item.size;
    add_payload(object, whole_characters(item));
    return object;
}

std::string preview_text(const PeekedItem& item)
{
    // Nobody can read a pickle, and nobody should load it to look at it.
    if (item.content_type == ContentType::pickle) return {};
    const std::string text = printable(as_text(whole_characters(item)));
    return item.head.size() < item.size ? text + "..." : text;
}

std::string items_text(std::uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " item" : " items");
}

}  // namespace penstock::cli
