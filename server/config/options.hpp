// The table of penstockd's options.
//
// To add one: give it a member with a default value in ServerOptions, EngineOptions or
// SessionLimits (or in Config, when the server needs not know it), and an entry in options.cpp.
// The command line, the configuration file, the environment, --help, --print-config,
// --check-config and SIGHUP all follow from that entry. Then docs/man/penstockd.8 and the table of
// limits in docs/operations.md want a line: a test compares them with --help. A value that can be
// wrong only together with others is judged in check.cpp.
#pragma once

#include "server/config/option.hpp"

#include <string_view>
#include <vector>

namespace penstock::config {

/// In the order in which --help shows them.
[[nodiscard]] const std::vector<Option>& options();
/// Whether it is one of that topic.
[[nodiscard]] bool is_of(Topic topic, std::string_view name);

}  // namespace penstock::config
