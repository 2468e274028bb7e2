#include "server/session/event_log.hpp"

#include <algorithm>

namespace penstock::session {

void EventLog::add(const LogEvent& event, base::TimePoint now)
{
    if (entries_.size() == events_max) entries_.pop_front();
    entries_.push_back({++last_, now, event});
}

std::deque<EventLog::Entry>::const_iterator EventLog::behind(std::uint64_t number) const
{
    return std::ranges::upper_bound(entries_, number, {}, &Entry::number);
}

}  // namespace penstock::session
