#include "server/session/got_items.hpp"

#include "common/base/assert.hpp"

#include <iterator>

namespace penstock::session {

void GotItems::add(core::Seq seq)
{
    ++last_index_;
    if (!runs_.empty()) {
        auto& [index, run] = *runs_.rbegin();
        if (index + run.n == last_index_ && run.first + run.n == seq) {
            ++run.n;
            return;
        }
    }
    runs_.emplace_hint(runs_.end(), last_index_, core::SeqRange{seq, 1});
}

GotItems::Runs::const_iterator GotItems::containing(std::uint64_t index) const
{
    const auto behind = runs_.upper_bound(index);
    if (behind == runs_.begin()) return runs_.end();
    const auto run = std::prev(behind);
    return index - run->first < run->second.n ? run : runs_.end();
}

std::optional<core::Seq> GotItems::find(std::uint64_t index) const
{
    const auto run = containing(index);
    if (run == runs_.end()) return std::nullopt;
    return run->second.first + (index - run->first);
}

void GotItems::remove(std::uint64_t index)
{
    const auto found = containing(index);
    PENSTOCK_ASSERT(found != runs_.end());
    const auto [first_index, run] = *found;
    const std::uint64_t before = index - first_index;
    const std::uint64_t behind = run.n - before - 1;
    runs_.erase(found);
    if (before > 0) runs_.emplace(first_index, core::SeqRange{run.first, before});
    if (behind > 0) runs_.emplace(index + 1, core::SeqRange{run.first + before + 1, behind});
}

}  // namespace penstock::session
