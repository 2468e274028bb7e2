// What a configuration must be like as a whole.
#pragma once

#include "server/config/config.hpp"

namespace penstock::config {

/// Reads the key file, and fills in the default address where none was given. Throws ConfigError.
void check(Config& config);

}  // namespace penstock::config
