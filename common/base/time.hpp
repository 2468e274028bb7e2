// The types of time. Nothing in common/, server/core or server/session asks for the time: it is
// always an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace penstock::base {

using Duration = std::chrono::steady_clock::duration;
using TimePoint = std::chrono::steady_clock::time_point;

/// Never passes.
inline constexpr TimePoint no_deadline = TimePoint::max();
/// Has passed already: one try, no waiting.
inline constexpr TimePoint immediate = TimePoint::min();

/// The wire's timeout in milliseconds as a deadline: 0 is one try, all ones is for ever.
[[nodiscard]] constexpr TimePoint deadline_after(TimePoint now, std::uint32_t timeout_ms)
{
    if (timeout_ms == 0) return immediate;
    if (timeout_ms == UINT32_MAX) return no_deadline;
    return now + std::chrono::milliseconds(timeout_ms);
}

}  // namespace penstock::base
