// Alarm: a timer for the earliest of many deadlines, which is set anew only where that changes.
#pragma once

#include "common/base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <optional>
#include <utility>

namespace penstock::async::detail {

namespace asio = boost::asio;

/// On the strand.
class Alarm {
public:
    explicit Alarm(const asio::strand<asio::any_io_executor>& strand) : timer_(strand) {}

    /// Calls `due`, later, when `next` has come (without it never), unless it is set for another
    /// time before. `due` must not need this to be there still.
    template <class Due>
    void set(std::optional<base::TimePoint> next, Due due)
    {
        if (next == base::no_deadline) next.reset();
        if (next == set_for_) return;
        set_for_ = next;
        if (!next) {
            timer_.cancel();
            return;
        }
        timer_.expires_at(*next);
        timer_.async_wait([due = std::move(due)](const boost::system::error_code& ec) {
            if (!ec) due();
        });
    }
    /// Whether it is set for `time` or earlier, and did not say over() since.
    [[nodiscard]] bool comes_by(base::TimePoint time) const
    {
        return set_for_ && *set_for_ <= time;
    }
    void over() { set_for_.reset(); }
    void cancel()
    {
        set_for_.reset();
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    std::optional<base::TimePoint> set_for_;
};

}  // namespace penstock::async::detail
