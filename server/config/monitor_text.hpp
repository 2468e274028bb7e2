// How the monitor's address and origins are written.
#pragma once

#include "server/config/option.hpp"

namespace penstock::config {

[[nodiscard]] Kind monitor_address();
[[nodiscard]] Kind monitor_origins();

}  // namespace penstock::config
