// Slab: keeps small payloads of one queue together, so that an item of 64 bytes does not keep the
// whole block alive that it was received in. A block counts until all in it is gone.
#pragma once

#include "common/base/bytes.hpp"
#include "server/core/memory.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace penstock::core {

class Slab {
public:
    explicit Slab(const Memory& memory) : blocks_(memory.blocks()) {}

    /// Payloads below this size are copied into blocks that they share.
    static constexpr std::size_t shared_size_max = packed_size_max;
    /// Payloads below this size are copied, each for itself; larger ones keep their slices. A slice
    /// keeps the block alive that it was received in, up to 260 KiB: of that it must be the larger
    /// part, else what the broker takes would be a multiple of what it counts.
    static constexpr std::size_t copied_size_max = std::size_t{128} * 1024;
    static constexpr std::size_t block_size_max = 16'384;
    /// A queue that holds little keeps little: blocks begin here and double while it fills.
    static constexpr std::size_t block_size_min = 512;

    /// The same bytes, for as long as an item is in the queue.
    [[nodiscard]] base::Rope pack(base::Rope&& payload);
    /// The same bytes for what waits to get in: never in a shared block, since memory may be just
    /// what it waits for.
    [[nodiscard]] static base::Rope keep(base::Rope&& payload);
    /// Lets go of the block that is being filled. It dies with its last item, as the others do.
    void release();

private:
    /// One item that stays keeps all of it: so it counts whole until the last one is gone, wherever
    /// that is. The sum outlives the queue and its Memory.
    struct Block {
        Block(std::size_t block_size, std::shared_ptr<std::uint64_t> sum_of_blocks);
        ~Block() { *sum -= size; }
        Block(const Block&) = delete;
        Block& operator=(const Block&) = delete;

        std::unique_ptr<std::byte[]> bytes;
        std::size_t size;
        std::size_t used = 0;
        std::shared_ptr<std::uint64_t> sum;
    };

    [[nodiscard]] base::Slice copy_into_block(const base::Rope& payload);

    std::shared_ptr<std::uint64_t> blocks_;
    std::shared_ptr<Block> block_;
    std::size_t block_size_ = 0;
};

}  // namespace penstock::core
