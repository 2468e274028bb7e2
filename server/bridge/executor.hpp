// Executor: has an operator's commands done by the broker.
#pragma once

#include "server/bridge/commands.hpp"

#include <penstock/async/client.hpp>

#include <functional>

namespace penstock::bridge {

/// Calls `done` once, later; with a refusal if the client is closed meanwhile.
void execute(async::Client& client, Command command, std::function<void(Reply)> done);

}  // namespace penstock::bridge
