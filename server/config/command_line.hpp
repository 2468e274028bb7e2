// penstockd's command line. CLI11 splits it; the options are those of options.hpp, beside the few
// that say what to do.
#pragma once

#include "server/config/load.hpp"

#include <string>
#include <variant>
#include <vector>

namespace penstock::config {

inline constexpr int exit_usage = 2;

enum class Job : std::uint8_t { serve, run_command, check_config, print_config };

struct CommandLine {
    Job job = Job::serve;
    Inputs inputs;
    std::vector<std::string> command;  // run_command
};

/// Or the exit code: --help and --version are done, and errors are printed.
[[nodiscard]] std::variant<CommandLine, int> read_command_line(int argc, char** argv);

}  // namespace penstock::config
