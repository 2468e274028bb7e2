// MonitorThread: the monitor inside penstockd, on a thread and an io_context of its own. A flood of
// browsers can't stall the broker: for it this is one more client, at the other end of a
// socketpair.
#pragma once

#include "server/bridge/monitor.hpp"
#include "server/config/config.hpp"
#include "server/net/server.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>
#include <thread>

namespace penstock {

class MonitorThread {
public:
    /// Opens its address, and makes the server a client for it. Throws std::runtime_error with a
    /// text for the user. The server outlives it.
    MonitorThread(const config::Config& config, net::Server& server);
    /// Says goodbye to the browsers, in two seconds at most.
    ~MonitorThread();
    MonitorThread(const MonitorThread&) = delete;
    MonitorThread& operator=(const MonitorThread&) = delete;

    /// From here on it serves.
    void start();

private:
    void announce(const config::MonitorSettings& settings);

    net::Server& server_;
    boost::asio::io_context io_{1};
    std::optional<bridge::Monitor> monitor_;  // goes before the io_context
    std::thread thread_;
};

}  // namespace penstock
