// penstock stat, health and doctor: how the broker and its queues are, and what keeps us from it.
#pragma once

#include "client/cli/verb.hpp"

namespace penstock::cli {

class Stat : public Verb {
public:
    Stat(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    void show(const Admin& admin) const;
    void follow(const Admin& admin) const;

    std::optional<std::string> queue_name_;
    std::optional<Duration> interval_;
    bool follow_ = false;
};

class Health : public Verb {
public:
    Health(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    /// Tries again until --wait is over.
    [[nodiscard]] Client reach() const;
    [[nodiscard]] ExitCode ask(Client& client) const;
    [[nodiscard]] ExitCode unhealthy(ExitCode exit_code, const std::string& reason) const;

    std::optional<Duration> wait_;
};

class Doctor : public Verb {
public:
    Doctor(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;
};

}  // namespace penstock::cli
