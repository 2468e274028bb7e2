// Deadlines: when the waiting operations of all queues of a broker give up, in one order.
// Invariant: exactly the waiting ranges that have a deadline ahead of them have an entry here.
#pragma once

#include "server/core/types.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace penstock::core {

class Pipe;
class Queue;

enum class WaitKind : std::uint8_t { put, get, join, watch };

/// Names a waiting range: ranges are served from the front, so the last operation is what stays.
struct WaitKey {
    SessionId session = 0;
    OpId last = 0;
    auto operator<=>(const WaitKey&) const = default;
};

class Deadlines {
public:
    struct Due {
        Queue* queue = nullptr;
        WaitKind kind = WaitKind::put;
        WaitKey waiter;
        Pipe* pipe = nullptr;  // whose first party waits; then there is no queue
    };
    /// By deadline, then by arrival. The parts of a split range have both in common.
    using Entries = std::multimap<std::pair<TimePoint, std::uint64_t>, Due>;
    using Handle = Entries::iterator;

    /// Numbers the waiters of a broker in the order in which they came.
    [[nodiscard]] std::uint64_t next_arrival() { return ++arrivals_; }

    /// A waiter without an entry has this; it stays the same.
    [[nodiscard]] Handle none() { return entries_.end(); }
    /// Gives `none()` for `no_deadline`.
    [[nodiscard]] Handle add(TimePoint deadline, std::uint64_t arrival, const Due& due);
    /// For the front part of a range that is split; right before the rest of it.
    [[nodiscard]] Handle add_front_part(Handle rest, WaitKey front);
    void rename(Handle handle, WaitKey waiter);
    void remove(Handle handle);

    /// The first entry that is not later than `now`; its queue removes it.
    [[nodiscard]] std::optional<Due> first_due(TimePoint now) const;
    [[nodiscard]] std::optional<TimePoint> next() const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    Entries entries_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace penstock::core
