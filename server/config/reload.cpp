#include "server/config/reload.hpp"

#include "server/config/options.hpp"
#include "server/session/events.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock::config {

namespace {

bool differs(const Option& option, const Config& before, const Config& after)
{
    if (option.kind.get(before) != option.kind.get(after)) return true;
    // The file may be another under the same name.
    return option.name == "key-file" && before.server.engine.key != after.server.engine.key;
}

/// Those of `names` that only a restart can change.
Texts fixed(const Texts& names)
{
    Texts fixed;
    for (const Option& option : options()) {
        if (option.reload == Reload::yes) continue;
        const bool changed = std::find(names.begin(), names.end(), option.name) != names.end();
        if (changed) fixed.push_back(option.name);
    }
    return fixed;
}

}  // namespace

Texts changed(const Config& before, const Config& after)
{
    Texts names;
    for (const Option& option : options()) {
        if (differs(option, before, after)) names.push_back(option.name);
    }
    return names;
}

Reloader::Reloader(Inputs inputs, Loaded current, net::Log& log, Tell tell)
    : inputs_(std::move(inputs)), current_(std::move(current)), log_(log), tell_(std::move(tell))
{}

void Reloader::fail(std::string why)
{
    tell_({session::LogLevel::error,
           session::events::config_reload_failed,
           {{"error", std::move(why)}}});
}

std::optional<net::ServerOptions> Reloader::reload()
{
    Loaded next;
    try {
        next = load(inputs_);
    } catch (const ConfigError& error) {
        fail(error.what());
        return std::nullopt;
    }
    const Texts names = changed(current_.config, next.config);
    if (const Texts refused = fixed(names); !refused.empty()) {
        fail(joined(refused, ", ") + ": needs a restart; nothing was changed");
        return std::nullopt;
    }
    current_ = std::move(next);
    log_.configure(current_.config.log);
    tell_({session::LogLevel::info,
           session::events::config_reloaded,
           {{"changed", joined(names, ",")}}});
    if (current_.config.warning) {
        tell_({session::LogLevel::warning,
               session::events::weak_key,
               {{"text", *current_.config.warning}}});
    }
    return current_.config.server;
}

}  // namespace penstock::config
