// How many descriptors the process may have, and how many of them are for connections.
#pragma once

#include <cstdint>

namespace penstock::net {

/// Raises the soft limit of open files to the hard one, and returns what connections may use: all
/// but a reserve for listeners, the log and what the libraries open.
[[nodiscard]] std::uint64_t raise_descriptor_limit();
/// The same without raising it.
[[nodiscard]] std::uint64_t descriptors_for_connections();

/// The soft limit as it is: programs that we start get the one that we were started with, since
/// some of them can't bear a high one.
[[nodiscard]] std::uint64_t soft_descriptor_limit();
void set_soft_descriptor_limit(std::uint64_t limit);

}  // namespace penstock::net
