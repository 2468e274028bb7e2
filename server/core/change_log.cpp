#include "server/core/change_log.hpp"

#include "common/base/assert.hpp"

#include <algorithm>

namespace penstock::core {

void ChangeLog::Row::add(std::uint64_t id)
{
    PENSTOCK_ASSERT(version_ == not_there);
    id_ = id;
    version_ = ++log_.version_;
    log_.rows_.emplace_hint(log_.rows_.end(), version_, this);
}

void ChangeLog::remove(const Row& row)
{
    rows_.erase(row.version_);
    removed_.push_back({row.id_, ++version_});
    if (removed_.size() <= removed_max) return;
    forgotten_ = removed_.front().version;
    removed_.pop_front();
}

void ChangeLog::move_to_end(Row& row)
{
    auto node = rows_.extract(row.version_);
    row.version_ = node.key() = ++version_;
    rows_.insert(rows_.end(), std::move(node));
}

/// Whether a reader who was told up to `since` has to begin anew.
bool ChangeLog::begins_anew(std::uint64_t since)
{
    const bool anew = since == 0 || since < forgotten_ || since > version_;
    if (!anew || rows_.empty() || rows_.begin()->first > forgotten_) return anew;
    // Reading all may take him several turns. Were he told a version from before what is forgotten,
    // he would begin anew in each of them. Comes at most once for so many that are removed.
    for (std::size_t left = rows_.size(); left > 0; --left) move_to_end(*rows_.begin()->second);
    return anew;
}

void ChangeLog::finish(ChangesTold& told, std::uint64_t begin)
{
    told_ = std::max(told_, told.version);
    if (told.from_start) return;  // he has none of them
    const auto later = [](std::uint64_t version, const Removed& removed) {
        return version < removed.version;
    };
    auto gone = std::upper_bound(removed_.begin(), removed_.end(), begin, later);
    for (; gone != removed_.end() && gone->version <= told.version; ++gone) {
        told.removed.push_back(gone->id);
    }
}

void ChangeLog::check_invariants() const
{
    for (const auto& [version, row] : rows_) {
        PENSTOCK_ASSERT(row->version_ == version && version <= version_);
    }
    PENSTOCK_ASSERT(removed_.size() <= removed_max && told_ <= version_);
    PENSTOCK_ASSERT(removed_.empty() || removed_.front().version > forgotten_);
}

}  // namespace penstock::core
