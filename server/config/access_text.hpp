// What stands behind --allow, --socket-group and --socket-mode: users, groups and file modes.
#pragma once

#include "server/config/option.hpp"

namespace penstock::config {

[[nodiscard]] Kind allowed_users();
[[nodiscard]] Kind socket_group();
[[nodiscard]] Kind socket_mode();

}  // namespace penstock::config
