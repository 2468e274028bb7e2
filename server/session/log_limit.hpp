// Lets each event of a source into the log once per interval, or so many times, and counts the
// rest, so that nobody can fill the disk with what he does. Sans-IO.
#pragma once

#include "common/base/time.hpp"
#include "server/session/log_event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::session {

class LogLimit {
public:
    /// An interval of 0: everything is logged.
    LogLimit(base::Duration interval, std::size_t entries_max)
        : interval_(interval), entries_max_(entries_max)
    {}

    /// Appends the event to `out`, or counts it: false. When the table is full, those of further
    /// sources share one entry per event.
    bool add(LogEvent event,
             std::string_view source,
             base::TimePoint now,
             std::vector<LogEvent>& out,
             std::size_t lines_max = 1);
    /// Ends the intervals that are over: a line with `suppressed=N` for each that held back any.
    void expire(base::TimePoint now, std::vector<LogEvent>& out);
    /// Ends all of them, for a broker that ends.
    void end(std::vector<LogEvent>& out);
    [[nodiscard]] std::optional<base::TimePoint> next_deadline() const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    using Key = std::pair<std::string_view, std::string>;  // event (a literal) and source

    struct Entry {
        LogLevel level = LogLevel::info;
        std::size_t lines = 0;
        std::uint64_t suppressed = 0;
    };

    void end_first(std::vector<LogEvent>& out);

    base::Duration interval_;
    std::size_t entries_max_;
    std::map<Key, Entry> entries_;
    std::deque<std::pair<base::TimePoint, Key>> ends_;  // all intervals are alike: first come
};

}  // namespace penstock::session
