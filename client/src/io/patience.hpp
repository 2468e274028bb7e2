// Patience: how long a call waits for an answer that the broker owes it.
//
// The broker keeps the time. But a broker that is stuck, or a host that vanished, must not hold a
// call with a timeout for ever: `answer_margin` after its answer was due the call is given up,
// unless its bytes are still on their way.
#pragma once

#include "common/base/time.hpp"

#include <chrono>
#include <cstddef>

namespace penstock::io {

inline constexpr std::chrono::seconds answer_margin{10};

class Patience {
public:
    explicit Patience(base::Duration margin) : margin_(margin) {}

    /// The request is written, and so many bytes are on their way.
    void begin(std::size_t unsent) { last_unsent_ = unsent; }

    /// When to look again, for an answer that is due at `due`.
    [[nodiscard]] base::TimePoint end(base::TimePoint due) const
    {
        const base::TimePoint from = due > last_progress_ ? due : last_progress_;
        return from >= base::no_deadline - margin_ ? base::no_deadline : from + margin_;
    }

    /// Whether the session was told that the user's deadline has passed.
    [[nodiscard]] bool deadline_told() const { return deadline_told_; }
    void tell_deadline() { deadline_told_ = true; }

    /// The end has come, with `unsent` bytes still on their way: whether that is fewer than at the
    /// last look, so that it is worth waiting on.
    [[nodiscard]] bool goes_on(std::size_t unsent, base::TimePoint now)
    {
        if (unsent == 0 || unsent >= last_unsent_) return false;
        last_unsent_ = unsent;
        last_progress_ = now;
        return true;
    }

private:
    bool deadline_told_ = false;
    base::Duration margin_;
    base::TimePoint last_progress_ = base::immediate;
    std::size_t last_unsent_ = 0;
};

}  // namespace penstock::io
