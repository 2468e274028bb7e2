// What stands behind --listen.
#pragma once

#include "server/config/option.hpp"

namespace penstock::config {

/// `unix:/path[,auth=peer|key]` or `tcp:host:port[,auth=key|none]`, any number of them.
[[nodiscard]] Kind listen_addresses();

}  // namespace penstock::config
