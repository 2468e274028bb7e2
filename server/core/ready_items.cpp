#include "server/core/ready_items.hpp"

#include "common/base/assert.hpp"
#include "server/core/memory.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock::core {

namespace {

/// The numbers of a run; about as many items as runs are passed over to find one among a million.
constexpr Seq run_length = 1024;

}  // namespace

void ReadyItems::append(AssignedItem&& item)
{
    bytes_ += item.payload.size();
    fresh_.push_back(std::move(item));
}

void ReadyItems::take_back(ItemMap::node_type&& item)
{
    bytes_ += item.mapped().payload.size();
    count_returned(item.key(), 1);
    const auto result = returned_.insert(std::move(item));
    PENSTOCK_ASSERT(result.inserted);
}

AssignedItem& ReadyItems::move_first_to(ItemMap& assigned)
{
    AssignedItem* moved = nullptr;
    if (!returned_.empty()) {
        count_returned(returned_.begin()->first, -1);
        const auto result = assigned.insert(returned_.extract(returned_.begin()));
        PENSTOCK_ASSERT(result.inserted);
        moved = &result.position->second;
    } else {
        PENSTOCK_ASSERT(!fresh_.empty());
        AssignedItem& first = fresh_.front();
        const Seq seq = first.seq;
        moved = &assigned.emplace_hint(assigned.end(), seq, std::move(first))->second;
        fresh_.pop_front();
    }
    bytes_ -= moved->payload.size();
    return *moved;
}

std::uint64_t ReadyItems::kept() const
{
    std::uint64_t sum = 0;
    for (const AssignedItem& item : fresh_) sum += kept_cost(item.payload.size());
    for (const auto& [seq, item] : returned_) sum += kept_cost(item.payload.size());
    return sum;
}

void ReadyItems::clear()
{
    // Not clear(): a deque that held millions would keep its table of blocks.
    std::deque<AssignedItem>().swap(fresh_);
    returned_.clear();
    returned_in_run_.clear();
    bytes_ = 0;
}

void ReadyItems::count_returned(Seq seq, std::int64_t change)
{
    const auto run = returned_in_run_.try_emplace(seq / run_length).first;
    run->second += static_cast<std::uint64_t>(change);
    if (run->second == 0) returned_in_run_.erase(run);
}

ItemMap::const_iterator ReadyItems::returned_at(std::uint64_t offset) const
{
    auto run = returned_in_run_.begin();
    while (offset >= run->second) offset -= (run++)->second;
    return std::next(returned_.lower_bound(run->first * run_length),
                     static_cast<std::ptrdiff_t>(offset));
}

std::vector<PeekedItem> ReadyItems::peek(std::uint64_t offset, std::size_t limit) const
{
    std::vector<PeekedItem> result;
    if (offset >= size()) return result;
    result.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(limit, size() - offset)));
    const auto add = [&result](const AssignedItem& item) {
        result.push_back({item.seq, item.attempts, item.content_type, item.payload});
    };
    if (offset < returned_.size()) {
        for (auto it = returned_at(offset); it != returned_.end() && result.size() < limit; ++it) {
            add(it->second);
        }
        offset = 0;
    } else {
        offset -= returned_.size();
    }
    for (; offset < fresh_.size() && result.size() < limit; ++offset) add(fresh_[offset]);
    return result;
}

void ReadyItems::check_invariants(const ItemMap& assigned) const
{
    std::uint64_t bytes = 0;
    Seq last = 0;
    const auto check = [&](const AssignedItem& item) {
        PENSTOCK_ASSERT(item.seq > last);
        last = item.seq;
        bytes += item.payload.size();
    };
    std::map<Seq, std::uint64_t> in_run;
    for (const auto& [seq, item] : returned_) {
        PENSTOCK_ASSERT(seq == item.seq);
        check(item);
        ++in_run[seq / run_length];
    }
    PENSTOCK_ASSERT(in_run == returned_in_run_);
    for (const AssignedItem& item : fresh_) check(item);
    PENSTOCK_ASSERT(bytes == bytes_);
    for (const auto& [seq, item] : assigned) {
        PENSTOCK_ASSERT(seq == item.seq);
        PENSTOCK_ASSERT(!returned_.contains(seq));
        PENSTOCK_ASSERT(fresh_.empty() || seq < fresh_.front().seq);
    }
}

}  // namespace penstock::core
