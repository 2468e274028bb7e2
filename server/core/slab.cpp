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

base::Rope Slab::pack(base::Rope&& payload)
{
    if (payload.empty() || payload.size() >= copied_size_max) return std::move(payload);
    if (payload.size() < shared_size_max) return base::Rope(copy_into_block(payload));
    auto own = std::make_shared_for_overwrite<std::byte[]>(payload.size());
    copy(payload, own.get());
    std::byte* const bytes = own.get();
    return base::Rope(base::Slice({std::move(own), bytes}, payload.size()));
}

void Slab::release()
{
    block_.reset();
    block_size_ = 0;
    used_ = 0;
}

base::Slice Slab::copy_into_block(const base::Rope& payload)
{
    if (block_size_ - used_ < payload.size()) {
        block_size_ = std::clamp(block_size_ * 2, block_size_min, block_size_max);
        while (block_size_ < payload.size()) block_size_ *= 2;
        block_ = std::make_shared_for_overwrite<std::byte[]>(block_size_);
        used_ = 0;
    }
    std::byte* const bytes = block_.get() + used_;
    copy(payload, bytes);
    used_ += payload.size();
    return {{block_, bytes}, payload.size()};
}

}  // namespace penstock::core
