#include "server/session/penalties.hpp"

#include <algorithm>
#include <iterator>

namespace penstock::session {

void Penalties::add(std::string_view source, base::Duration duration, base::TimePoint now)
{
    if (entries_max_ == 0 || duration <= base::Duration::zero()) return;
    const base::TimePoint until = now + duration;
    const auto found = by_source_.find(source);
    if (found != by_source_.end()) {
        const auto entry = found->second;
        entry->until = std::max(entry->until, until);
        by_age_.splice(by_age_.end(), by_age_, entry);
        return;
    }
    if (by_age_.size() >= entries_max_) {
        by_source_.erase(by_age_.front().source);
        by_age_.pop_front();
    }
    by_age_.push_back({std::string(source), until});
    by_source_.emplace(by_age_.back().source, std::prev(by_age_.end()));
}

bool Penalties::locked_out(std::string_view source, base::TimePoint now) const
{
    const auto found = by_source_.find(source);
    return found != by_source_.end() && now < found->second->until;
}

}  // namespace penstock::session
