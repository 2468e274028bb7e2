#include "server/session/op_table.hpp"

#include "common/base/assert.hpp"

#include <algorithm>

namespace penstock::session {

namespace {

/// Done ranges are alike when one header could answer for both again.
bool may_join(const OpRange& left, const OpRange& right)
{
    if (left.state != OpState::done || right.state != OpState::done) return false;
    if (left.several || right.several) return false;
    if (left.end() != right.first || left.status != right.status) return false;
    if (left.seq == 0 && right.seq == 0) return true;
    return left.seq != 0 && left.object == right.object && left.seq + left.n == right.seq;
}

}  // namespace

void OpTable::record(const OpRange& range)
{
    PENSTOCK_ASSERT(range.first == highest_ + 1 && range.n > 0 && range.state != OpState::done);
    index_newest();
    newest_ = range.first;
    ranges_.emplace_hint(ranges_.end(), range.first, range);
    highest_ = range.end() - 1;
    count_ += range.n;
    unresolved_count_ += range.n;
}

void OpTable::index(const OpRange& range)
{
    if (range.state == OpState::done) return;
    unresolved_.insert(range.first);
    waiting_.emplace(range.handle, range.first);
}

void OpTable::unindex(const OpRange& range)
{
    if (range.state == OpState::done) return;
    unresolved_.erase(range.first);
    waiting_.erase({range.handle, range.first});
}

void OpTable::index_newest()
{
    if (ranges_.empty()) return;
    const OpRange& last = ranges_.rbegin()->second;
    if (last.first <= newest_ && last.state == OpState::done) return;  // it is part of that
    const auto newest = ranges_.find(newest_);
    if (newest != ranges_.end()) index(newest->second);
}

OpTable::Ranges::const_iterator OpTable::containing_or_after(OpId op) const
{
    auto range = ranges_.upper_bound(op);
    if (range == ranges_.begin()) return range;
    const auto before = std::prev(range);
    return before->second.end() > op ? before : range;
}

const OpRange* OpTable::find(OpId op) const
{
    const auto range = containing_or_after(op);
    if (range == ranges_.end() || range->second.first > op) return nullptr;
    return &range->second;
}

std::optional<OpRange> OpTable::next_from(OpId at, OpId end) const
{
    if (at >= end) return std::nullopt;
    const auto found = containing_or_after(at);
    if (found == ranges_.end() || found->second.first >= end) return std::nullopt;
    OpRange range = found->second;
    const OpId last_end = std::min(range.end(), end);
    if (range.first < at) {
        if (range.seq != 0) range.seq += at - range.first;
        range.first = at;
    }
    range.n = last_end - range.first;
    return range;
}

std::optional<OpRange> OpTable::next_unresolved_from(OpId at, OpId end) const
{
    const OpRange* here = find(at);
    if (here == nullptr || here->state == OpState::done) {
        const auto next = unresolved_.lower_bound(at);
        if (next == unresolved_.end()) return std::nullopt;
        at = *next;
    }
    return next_from(at, end);
}

void OpTable::split_at(OpId op)
{
    const auto found = containing_or_after(op);
    if (found == ranges_.end() || found->second.first >= op) return;
    OpRange& left = ranges_.at(found->first);
    OpRange right = left;
    right.first = op;
    right.n = left.end() - op;
    if (right.seq != 0) right.seq += op - left.first;
    left.n = op - left.first;
    ranges_.emplace(op, right);
    index(right);
}

void OpTable::set_state(OpId op, OpState state)
{
    split_at(op);
    split_at(op + 1);
    OpRange& range = ranges_.at(op);
    unindex(range);
    range.state = state;
    index(range);
}

void OpTable::set_object(OpId op, core::ObjectId object)
{
    split_at(op);
    split_at(op + 1);
    ranges_.at(op).object = object;
}

void OpTable::finish(OpId first, std::uint64_t n, Status status, core::Seq seq, bool several)
{
    PENSTOCK_ASSERT(!several || n == 1);
    split_at(first);
    split_at(first + n);
    for (auto range = ranges_.lower_bound(first);
         range != ranges_.end() && range->second.first < first + n;
         ++range) {
        unindex(range->second);
        if (range->second.state != OpState::done) unresolved_count_ -= range->second.n;
        range->second.state = OpState::done;
        range->second.status = status;
        range->second.several = several;
        range->second.seq = seq == 0 ? 0 : seq + (range->second.first - first);
    }
    merge_around(first);
    merge_around(first + n);
}

void OpTable::merge_around(OpId first)
{
    const auto right = ranges_.find(first);
    if (right == ranges_.end() || right == ranges_.begin()) return;
    const auto left = std::prev(right);
    if (!may_join(left->second, right->second)) return;
    left->second.n += right->second.n;
    ranges_.erase(right);
}

void OpTable::free(OpId first, std::uint64_t n)
{
    split_at(first);
    split_at(first + n);
    const auto begin = ranges_.lower_bound(first);
    const auto end = ranges_.lower_bound(first + n);
    for (auto range = begin; range != end; ++range) {
        unindex(range->second);
        if (range->second.state != OpState::done) unresolved_count_ -= range->second.n;
        count_ -= range->second.n;
    }
    ranges_.erase(begin, end);
}

}  // namespace penstock::session
