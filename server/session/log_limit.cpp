#include "server/session/log_limit.hpp"

namespace penstock::session {

namespace {

constexpr std::string_view other_sources = "others";

}  // namespace

bool LogLimit::add(LogEvent event,
                   std::string_view source,
                   base::TimePoint now,
                   std::vector<LogEvent>& out,
                   std::size_t lines_max)
{
    if (interval_ <= base::Duration::zero()) {
        out.push_back(std::move(event));
        return true;
    }
    expire(now, out);
    Key key(event.event, source);
    auto found = entries_.find(key);
    if (found == entries_.end() && entries_.size() >= entries_max_) {
        key.second = other_sources;
        found = entries_.find(key);
    }
    if (found == entries_.end()) {
        found = entries_.emplace(key, Entry{event.level, 0, 0}).first;
        ends_.emplace_back(now + interval_, std::move(key));
    }
    if (found->second.lines >= lines_max) {
        ++found->second.suppressed;
        return false;
    }
    ++found->second.lines;
    out.push_back(std::move(event));
    return true;
}

void LogLimit::expire(base::TimePoint now, std::vector<LogEvent>& out)
{
    while (!ends_.empty() && ends_.front().first <= now) end_first(out);
}

void LogLimit::end(std::vector<LogEvent>& out)
{
    while (!ends_.empty()) end_first(out);
}

std::optional<base::TimePoint> LogLimit::next_deadline() const
{
    if (ends_.empty()) return std::nullopt;
    return ends_.front().first;
}

void LogLimit::end_first(std::vector<LogEvent>& out)
{
    const auto found = entries_.find(ends_.front().second);
    const auto& [event, source] = found->first;
    if (found->second.suppressed > 0) {
        out.push_back(
            {found->second.level,
             event,
             {{"source", source}, {"suppressed", std::to_string(found->second.suppressed)}}});
    }
    entries_.erase(found);
    ends_.pop_front();
}

}  // namespace penstock::session
