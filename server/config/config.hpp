// All that penstockd can be told, as values.
#pragma once

#include "server/net/log.hpp"
#include "server/net/server.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock::config {

/// The pages for people. penstockd serves them, a broker inside a program does not.
struct MonitorSettings {
    bool off = false;
    std::string host = "127.0.0.1";
    std::uint16_t port = 8700;
    bool port_given = false;  // then no other will do
    bool operators = false;   // there is a second URL, for those who may change things
    std::string token_file;   // empty: beside the first Unix socket, or in the user's state folder
    std::vector<std::string> origins;  // of pages that a proxy shows under another name
    bool insecure = false;

    /// Somebody wants it, so that the broker must not start without it.
    [[nodiscard]] bool asked_for() const
    {
        return port_given || operators || insecure || !token_file.empty() || !origins.empty();
    }
};

struct Config {
    Config() { server.engine.memory_max = server.engine.pending_max = 0; }

    /// `memory_max` and `pending_max` of 0 stand for what check() makes of the machine.
    net::ServerOptions server;
    net::LogOptions log;
    MonitorSettings monitor;
    /// As they were written; what they mean is in `server`.
    std::vector<std::string> listen;
    std::string key_file;
    std::vector<std::string> allow;
    std::string socket_group;
    std::optional<std::string> warning;  // worth a line in the log
};

}  // namespace penstock::config
