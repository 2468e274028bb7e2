// penstock pause, resume, mv and kick: what an operator does while others work.
#pragma once

#include "client/cli/verb.hpp"

#include <penstock/monitor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock::cli {

class Pause : public Verb {
public:
    enum class Kind : std::uint8_t { pause, resume };

    Pause(CLI::App& app, Globals& globals, Kind kind);
    [[nodiscard]] ExitCode run() override;

private:
    const bool pauses_;
    std::vector<std::string> queue_names_;
};

class Move : public Verb {
public:
    Move(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    /// What is ready at both ends.
    struct Depths {
        std::uint64_t from = 0;
        std::uint64_t to = 0;
    };
    void report(std::uint64_t moved, const Depths& before, const Depths& after) const;

    std::string from_;
    std::string to_;
    std::optional<std::uint64_t> count_;
    bool dry_run_ = false;
};

/// Somebody's work ends by it, so it asks.
class Kick : public Verb {
public:
    Kick(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    [[nodiscard]] ConnectionStat found(const Admin& admin) const;
    void report(const ConnectionStat& stat, bool done) const;

    std::uint64_t connection_ = 0;
    bool yes_ = false;
    bool dry_run_ = false;
};

}  // namespace penstock::cli
