#include "server/core/ages.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <iterator>

namespace penstock::core {

void Ages::mark(Seq seq, TimePoint now, Seq kept)
{
    forget_before(kept);
    if (marks_.size() >= thin_at_) thin(now);
    marks_.push_back({seq, now});
    next_mark_ = now + interval;
}

TimePoint Ages::put_at(Seq seq) const
{
    return at(seq).time;
}

void Ages::none_ready()
{
    for (Mark& mark : marks_) mark.ready = 0;
}

std::optional<Seq> Ages::first_ready() const
{
    const auto found =
        std::ranges::find_if(marks_, [](const Mark& mark) { return mark.ready > 0; });
    if (found == marks_.end()) return std::nullopt;
    return found->seq;
}

const Ages::Mark& Ages::at(Seq seq) const
{
    PENSTOCK_ASSERT(!marks_.empty());
    const auto behind = std::ranges::upper_bound(marks_, seq, {}, &Mark::seq);
    return behind == marks_.begin() ? *behind : *std::prev(behind);
}

Ages::Mark& Ages::at(Seq seq)
{
    PENSTOCK_ASSERT(!marks_.empty());
    const auto behind = std::ranges::upper_bound(marks_, seq, {}, &Mark::seq);
    return behind == marks_.begin() ? *behind : *std::prev(behind);
}

void Ages::forget()
{
    marks_ = {};
    next_mark_ = TimePoint::min();
    thin_at_ = thin_at_min;
}

void Ages::forget_before(Seq kept)
{
    const auto behind = std::ranges::upper_bound(marks_, kept, {}, &Mark::seq);
    if (behind != marks_.begin()) marks_.erase(marks_.begin(), std::prev(behind));
}

/// The older a mark, the farther it may be from its neighbours: so there are some hundreds at most,
/// however long items lie.
void Ages::thin(TimePoint now)
{
    std::size_t kept = 0;
    for (std::size_t i = 1; i < marks_.size(); ++i) {
        const bool is_last = i + 1 == marks_.size();
        const TimePoint next = is_last ? now : marks_[i + 1].time;
        const auto apart = std::max<base::Duration>(interval, (now - next) / 100);
        if (!is_last && next - marks_[kept].time <= apart) {
            marks_[kept].ready += marks_[i].ready;
        } else {
            marks_[++kept] = marks_[i];
        }
    }
    marks_.resize(kept + 1);
    thin_at_ = std::max(thin_at_min, 2 * marks_.size());
}

}  // namespace penstock::core
