#include "common/base/id_ranges.hpp"

#include "common/base/assert.hpp"

#include <algorithm>

namespace penstock::base {

// In here ranges are closed, [first, last]: then no sum can overflow.

void IdRanges::add(std::uint64_t first, std::uint64_t n)
{
    if (n == 0) return;
    PENSTOCK_ASSERT(n - 1 <= UINT64_MAX - first);
    std::uint64_t last = first + (n - 1);

    auto at = ranges_.upper_bound(first);
    if (at != ranges_.begin()) {
        const auto before = std::prev(at);
        const std::uint64_t before_last = before->first + (before->second - 1);
        if (first == 0 || before_last >= first - 1) at = before;
    }
    while (at != ranges_.end() && (last == UINT64_MAX || at->first <= last + 1)) {
        first = std::min(first, at->first);
        last = std::max(last, at->first + (at->second - 1));
        at = ranges_.erase(at);
    }
    ranges_.emplace_hint(at, first, last - first + 1);
}

void IdRanges::remove(std::uint64_t first, std::uint64_t n)
{
    if (n == 0) return;
    PENSTOCK_ASSERT(n - 1 <= UINT64_MAX - first);
    const std::uint64_t last = first + (n - 1);

    auto at = ranges_.upper_bound(first);
    if (at != ranges_.begin()) --at;
    while (at != ranges_.end() && at->first <= last) {
        const std::uint64_t at_first = at->first;
        const std::uint64_t at_last = at_first + (at->second - 1);
        if (at_last < first) {
            ++at;
            continue;
        }
        at = ranges_.erase(at);
        if (at_first < first) ranges_.emplace_hint(at, at_first, first - at_first);
        if (at_last > last) ranges_.emplace_hint(at, last + 1, at_last - last);
    }
}

std::vector<IdRange> IdRanges::take_all(std::uint64_t n_max)
{
    PENSTOCK_ASSERT(n_max > 0);
    std::vector<IdRange> taken;
    taken.reserve(ranges_.size());
    for (IdRange range : *this) {
        for (; range.n > n_max; range.first += n_max, range.n -= n_max)
            taken.push_back({range.first, n_max});
        taken.push_back(range);
    }
    ranges_.clear();
    return taken;
}

bool IdRanges::contains(std::uint64_t id) const
{
    const auto after = ranges_.upper_bound(id);
    if (after == ranges_.begin()) return false;
    const auto at = std::prev(after);
    return id - at->first < at->second;
}

std::uint64_t IdRanges::count() const
{
    std::uint64_t total = 0;
    for (const auto& range : ranges_) total += range.second;
    return total;
}

}  // namespace penstock::base
