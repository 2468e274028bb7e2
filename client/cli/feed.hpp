// Feed: when the broker is asked next, what it said last, and how fresh that is.
#pragma once

#include "client/cli/board.hpp"

#include <penstock/duration.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace penstock::cli {

using TimePoint = std::chrono::steady_clock::time_point;

/// Between two tries to reach a broker that has gone: doubled from one to the next.
inline constexpr Duration retry_time_min = std::chrono::milliseconds(100);
inline constexpr Duration retry_time_max = std::chrono::seconds(5);
/// Without an answer for so long, and for three intervals, what is shown isn't called live.
inline constexpr Duration silence_max = std::chrono::seconds(5);

/// How it stands with the broker, now.
struct Link {
    enum class State : std::uint8_t { live, silent, reconnecting };
    /// A while without data, which is over.
    struct Gap {
        Duration length{};
        bool restarted = false;      // the broker is another one now, with nothing in it
        Duration ago{};              // since it was over
        std::uint64_t readings = 0;  // that came since, with the first one
    };
    State state = State::live;
    Duration age{};           // of the data
    std::uint64_t tries = 0;  // to reconnect, in vain
    std::string why;          // the last one, or the call, failed
    std::optional<Gap> gap;   // the last one
};

/// Knows no clock: moments come in as arguments. `random` gives numbers from 0 to 1, so that those
/// who lost one broker don't all come back at once.
class Feed {
public:
    Feed(Duration interval, std::function<double()> random);

    /// When to ask.
    [[nodiscard]] TimePoint due() const { return due_; }
    /// It was answered; that ends a gap, if there was one.
    void took(Reading reading, TimePoint now);
    void failed(const std::string& why, TimePoint now);

    [[nodiscard]] const Board& board() const { return board_; }
    [[nodiscard]] Link link(TimePoint now) const;
    [[nodiscard]] Duration interval() const { return interval_; }

private:
    struct GapEnd {
        Link::Gap gap;
        TimePoint at{};
    };

    Duration interval_;
    std::function<double()> random_;
    Board board_;
    TimePoint due_{};
    TimePoint read_at_{};
    bool lost_ = false;
    std::uint64_t tries_ = 0;
    std::string why_;
    std::optional<GapEnd> gap_;
};

}  // namespace penstock::cli
