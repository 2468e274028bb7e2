// Memory: what all items of a broker take, and which queues have puts that wait for room in it.
// Invariant: used() is the sum of kept_cost() over every ready and every assigned item, and the
// size of the blocks that small ones share.
#pragma once

#include "server/core/types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace penstock::core {

/// What an item takes beside its payload, so that empty items aren't free.
inline constexpr std::uint64_t item_overhead = 128;

/// What an item takes when it comes.
[[nodiscard]] constexpr std::uint64_t item_cost(std::size_t payload_size)
{
    return payload_size + item_overhead;
}

/// Smaller payloads lie in blocks that they share.
inline constexpr std::size_t packed_size_max = 4'096;

/// What goes with the item: a small one's block goes with the last item in it.
[[nodiscard]] constexpr std::uint64_t kept_cost(std::size_t payload_size)
{
    return payload_size < packed_size_max ? item_overhead : item_cost(payload_size);
}

/// One for all queues of a broker. Only puts are held up by it: whatever takes items out must go
/// on, since it is what makes room again.
class Memory {
public:
    explicit Memory(std::uint64_t max) : max_(max) {}

    [[nodiscard]] std::uint64_t used() const { return items_ + *blocks_; }
    /// Without the blocks.
    [[nodiscard]] std::uint64_t items() const { return items_; }
    /// The size of all blocks that small items share; each block has this, too.
    [[nodiscard]] const std::shared_ptr<std::uint64_t>& blocks() const { return blocks_; }
    [[nodiscard]] std::uint64_t max() const { return max_; }
    /// May go below used(): then nothing is admitted until enough was taken out.
    void set_max(std::uint64_t max) { max_ = max; }

    void add(std::uint64_t cost) { items_ += cost; }
    void subtract(std::uint64_t cost) { items_ -= cost; }

    /// Whether an item of this cost may enter `queue`. Those that wait go first, in their order: a
    /// large item isn't passed over for ever by small ones.
    [[nodiscard]] bool admits(ObjectId queue, std::uint64_t cost) const
    {
        const bool first_in_line = waiting_.empty() || waiting_.front() == queue;
        // One that is larger than a lowered max would else keep the line waiting for ever.
        const bool fits = used() == 0 || (used() <= max_ && cost <= max_ - used());
        return first_in_line && fits;
    }

    /// The queues whose puts wait for memory; each is in the line once.
    [[nodiscard]] bool anybody_waits() const { return !waiting_.empty(); }
    [[nodiscard]] ObjectId first_in_line() const { return waiting_.front(); }
    void join_line(ObjectId queue) { waiting_.push_back(queue); }
    void leave_line() { waiting_.pop_front(); }
    /// The queue is removed.
    void leave_line(ObjectId queue) { std::erase(waiting_, queue); }

private:
    std::uint64_t max_;
    std::uint64_t items_ = 0;
    std::shared_ptr<std::uint64_t> blocks_ = std::make_shared<std::uint64_t>(0);
    std::deque<ObjectId> waiting_;
};

}  // namespace penstock::core
