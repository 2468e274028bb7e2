// EventLog: the last lines of the log, for those who ask, and how often each event came.
// Invariant: the numbers of what is kept rise; one that is missing was only counted.
#pragma once

#include "common/base/time.hpp"
#include "server/session/log_event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string_view>

namespace penstock::session {

class EventLog {
public:
    static constexpr std::size_t events_max = 500;

    struct Entry {
        std::uint64_t number = 0;
        base::TimePoint at{};
        LogEvent event;
    };

    /// It goes to the log.
    void add(const LogEvent& event, base::TimePoint now);
    /// It came; whether it goes to the log or not.
    void count(std::string_view event) { ++counts_[event]; }
    /// It didn't go to the log.
    void skip() { ++last_; }

    [[nodiscard]] std::uint64_t last() const { return last_; }
    /// The first one behind a number.
    [[nodiscard]] std::deque<Entry>::const_iterator behind(std::uint64_t number) const;
    [[nodiscard]] std::deque<Entry>::const_iterator end() const { return entries_.end(); }
    [[nodiscard]] const std::map<std::string_view, std::uint64_t>& counts() const
    {
        return counts_;
    }

private:
    std::deque<Entry> entries_;
    std::map<std::string_view, std::uint64_t> counts_;  // by code, a literal
    std::uint64_t last_ = 0;
};

}  // namespace penstock::session
