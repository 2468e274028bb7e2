#include "server/core/ready_items.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock::core {

void ReadyItems::append(AssignedItem&& item)
{
    bytes_ += item.payload.size();
    fresh_.push_back(std::move(item));
}

void ReadyItems::take_back(ItemMap::node_type&& item)
{
    bytes_ += item.mapped().payload.size();
    const auto result = returned_.insert(std::move(item));
    PENSTOCK_ASSERT(result.inserted);
}

AssignedItem& ReadyItems::move_first_to(ItemMap& assigned)
{
    AssignedItem* moved = nullptr;
    if (!returned_.empty()) {
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

void ReadyItems::clear()
{
    // Not clear(): a deque that held millions would keep its table of blocks.
    std::deque<AssignedItem>().swap(fresh_);
    returned_.clear();
    bytes_ = 0;
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
        auto it = std::next(returned_.begin(), static_cast<std::ptrdiff_t>(offset));
        for (; it != returned_.end() && result.size() < limit; ++it) add(it->second);
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
    for (const auto& [seq, item] : returned_) {
        PENSTOCK_ASSERT(seq == item.seq);
        check(item);
    }
    for (const AssignedItem& item : fresh_) check(item);
    PENSTOCK_ASSERT(bytes == bytes_);
    for (const auto& [seq, item] : assigned) {
        PENSTOCK_ASSERT(seq == item.seq);
        PENSTOCK_ASSERT(!returned_.contains(seq));
        PENSTOCK_ASSERT(fresh_.empty() || seq < fresh_.front().seq);
    }
}

}  // namespace penstock::core
