// BlockPool: takes back the blocks that long items lay in, to hand them out again or to free them a
// few at a time. To free 256 MiB at once takes the kernel tens of milliseconds.
// Invariant: there is room for every block that may come back, so taking one back can't fail.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace penstock::base {

/// Its blocks are let go of on its owner's thread, and may outlive it.
class BlockPool {
public:
    /// What is in it means nothing.
    [[nodiscard]] std::shared_ptr<std::byte[]> block(std::size_t size);
    /// How many have come back.
    [[nodiscard]] std::size_t idle() const { return shelf_->idle.size(); }
    /// Frees up to `freed_at_once` of them.
    void free_some();

    static constexpr std::size_t freed_at_once = 4;
    /// Smaller ones are better off at the heap, which doesn't ask the kernel for each.
    static constexpr std::size_t block_size_min = std::size_t{64} * 1024;

private:
    struct Block {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t size = 0;
    };
    struct Shelf {
        std::vector<Block> idle;
        std::size_t lent = 0;
    };

    std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
};

}  // namespace penstock::base
