// penstock top, watch and monitor: the broker as it is now and from now on.
#pragma once

#include "client/cli/verb.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace penstock::cli {

class View;

/// What top and watch have in common.
class Watching : public Verb {
protected:
    Watching(CLI::App& app, Globals& globals, const VerbHelp& help);
    [[nodiscard]] Client first_session() const;
    [[nodiscard]] ExitCode show(View& view, Client client, bool connections) const;

private:
    std::optional<Duration> interval_;
    std::uint64_t count_ = 0;  // 0: until it is ended
    bool plain_ = false;
};

class Top : public Watching {
public:
    Top(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    std::optional<std::string> sort_;
    std::optional<std::string> filter_;
    bool reverse_ = false;
};

class Watch : public Watching {
public:
    Watch(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    std::string queue_name_;
};

class Monitor : public Verb {
public:
    Monitor(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    bool operator_ = false;
};

}  // namespace penstock::cli
