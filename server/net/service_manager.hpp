// What systemd wants to know of its service: a datagram to the socket that it named, and nothing
// where nobody named one. sd_notify(3) describes the messages.
#pragma once

#include "common/base/time.hpp"
#include "server/net/unique_fd.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace penstock::net {

class ServiceManager {
public:
    /// Takes NOTIFY_SOCKET and WATCHDOG_USEC out of the environment: they are for this process
    /// alone. Throws std::runtime_error where they make no sense.
    ServiceManager();
    /// There is none, whatever the environment says.
    struct Nobody {};
    explicit ServiceManager(Nobody /*nobody*/) {}

    [[nodiscard]] bool listens() const { return !address_.empty(); }
    /// How often it wants a sign of life, if at all.
    [[nodiscard]] std::optional<base::Duration> watchdog() const { return watchdog_; }

    void ready() { send("READY=1"); }
    void reloading();
    void stopping() { send("STOPPING=1"); }
    void alive() { send("WATCHDOG=1"); }
    /// One line.
    void status(std::string_view text);

private:
    void send(std::string_view message);

    std::string address_;  // a path, or '@' and an abstract name
    UniqueFd socket_;
    std::optional<base::Duration> watchdog_;
};

}  // namespace penstock::net
