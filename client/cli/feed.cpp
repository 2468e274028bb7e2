#include "client/cli/feed.hpp"

#include <algorithm>
#include <utility>

namespace penstock::cli {

namespace {

/// From half of it to all of it.
Duration jittered(Duration time, double random)
{
    const double factor = 0.5 + std::clamp(random, 0.0, 1.0) / 2;
    return std::chrono::duration_cast<Duration>(time * factor);
}

Duration retry_time(std::uint64_t tries)
{
    Duration time = retry_time_min;
    for (std::uint64_t i = 1; i < tries && time < retry_time_max; ++i) time *= 2;
    return std::min(time, retry_time_max);
}

}  // namespace

Feed::Feed(Duration interval, std::function<double()> random)
    : interval_(interval), random_(std::move(random))
{}

void Feed::took(Reading reading, TimePoint now)
{
    const bool restarted = board_.take(std::move(reading));
    if (lost_) gap_ = GapEnd{{now - read_at_, restarted, {}, 0}, now};
    if (gap_) ++gap_->gap.readings;
    // Evenly; what was missed isn't made up.
    due_ += interval_;
    if (lost_ || due_ < now) due_ = now + interval_;
    lost_ = false;
    tries_ = 0;
    why_.clear();
    read_at_ = now;
}

void Feed::failed(const std::string& why, TimePoint now)
{
    lost_ = true;
    ++tries_;
    why_ = why;
    due_ = now + jittered(retry_time(tries_), random_());
}

Link Feed::link(TimePoint now) const
{
    Link link;
    link.age = std::max(now - read_at_, Duration::zero());
    link.tries = tries_;
    link.why = why_;
    if (lost_) {
        link.state = Link::State::reconnecting;
    } else if (link.age > std::max(silence_max, 3 * interval_)) {
        link.state = Link::State::silent;
    }
    if (gap_) {
        link.gap = gap_->gap;
        link.gap->ago = now - gap_->at;
    }
    return link;
}

}  // namespace penstock::cli
