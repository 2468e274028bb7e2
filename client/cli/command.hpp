// Runs a shell command that gets an item on its standard input.
#pragma once

#include <csignal>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace penstock::cli {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGQUIT end nothing halfway: they wait until it
/// goes, and end the process then, as ever. Those that are ignored stay so.
class HeldSignals {
public:
    HeldSignals();
    ~HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    /// As it was before: what a command shall have.
    [[nodiscard]] const sigset_t& mask_before() const { return before_; }
    /// Readable when one came, or a child ended.
    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// Takes those that came, and gives the ones that the terminal has not given the command.
    [[nodiscard]] std::vector<int> take();
    /// One was taken, and ends the process when this goes.
    [[nodiscard]] bool ending() const { return ends_by_ != 0; }

private:
    sigset_t before_{};
    int descriptor_ = -1;
    int ends_by_ = 0;  // the first one that was taken
};

/// How a command ended.
struct CommandEnd {
    bool ok = false;   // exit status 0
    std::string text;  // "ended with exit status 3", "was killed by SIGKILL"
};

/// Runs `command` by `/bin/sh -c`, with `variables` ("NAME=value") on top of our environment and
/// `input` on its standard input: as much of it as it reads. Signals that come are passed on to
/// it. Throws Failure if it cannot be started.
[[nodiscard]] CommandEnd run_command(const std::string& command,
                                     const std::vector<std::string>& variables,
                                     std::span<const std::byte> input,
                                     HeldSignals& signals);

}  // namespace penstock::cli
