// ReadyItems: the items of a queue that nobody has, in its order.
// Invariant: whatever was returned had left at the front, so it goes before all that never left.
#pragma once

#include "server/core/types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace penstock::core {

/// Items that are assigned, or were. A node moves between the two without being copied.
using ItemMap = std::map<Seq, AssignedItem>;

class ReadyItems {
public:
    /// `item.seq` is larger than that of every item before.
    void append(AssignedItem&& item);
    void take_back(ItemMap::node_type&& item);
    /// Moves the first item over and returns it.
    AssignedItem& move_first_to(ItemMap& assigned);
    void clear();

    [[nodiscard]] bool empty() const { return fresh_.empty() && returned_.empty(); }
    [[nodiscard]] std::uint64_t size() const { return fresh_.size() + returned_.size(); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// The sum of kept_cost(); linear.
    [[nodiscard]] std::uint64_t kept() const;
    [[nodiscard]] std::vector<PeekedItem> peek(std::uint64_t offset, std::size_t limit) const;

    /// None of `assigned` is here, and none came after what never left.
    void check_invariants(const ItemMap& assigned) const;

private:
    void count_returned(Seq seq, std::int64_t change);
    [[nodiscard]] ItemMap::const_iterator returned_at(std::uint64_t offset) const;

    std::deque<AssignedItem> fresh_;
    ItemMap returned_;
    // How many of `returned_` there are to each run of numbers: so that peek() steps over runs.
    std::map<Seq, std::uint64_t> returned_in_run_;
    std::uint64_t bytes_ = 0;
};

}  // namespace penstock::core
