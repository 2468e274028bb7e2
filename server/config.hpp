// penstockd's options: from the command line to what the server is built of.
#pragma once

#include "server/net/server.hpp"

#include <optional>
#include <string>
#include <variant>

namespace penstock {

struct Config {
    net::ServerOptions server;
    std::optional<std::string> warning;  // worth a line in the log
};

/// The configuration, or the exit code when there is nothing to run: --help, --version, or an error
/// that was printed already.
[[nodiscard]] std::variant<Config, int> read_config(int argc, char** argv);

}  // namespace penstock
