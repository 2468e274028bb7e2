// For the tests of the bridge: what a broker might say, built up in a few words.
#pragma once

#include "server/bridge/state.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace penstock::bridge {

using namespace std::chrono_literals;

inline constexpr std::int64_t wall_ms = 1'700'000'000'000;

inline QueueRow queue_row(std::uint64_t object, std::string name, std::uint64_t ready = 0)
{
    QueueRow row;
    row.stat.object = object;
    row.stat.name = std::move(name);
    row.stat.kind = "fifo";
    row.stat.ready = ready;
    return row;
}

inline ConnectionStat connection_of(std::uint64_t session, std::string client)
{
    ConnectionStat row;
    row.id = session + 1000;
    row.session = session;
    row.client = std::move(client);
    row.address = "unix:pid=1,uid=0";
    row.state = "live";
    return row;
}

/// A broker whose clock the test sets.
class FakeBroker {
public:
    BrokerStat stat;

    FakeBroker()
    {
        stat.uptime = 100s;
        stat.version = "0.1.0";
    }

    void restart()
    {
        stat.boot[0] = static_cast<std::byte>(std::to_integer<int>(stat.boot[0]) + 1);
        stat.uptime = 1s;
    }

    [[nodiscard]] Reading reading(std::vector<QueueRow> rows,
                                  std::vector<std::uint64_t> removed = {},
                                  bool from_start = false)
    {
        Reading reading;
        reading.rows = true;
        reading.broker = stat;
        Changes<QueueRow> page;
        page.from_start = from_start;
        page.rows = std::move(rows);
        page.removed = std::move(removed);
        reading.queues.push_back(std::move(page));
        Changes<ConnectionStat> connections;
        connections.rows = std::exchange(connections_, {});
        reading.connections.push_back(std::move(connections));
        return reading;
    }

    FakeBroker& session(std::uint64_t number, std::string client)
    {
        connections_.push_back(connection_of(number, std::move(client)));
        return *this;
    }

private:
    std::vector<ConnectionStat> connections_;
};

}  // namespace penstock::bridge
