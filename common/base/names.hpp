// The names of queues and pipes.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock::base {

inline constexpr std::size_t name_length_max = 200;

/// `[A-Za-z0-9._:/-]{1,200}`: printable everywhere, in a log line, a URL and a shell, unquoted.
[[nodiscard]] bool valid_name(std::string_view name);

}  // namespace penstock::base
