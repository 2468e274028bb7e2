// Duration: how long a call may wait. Every timeout of the library is one.
#pragma once

#include <chrono>

namespace penstock {

/// A span of the monotonic clock; chrono literals convert: `jobs.get(250ms)`.
///
/// Zero and negative durations mean one try, no waiting (as in Python's `multiprocessing.Queue`).
/// Others are rounded up to whole milliseconds, and anything over 49 days is `forever`. The broker
/// measures the time: from the arrival of the call's last byte to its answer.
using Duration = std::chrono::steady_clock::duration;

/// Wait as long as it takes. Python: `timeout=None`.
inline constexpr Duration forever = Duration::max();

}  // namespace penstock
