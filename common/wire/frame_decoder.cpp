#include "common/wire/frame_decoder.hpp"

#include "common/base/assert.hpp"
#include "common/wire/frame_prefix.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace penstock::wire {

FrameDecoder::FrameDecoder(std::size_t payload_size_max) : payload_size_max_(payload_size_max) {}

void FrameDecoder::set_payload_size_max(std::size_t payload_size_max)
{
    payload_size_max_ = payload_size_max;
}

void FrameDecoder::set_long_lengths_allowed(bool allowed)
{
    long_lengths_allowed_ = allowed;
}

void FrameDecoder::set_block_pool(std::shared_ptr<base::BlockPool> pool)
{
    pool_ = std::move(pool);
}

std::span<std::byte> FrameDecoder::recv_buffer()
{
    // A read into the last few bytes of a block would cost a system call for almost nothing.
    const std::size_t room = capacity_ - end_;
    const std::size_t held = buffered();
    const std::size_t frame = frame_size();
    const bool used_up = room < std::max<std::size_t>(capacity_ / 8, 1);
    // Twice what has arrived; never more than this frame takes, if it is the larger one.
    std::size_t wanted = std::max(block_size_, 2 * held);
    if (frame > held) wanted = std::min(wanted, std::max(block_size_, frame));
    // A frame that fits into the new block but not into this one had better move while it is short.
    const bool fits_only_there = frame > capacity_ - begin_ && frame <= wanted;
    const bool whole_here = frame != 0 && frame <= capacity_ - begin_ && room > 0;
    if (fits_only_there || (used_up && !whole_here)) move_to_new_block(wanted);
    room_given_ = capacity_ - end_;
    return {block_.get() + end_, room_given_};
}

void FrameDecoder::recv_advance(std::size_t size)
{
    PENSTOCK_ASSERT(size <= room_given_);
    // More may lie in the socket than there was room for: the next block may be larger.
    if (size == room_given_ && size > 0) block_size_ = std::min(2 * block_size_, block_size_max);
    end_ += size;
    room_given_ -= size;
    if (error_ != DecodeStatus::need_more) begin_ = end_;
}

std::size_t FrameDecoder::missing() const
{
    if (error_ != DecodeStatus::need_more) return 0;
    const Length length = read_length();
    const std::size_t size = length.prefix_size + length.payload_size;
    return size > buffered() ? size - buffered() : 0;
}

DecodeResult FrameDecoder::next()
{
    if (error_ != DecodeStatus::need_more) return {error_, {}};
    const Length length = read_length();
    if (length.status == DecodeStatus::need_more) return {};
    if (length.status != DecodeStatus::frame) {
        error_ = length.status;
        begin_ = end_;  // what follows means nothing: never let it pile up
        return {error_, {}};
    }
    if (buffered() - length.prefix_size < length.payload_size) return {};

    DecodeResult result;
    result.status = DecodeStatus::frame;
    const std::byte* payload = block_.get() + begin_ + length.prefix_size;
    if (length.payload_size > 0)
        result.payload =
            base::Slice(std::shared_ptr<const std::byte>(block_, payload), length.payload_size);
    begin_ += length.prefix_size + length.payload_size;
    return result;
}

void FrameDecoder::release_if_empty()
{
    if (buffered() > 0 || !block_) return;
    block_.reset();
    capacity_ = begin_ = end_ = room_given_ = 0;
    // Forget slowly what the traffic was like: thousands that wake up at once shall not take much.
    block_size_ = std::max(block_size_ / 2, block_size_min);
}

FrameDecoder::Length FrameDecoder::read_length() const
{
    const FramePrefix prefix =
        read_frame_prefix({block_.get() + begin_, buffered()}, long_lengths_allowed_);
    switch (prefix.status) {
        case FramePrefix::Status::need_more:
            return {DecodeStatus::need_more, prefix.size, 0};
        case FramePrefix::Status::bad:
            return {DecodeStatus::bad_length, 0, 0};
        case FramePrefix::Status::whole:
            break;
    }
    if (prefix.payload_size > payload_size_max_) return {DecodeStatus::payload_too_big, 0, 0};
    return {DecodeStatus::frame, prefix.size, static_cast<std::size_t>(prefix.payload_size)};
}

std::size_t FrameDecoder::frame_size() const
{
    if (error_ != DecodeStatus::need_more || buffered() == 0) return 0;
    const Length length = read_length();
    return length.status == DecodeStatus::frame ? length.prefix_size + length.payload_size : 0;
}

void FrameDecoder::move_to_new_block(std::size_t capacity)
{
    PENSTOCK_ASSERT(capacity > buffered());
    const bool pooled = pool_ && capacity >= base::BlockPool::block_size_min;
    std::shared_ptr<std::byte[]> block =
        pooled ? pool_->block(capacity) : std::shared_ptr<std::byte[]>(new std::byte[capacity]);
    if (buffered() > 0) std::memcpy(block.get(), block_.get() + begin_, buffered());
    block_ = std::move(block);
    capacity_ = capacity;
    end_ -= begin_;
    begin_ = 0;
}

}  // namespace penstock::wire
