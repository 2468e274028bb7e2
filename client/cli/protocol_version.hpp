// The version of the protocol that this program's library speaks.
#pragma once

#include <cstdint>

namespace penstock::cli {

/// The public headers don't tell it; a test compares it with the library's.
inline constexpr std::uint16_t protocol_version = 1;

}  // namespace penstock::cli
