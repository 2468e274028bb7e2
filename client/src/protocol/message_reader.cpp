#include "client/src/protocol/message_reader.hpp"

#include "common/base/assert.hpp"
#include "common/wire/frame_prefix.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace penstock::protocol {

MessageReader::Status MessageReader::next(std::size_t length_max, std::span<std::byte> place)
{
    if (!size_) {
        const wire::FramePrefix prefix =
            wire::read_frame_prefix({buffer_.get() + begin_, buffered()}, true);
        switch (prefix.status) {
            case wire::FramePrefix::Status::need_more:
                return Status::need_more;
            case wire::FramePrefix::Status::bad:
                return Status::bad_length;
            case wire::FramePrefix::Status::whole:
                break;
        }
        if (prefix.payload_size > length_max) return Status::too_long;
        begin_ += prefix.size;
        size_ = static_cast<std::size_t>(prefix.payload_size);
        filled_ = 0;
        last_was_long_ = *size_ >= long_size;
    }
    if (*size_ > length_max) return Status::too_long;
    if (place_.empty() && place.size() >= *size_) {
        place_ = place.first(*size_);
        if (filled_ > 0) std::memcpy(place_.data(), body_.data(), filled_);
        base::Bytes().swap(body_);
    }
    take_buffered();
    return filled_ == *size_ ? Status::message : Status::need_more;
}

void MessageReader::take_buffered()
{
    const std::size_t size = std::min(*size_ - filled_, buffered());
    if (size == 0) return;
    const std::byte* from = buffer_.get() + begin_;
    if (!place_.empty()) {
        std::memcpy(place_.data() + filled_, from, size);
    } else {
        body_.resize(filled_);
        if (*size_ <= body_step) body_.reserve(*size_);
        body_.insert(body_.end(), from, from + size);
    }
    filled_ += size;
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
}

base::Bytes MessageReader::take()
{
    PENSTOCK_ASSERT(size_ && filled_ == *size_);
    size_.reset();
    place_ = {};
    return std::exchange(body_, {});
}

void MessageReader::set_aside()
{
    if (place_.empty()) return;
    body_.assign(place_.begin(), place_.begin() + static_cast<std::ptrdiff_t>(filled_));
    place_ = {};
}

std::span<std::byte> MessageReader::rest_of_message()
{
    const std::size_t rest = *size_ - filled_;
    if (!place_.empty()) return place_.subspan(filled_, rest);
    if (body_.size() <= filled_) {
        // Twice what has arrived, and never more than the message takes.
        const std::size_t wanted = std::min(*size_, std::max(body_step, 2 * filled_));
        body_.reserve(wanted);
        body_.resize(wanted);
    }
    return std::span(body_).subspan(filled_);
}

std::array<std::span<std::byte>, 2> MessageReader::rooms()
{
    if (!buffer_) buffer_.reset(new std::byte[buffer_size]);
    if (begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, buffered());
        end_ -= begin_;
        begin_ = 0;
    }
    std::array<std::span<std::byte>, 2> rooms{};
    std::span<std::byte>& ahead = rooms[1];
    ahead = {buffer_.get() + end_, last_was_long_ ? short_read_ahead : buffer_size - end_};
    to_message_ = size_ && *size_ - filled_ >= direct_size;
    if (to_message_) {
        rooms[0] = rest_of_message();
        if (rooms[0].size() < *size_ - filled_) ahead = {};
    } else {
        rooms[0] = std::exchange(ahead, {});
    }
    rooms_ = {rooms[0].size(), rooms[1].size()};
    return rooms;
}

bool MessageReader::advance(std::size_t size)
{
    PENSTOCK_ASSERT(size <= rooms_[0] + rooms_[1]);
    const bool full = size == rooms_[0] + rooms_[1];
    const std::size_t to_message = to_message_ ? std::min(size, rooms_[0]) : 0;
    filled_ += to_message;
    end_ += size - to_message;
    rooms_ = {};
    return !full;
}

}  // namespace penstock::protocol
