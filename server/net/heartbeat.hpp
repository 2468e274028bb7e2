// Tells the service manager from time to time that the event loop turns, and what it is about.
#pragma once

#include "server/net/service_manager.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>

namespace penstock::net {

namespace asio = boost::asio;

class Heartbeat {
public:
    using Status = std::function<std::string()>;

    /// `status` is asked every few seconds, and told when it has changed. Does nothing at all when
    /// nobody listens.
    Heartbeat(asio::any_io_executor executor, ServiceManager& manager, Status status);

    void start();
    void stop();

private:
    void beat();
    void tell_status();

    ServiceManager& manager_;
    Status status_;
    asio::steady_timer timer_;
    base::Duration period_;
    base::TimePoint next_status_;  // the watchdog's beat may be much faster
    std::string told_;
};

}  // namespace penstock::net
