// ReadyItems: the items of a queue that nobody has, in its order.
// Invariant: in a FIFO queue whatever is placed goes before all that is in line; in a queue by
// priority nothing is in line.
#pragma once

#include "server/core/types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace penstock::core {

/// Where an item belongs among the ready ones of its queue.
struct Place {
    Priority priority = 0;
    Seq seq = 0;
};

/// Items that are assigned, or were, by their number alone.
struct BySeq {
    bool operator()(const Place& left, const Place& right) const { return left.seq < right.seq; }
};
using ItemMap = std::map<Place, AssignedItem, BySeq>;

class ReadyItems {
public:
    static constexpr std::uint64_t peek_depth_max = 65'536;

    explicit ReadyItems(Order order) : order_(order) {}

    /// `item.seq` is larger than that of every item before.
    void append(AssignedItem&& item);
    /// Back to its place in the order.
    void take_back(ItemMap::node_type&& item);
    /// Moves the first item over and returns it.
    AssignedItem& move_first_to(ItemMap& assigned);
    /// Takes the first item out.
    [[nodiscard]] AssignedItem take_first();
    void clear();

    [[nodiscard]] bool empty() const { return line_.empty() && placed_.empty(); }
    [[nodiscard]] std::uint64_t size() const { return line_.size() + placed_.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// The smallest number. Not in queues by priority; and something is there.
    [[nodiscard]] Seq first_seq() const;
    /// The sum of kept_cost(); linear.
    [[nodiscard]] std::uint64_t kept() const;
    /// At most `limit` items in the order in which they would be handed out, from `offset` on. In
    /// queues that are not FIFO nothing is seen behind the first peek_depth_max.
    [[nodiscard]] std::vector<PeekedItem> peek(std::uint64_t offset, std::size_t limit) const;

    /// None of `assigned` is here, and the invariant holds.
    void check_invariants(const ItemMap& assigned) const;

private:
    struct ByPlace {
        bool operator()(const Place& left, const Place& right) const
        {
            if (left.priority != right.priority) return left.priority < right.priority;
            return left.seq < right.seq;
        }
    };
    /// Its nodes are those of an ItemMap: an item moves between the two without being copied.
    using Placed = std::map<Place, AssignedItem, ByPlace>;

    [[nodiscard]] bool first_is_placed() const;
    void count_placed(Seq seq, std::int64_t change);
    [[nodiscard]] Placed::const_iterator placed_at(std::uint64_t offset) const;
    void peek_fifo(std::uint64_t offset, std::size_t limit, std::vector<PeekedItem>& result) const;
    void peek_merged(std::uint64_t offset,
                     std::size_t limit,
                     std::vector<PeekedItem>& result) const;

    Order order_;
    std::deque<AssignedItem> line_;  // by seq; those that have never left
    Placed placed_;                  // the others, and all where arrival alone doesn't decide
    // FIFO: how many of `placed_` there are to each run of numbers, so that peek() steps over runs.
    std::map<Seq, std::uint64_t> placed_in_run_;
    std::uint64_t bytes_ = 0;
};

}  // namespace penstock::core
