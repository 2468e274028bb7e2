// Reads the key that --key-file names.
#pragma once

#include "common/base/bytes.hpp"

#include <string>

namespace penstock::net {

/// Throws std::runtime_error with a text for the user.
[[nodiscard]] base::Bytes read_key_file(const std::string& path);

}  // namespace penstock::net
