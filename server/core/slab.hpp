// Slab: keeps small payloads of one queue together, so that an item of 64 bytes does not keep the
// whole block alive that it was received in.
#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <memory>

namespace penstock::core {

class Slab {
public:
    /// Payloads below this size are copied into blocks that they share.
    static constexpr std::size_t shared_size_max = 4'096;
    /// Payloads below this size are copied, each for itself; larger ones keep their slices. A slice
    /// keeps the block alive that it was received in, up to 260 KiB: of that it must be the larger
    /// part, else what the broker takes would be a multiple of what it counts.
    static constexpr std::size_t copied_size_max = std::size_t{128} * 1024;
    static constexpr std::size_t block_size_max = 16'384;
    /// A queue that holds little keeps little: blocks begin here and double while it fills.
    static constexpr std::size_t block_size_min = 512;

    /// The same bytes, in as few blocks as they are worth.
    [[nodiscard]] base::Rope pack(base::Rope&& payload);
    /// Lets go of the block that is being filled. It dies with its last item, as the others do.
    void release();

private:
    [[nodiscard]] base::Slice copy_into_block(const base::Rope& payload);

    std::shared_ptr<std::byte[]> block_;
    std::size_t block_size_ = 0;
    std::size_t used_ = 0;
};

}  // namespace penstock::core
