// What stands behind --listen.
#pragma once

#include "server/config/option.hpp"
#include "server/net/inherited_sockets.hpp"

#include <vector>

namespace penstock::config {

/// `unix:/path[,auth=peer|key]` or `tcp:host:port[,auth=key|none]`, any number of them.
[[nodiscard]] Kind listen_addresses();

/// Adds sockets that were passed on. One whose name is `auth=...` has that said, as behind a comma
/// of --listen; all others are as if --listen had named their addresses. Throws ConfigError.
void add_inherited(Config& config, const std::vector<net::InheritedSocket>& sockets);

}  // namespace penstock::config
