#include "client/src/protocol/timeout.hpp"

#include "common/wire/limits.hpp"

#include <chrono>

namespace penstock::protocol {

base::TimePoint deadline_after(base::TimePoint now, base::Duration timeout)
{
    if (timeout <= base::Duration::zero()) return now;
    if (timeout >= base::no_deadline - now) return base::no_deadline;
    return now + timeout;
}

std::uint32_t timeout_ms_until(base::TimePoint now, base::TimePoint deadline)
{
    if (deadline == base::no_deadline) return wire::timeout_forever_ms;
    if (deadline <= now) return 0;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
    if (left >= static_cast<std::int64_t>(wire::timeout_forever_ms))
        return wire::timeout_forever_ms;
    return static_cast<std::uint32_t>(left);
}

}  // namespace penstock::protocol
