// A call of a DirectEnd: it keeps the descriptor open and has its turn, until it is over.
#pragma once

#include "client/src/blocking/direct_end.hpp"

#include <penstock/error.hpp>

namespace penstock::blocking {

class DirectEnd::Call {
public:
    /// False if it can't begin, or its turn hasn't come until `deadline`; `ec` says why.
    Call(DirectEnd& end, Direction& direction, base::TimePoint deadline, std::error_code& ec)
        : end_(end), direction_(direction)
    {
        entered_ = end.enter(ec);
        if (!entered_) return;
        if (!direction.possible) {
            ec = errc::unsupported;
        } else if (end.usable(direction, ec)) {
            mine_ = direction.turn.take(deadline);
            if (!mine_) ec = errc::timed_out;
        }
    }
    ~Call()
    {
        if (mine_) direction_.turn.leave();
        if (entered_) end_.leave();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    [[nodiscard]] explicit operator bool() const { return mine_; }

private:
    DirectEnd& end_;
    Direction& direction_;
    bool entered_ = false;
    bool mine_ = false;
};

}  // namespace penstock::blocking
