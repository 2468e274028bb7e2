// All that penstockd can be told, as values.
#pragma once

#include "server/net/log.hpp"
#include "server/net/server.hpp"

#include <optional>
#include <string>
#include <vector>

namespace penstock::config {

struct Config {
    Config() { server.engine.memory_max = server.engine.pending_max = 0; }

    /// `memory_max` and `pending_max` of 0 stand for what check() makes of the machine.
    net::ServerOptions server;
    net::LogOptions log;
    /// As they were written; what they mean is in `server`.
    std::vector<std::string> listen;
    std::string key_file;
    std::vector<std::string> allow;
    std::string socket_group;
    std::optional<std::string> warning;  // worth a line in the log
};

}  // namespace penstock::config
