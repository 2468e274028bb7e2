// Reads the key that client and broker share.
#pragma once

#include "common/base/bytes.hpp"

#include <string>
#include <string_view>
#include <system_error>

namespace penstock::io {

struct Key {
    base::Bytes bytes;
    std::error_code ec;  // why there is none
    std::string text;    // the same, for the user
};

/// Refuses files that group or others may read, and keys of no bytes. One newline at the end is not
/// part of the key.
[[nodiscard]] Key read_key_file(const std::string& path);

}  // namespace penstock::io
