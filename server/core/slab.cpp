#include "server/core/slab.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace penstock::core {

namespace {

void copy(const base::Rope& payload, std::byte* to)
{
    payload.for_each([&to](const base::Slice& slice) {
        std::memcpy(to, slice.data(), slice.size());
        to += slice.size();
    });
}

}  // namespace

Slab::Block::Block(std::size_t block_size, std::shared_ptr<std::uint64_t> sum_of_blocks)
    : bytes(std::make_unique_for_overwrite<std::byte[]>(block_size)),
      size(block_size),
      sum(std::move(sum_of_blocks))
{
    *sum += size;
}

base::Rope Slab::pack(base::Rope&& payload)
{
    if (payload.empty()) return std::move(payload);
    if (payload.size() < shared_size_max) return base::Rope(copy_into_block(payload));
    return keep(std::move(payload));
}

base::Rope Slab::keep(base::Rope&& payload)
{
    if (payload.empty() || payload.size() >= copied_size_max) return std::move(payload);
    auto own = std::make_shared_for_overwrite<std::byte[]>(payload.size());
    copy(payload, own.get());
    std::byte* const bytes = own.get();
    return base::Rope(base::Slice({std::move(own), bytes}, payload.size()));
}

void Slab::release()
{
    block_.reset();
    block_size_ = 0;
}

base::Slice Slab::copy_into_block(const base::Rope& payload)
{
    if (block_ == nullptr || block_size_ - block_->used < payload.size()) {
        block_size_ = std::clamp(block_size_ * 2, block_size_min, block_size_max);
        while (block_size_ < payload.size()) block_size_ *= 2;
        block_ = std::make_shared<Block>(block_size_, blocks_);
    }
    std::byte* const bytes = block_->bytes.get() + block_->used;
    copy(payload, bytes);
    block_->used += payload.size();
    return {{block_, bytes}, payload.size()};
}

}  // namespace penstock::core
