// What the machine gives us.
#pragma once

#include <cstdint>

namespace penstock::net {

/// Bytes of memory that this process may hope for: the machine's, or its control group's limit.
[[nodiscard]] std::uint64_t memory_size();

}  // namespace penstock::net
