// Timeouts as deadlines, and how long poll(2) may take.
#pragma once

#include "client/src/protocol/timeout.hpp"
#include "common/base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace penstock::io {

/// Asks the clock only if it must. Zero and less: one try.
[[nodiscard]] inline base::TimePoint deadline_of(base::Duration timeout)
{
    if (timeout == base::Duration::max()) return base::no_deadline;
    if (timeout <= base::Duration::zero()) return base::immediate;
    return protocol::deadline_after(std::chrono::steady_clock::now(), timeout);
}

/// Until `until`, rounded up; the caller looks at the clock again, since an int holds 24 days.
[[nodiscard]] inline int poll_timeout_ms(base::TimePoint until)
{
    if (until == base::no_deadline) return -1;
    if (until == base::immediate) return 0;
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= base::Duration::zero()) return 0;
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::min<std::int64_t>(ms, std::numeric_limits<int>::max()));
}

}  // namespace penstock::io
