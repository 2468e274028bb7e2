#include "client/cli/figures.hpp"

#include "client/cli/text.hpp"

#include <chrono>

namespace penstock::cli {

boost::json::object json_of(const QueueStat& stat)
{
    boost::json::object object;
    object["name"] = stat.name;
    object["kind"] = stat.kind;
    object["object"] = stat.object;
    object["maxsize"] = stat.maxsize;
    object["ready"] = stat.ready;
    object["ready_bytes"] = stat.ready_bytes;
    object["assigned"] = stat.assigned;
    object["unfinished"] = stat.unfinished;
    object["putters"] = stat.putters;
    object["getters"] = stat.getters;
    object["joiners"] = stat.joiners;
    object["handles"] = stat.handles;
    object["put_total"] = stat.put_total;
    object["get_total"] = stat.get_total;
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
    object["connections"] = stat.connections;
    object["sessions"] = stat.sessions;
    object["queues"] = stat.queues;
    object["ready"] = stat.ready;
    object["ready_bytes"] = stat.ready_bytes;
    object["assigned"] = stat.assigned;
    object["putters"] = stat.putters;
    object["getters"] = stat.getters;
    object["joiners"] = stat.joiners;
    object["put_total"] = stat.put_total;
    object["get_total"] = stat.get_total;
    object["memory_used"] = stat.memory_used;
    object["memory_max"] = stat.memory_max;
    object["pending_used"] = stat.pending_used;
    object["pending_max"] = stat.pending_max;
    return object;
}

std::string items_text(std::uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " item" : " items");
}

}  // namespace penstock::cli
