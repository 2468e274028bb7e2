// Bytes: an item as it travels.
#pragma once

#include <cstddef>
#include <vector>

namespace penstock {

using Bytes = std::vector<std::byte>;

}  // namespace penstock
