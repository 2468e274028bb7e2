// penstock ping and version: the broker and the program.
#pragma once

#include "client/cli/verb.hpp"

#include <cstdint>

namespace penstock::cli {

class Ping : public Verb {
public:
    Ping(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    std::uint64_t count_ = 1;
    std::optional<Duration> interval_;
};

class Version : public Verb {
public:
    Version(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;
};

}  // namespace penstock::cli
