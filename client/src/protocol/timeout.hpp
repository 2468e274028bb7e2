// The user's durations, as deadlines and as the wire's milliseconds.
#pragma once

#include "common/base/time.hpp"

#include <cstdint>

namespace penstock::protocol {

/// `timeout` after `now`: no_deadline for what never passes, `now` for zero and less (one try).
[[nodiscard]] base::TimePoint deadline_after(base::TimePoint now, base::Duration timeout);

/// What is left until `deadline`, rounded up: 0 only if it has passed, and for ever if there is
/// none or the wire has no number for it.
[[nodiscard]] std::uint32_t timeout_ms_until(base::TimePoint now, base::TimePoint deadline);

}  // namespace penstock::protocol
