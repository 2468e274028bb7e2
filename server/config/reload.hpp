// SIGHUP: the file is read again, and all of it comes into force or nothing.
#pragma once

#include "server/config/load.hpp"
#include "server/net/log.hpp"

#include <functional>
#include <optional>

namespace penstock::config {

/// The names of the options whose values differ, in the order of the table.
[[nodiscard]] Texts changed(const Config& before, const Config& after);

class Reloader {
public:
    /// Takes what is to be logged.
    using Tell = std::function<void(session::LogEvent)>;

    /// `current` is what `inputs` gave at the start.
    Reloader(Inputs inputs, Loaded current, net::Log& log, Tell tell);

    /// Reads again and logs what came of it. None: nothing changed, whatever the reason.
    [[nodiscard]] std::optional<net::ServerOptions> reload();

private:
    void fail(std::string why);

    const Inputs inputs_;
    Loaded current_;
    net::Log& log_;
    const Tell tell_;
};

}  // namespace penstock::config
