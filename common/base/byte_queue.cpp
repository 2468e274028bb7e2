#include "common/base/byte_queue.hpp"

#include <algorithm>
#include <cstring>

namespace penstock::base {

namespace {

constexpr std::size_t block_size_min = 512;

}  // namespace

std::size_t ByteQueue::room() const
{
    return parts_.empty() ? 0 : parts_.back().capacity - parts_.back().used;
}

void ByteQueue::add_block(std::size_t size_min)
{
    // As large as what waits: a queue that stays short stays small, a long one has few parts.
    Part part;
    part.capacity = std::max(size_min, std::clamp(size_, block_size_min, block_size_max));
    part.block.reset(new std::byte[part.capacity]);
    parts_.push_back(std::move(part));
}

std::span<std::byte> ByteQueue::extend(std::size_t size)
{
    if (size == 0) return {};
    if (room() < size) add_block(size);
    Part& part = parts_.back();
    const std::span<std::byte> place(part.block.get() + part.used, size);
    part.used += size;
    size_ += size;
    return place;
}

void ByteQueue::append(std::span<const std::byte> bytes)
{
    // What is left of the last block first: else bulk that is copied would leave holes.
    const std::size_t fits = std::min(room(), bytes.size());
    if (fits > 0) std::memcpy(extend(fits).data(), bytes.data(), fits);
    bytes = bytes.subspan(fits);
    if (!bytes.empty()) std::memcpy(extend(bytes.size()).data(), bytes.data(), bytes.size());
}

void ByteQueue::append(const Slice& slice)
{
    if (slice.size() < share_size_min) return append(slice.span());
    Part part;
    part.shared = slice;
    parts_.push_back(std::move(part));
    size_ += slice.size();
}

void ByteQueue::append(const Rope& rope)
{
    rope.for_each([this](const Slice& slice) { append(slice); });
}

std::size_t ByteQueue::gather(std::span<std::span<const std::byte>> parts) const
{
    std::size_t filled = 0;
    std::size_t offset = first_offset_;
    for (std::size_t at = first_; at < parts_.size() && filled < parts.size(); ++at) {
        const std::span<const std::byte> rest = parts_[at].span().subspan(offset);
        offset = 0;
        if (!rest.empty()) parts[filled++] = rest;
    }
    return filled;
}

void ByteQueue::consume(std::size_t size)
{
    PENSTOCK_ASSERT(size <= size_);
    size_ -= size;
    if (size_ == 0) return clear();
    while (size > 0) {
        const std::size_t left = parts_[first_].span().size() - first_offset_;
        if (size < left) {
            first_offset_ += size;
            break;
        }
        size -= left;
        first_offset_ = 0;
        parts_[first_++] = Part{};
    }
    // Half of the entries at most are dead, and each is moved once for one that died.
    if (first_ > parts_.size() / 2) {
        parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

void ByteQueue::clear()
{
    // A queue without output owns no memory: an idle connection must cost next to nothing.
    std::vector<Part>().swap(parts_);
    first_ = 0;
    first_offset_ = 0;
    size_ = 0;
}

}  // namespace penstock::base
