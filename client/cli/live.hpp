// What `top` and `watch` have in common: they ask the broker again and again, for a screen or for
// lines, and come back to it when it went away.
#pragma once

#include "client/cli/courier.hpp"
#include "client/cli/view.hpp"

#include <penstock/client.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace penstock::cli {

struct LiveOptions {
    std::optional<Duration> interval;
    std::optional<std::uint64_t> count;  // of texts or documents; then it ends
    bool plain = false;                  // text though there may be a terminal
    bool json = false;
};

/// More often is no help to anybody, and work for the broker.
inline constexpr Duration live_interval_min = std::chrono::milliseconds(10);
inline constexpr Duration live_interval_default = std::chrono::seconds(1);

/// Shows the view until the user has seen enough. `client` is the first session, `connect` makes
/// others. Throws when already the first reading fails.
void show_live(View& view,
               const LiveOptions& options,
               Scope scope,
               Client client,
               std::function<Client()> connect);

}  // namespace penstock::cli
