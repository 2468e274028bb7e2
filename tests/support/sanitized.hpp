// Whether this program was built with ASan or TSan, which cost a factor of five in time and falsify
// what a process has resident: such tests do fewer rounds.
#pragma once

namespace penstock::support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace penstock::support
