#include "server/core/ready_items.hpp"

#include "common/base/assert.hpp"
#include "server/core/memory.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace penstock::core {

namespace {

/// The numbers of a run; about as many items as runs are passed over to find one among a million.
constexpr Seq run_length = 1024;

PeekedItem peeked(const AssignedItem& item)
{
    return {item.seq, item.attempts, item.content_type, item.priority, item.payload};
}

}  // namespace

void ReadyItems::append(AssignedItem&& item)
{
    bytes_ += item.payload.size();
    if (order_ == Order::priority) {
        const Place place{item.priority, item.seq};
        placed_.emplace(place, std::move(item));
    } else {
        line_.push_back(std::move(item));
    }
}

void ReadyItems::take_back(ItemMap::node_type&& item)
{
    static_assert(std::is_same_v<ItemMap::node_type, Placed::node_type>);
    bytes_ += item.mapped().payload.size();
    count_placed(item.key().seq, 1);
    const auto result = placed_.insert(std::move(item));
    PENSTOCK_ASSERT(result.inserted);
}

Seq ReadyItems::first_seq() const
{
    if (placed_.empty()) return line_.front().seq;
    const Seq placed = placed_.begin()->first.seq;
    return line_.empty() ? placed : std::min(placed, line_.front().seq);
}

/// Not both are empty.
bool ReadyItems::first_is_placed() const
{
    if (placed_.empty() || line_.empty()) return line_.empty();
    return order_ != Order::lifo || placed_.rbegin()->first.seq > line_.back().seq;
}

AssignedItem& ReadyItems::move_first_to(ItemMap& assigned)
{
    PENSTOCK_ASSERT(!empty());
    const bool from_the_back = order_ == Order::lifo;
    AssignedItem* moved = nullptr;
    if (first_is_placed()) {
        const auto first = from_the_back ? std::prev(placed_.end()) : placed_.begin();
        count_placed(first->first.seq, -1);
        const auto result = assigned.insert(placed_.extract(first));
        PENSTOCK_ASSERT(result.inserted);
        moved = &result.position->second;
    } else {
        AssignedItem& first = from_the_back ? line_.back() : line_.front();
        const Place place{first.priority, first.seq};
        moved = &assigned.emplace_hint(assigned.end(), place, std::move(first))->second;
        from_the_back ? line_.pop_back() : line_.pop_front();
    }
    bytes_ -= moved->payload.size();
    return *moved;
}

AssignedItem ReadyItems::take_first()
{
    ItemMap taken;
    return std::move(move_first_to(taken));
}

std::uint64_t ReadyItems::kept() const
{
    std::uint64_t sum = 0;
    for (const AssignedItem& item : line_) sum += kept_cost(item.payload.size());
    for (const auto& [place, item] : placed_) sum += kept_cost(item.payload.size());
    return sum;
}

void ReadyItems::clear()
{
    // Not clear(): a deque that held millions would keep its table of blocks.
    std::deque<AssignedItem>().swap(line_);
    placed_.clear();
    placed_in_run_.clear();
    bytes_ = 0;
}

void ReadyItems::count_placed(Seq seq, std::int64_t change)
{
    if (order_ != Order::fifo) return;
    const auto run = placed_in_run_.try_emplace(seq / run_length).first;
    run->second += static_cast<std::uint64_t>(change);
    if (run->second == 0) placed_in_run_.erase(run);
}

ReadyItems::Placed::const_iterator ReadyItems::placed_at(std::uint64_t offset) const
{
    auto run = placed_in_run_.begin();
    while (offset >= run->second) offset -= (run++)->second;
    return std::next(placed_.lower_bound(Place{0, run->first * run_length}),
                     static_cast<std::ptrdiff_t>(offset));
}

std::vector<PeekedItem> ReadyItems::peek(std::uint64_t offset, std::size_t limit) const
{
    std::vector<PeekedItem> result;
    if (offset >= size()) return result;
    result.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(limit, size() - offset)));
    if (order_ == Order::fifo) {
        peek_fifo(offset, limit, result);
    } else if (offset < peek_depth_max) {
        peek_merged(offset, limit, result);
    }
    return result;
}

void ReadyItems::peek_fifo(std::uint64_t offset,
                           std::size_t limit,
                           std::vector<PeekedItem>& result) const
{
    if (offset < placed_.size()) {
        for (auto it = placed_at(offset); it != placed_.end() && result.size() < limit; ++it) {
            result.push_back(peeked(it->second));
        }
        offset = 0;
    } else {
        offset -= placed_.size();
    }
    for (; offset < line_.size() && result.size() < limit; ++offset) {
        result.push_back(peeked(line_[offset]));
    }
}

/// The two are merged as move_first_to would take them.
void ReadyItems::peek_merged(std::uint64_t offset,
                             std::size_t limit,
                             std::vector<PeekedItem>& result) const
{
    const auto merge = [&](auto placed, auto placed_end, auto line, auto line_end) {
        while (result.size() < limit && (placed != placed_end || line != line_end)) {
            const bool from_placed =
                line == line_end || (placed != placed_end && placed->second.seq > line->seq);
            const AssignedItem& item = from_placed ? (placed++)->second : *line++;
            if (offset == 0) {
                result.push_back(peeked(item));
            } else {
                --offset;
            }
        }
    };
    if (order_ == Order::lifo) {
        merge(placed_.rbegin(), placed_.rend(), line_.rbegin(), line_.rend());
    } else {
        merge(placed_.begin(), placed_.end(), line_.begin(), line_.end());
    }
}

void ReadyItems::check_invariants(const ItemMap& assigned) const
{
    std::uint64_t bytes = 0;
    std::map<Seq, std::uint64_t> in_run;
    for (const auto& [place, item] : placed_) {
        if (order_ == Order::fifo) ++in_run[item.seq / run_length];
        PENSTOCK_ASSERT(place.seq == item.seq && place.priority == item.priority);
        PENSTOCK_ASSERT(order_ == Order::priority || item.priority == 0);
        PENSTOCK_ASSERT(order_ != Order::fifo || line_.empty() || item.seq < line_.front().seq);
        bytes += item.payload.size();
    }
    PENSTOCK_ASSERT(in_run == placed_in_run_);
    Seq last = 0;
    for (const AssignedItem& item : line_) {
        PENSTOCK_ASSERT(order_ != Order::priority && item.seq > last);
        last = item.seq;
        bytes += item.payload.size();
    }
    PENSTOCK_ASSERT(bytes == bytes_);
    for (const auto& [place, item] : assigned) {
        PENSTOCK_ASSERT(place.seq == item.seq && place.priority == item.priority);
        PENSTOCK_ASSERT(!placed_.contains(place));
        const auto at = std::ranges::lower_bound(line_, item.seq, {}, &AssignedItem::seq);
        PENSTOCK_ASSERT(at == line_.end() || at->seq != item.seq);
    }
}

}  // namespace penstock::core
