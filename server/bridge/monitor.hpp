// Monitor: the broker's state for browsers and for programs, over HTTP and WebSocket; a client of
// the broker like any other.
#pragma once

#include "server/bridge/access.hpp"
#include "server/bridge/link.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::bridge {

struct MonitorOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8700;
    bool port_given = true;             // else a free one will do where it is taken
    bool operators = false;             // the operator's token is worth something
    bool insecure = false;              // `host` may be one that others can reach
    std::string token_file;             // see default_token_file()
    std::vector<std::string> origins;   // other than ours, "https://monitor.example"
    std::string program = "penstockd";  // what serves it, for the page
    BrokerPlace broker;
};

/// A line for the log: "info" or "warning", a code, and fields.
struct MonitorEvent {
    std::string_view level;
    std::string_view code;
    std::vector<std::pair<std::string_view, std::string>> fields;
};
using MonitorLog = std::function<void(const MonitorEvent&)>;

/// Runs on one io_context, of one thread. What is under way keeps what it needs alive, so this may
/// be destroyed at any time; but not later than the io_context.
class Monitor {
public:
    /// Opens the socket and the token file. Throws std::runtime_error with a text for the user.
    Monitor(asio::io_context& io, MonitorOptions options, MonitorLog log);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    /// As it is: "127.0.0.1:8700".
    [[nodiscard]] const std::string& address() const;
    /// With the token in its fragment, which no browser sends: for a terminal only, never for a
    /// log.
    [[nodiscard]] std::string url(Role role) const;
    [[nodiscard]] const std::string& token_file() const;

    void start();
    /// Says goodbye to the browsers, and calls `done` once they are gone: in two seconds at most.
    void stop(std::function<void()> done);

private:
    class Running;
    std::shared_ptr<Running> running_;
};

}  // namespace penstock::bridge
