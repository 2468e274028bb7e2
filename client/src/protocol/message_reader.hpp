// Turns the bytes of a pipe's socket into messages. Does no I/O: the caller reads into rooms(),
// reports the count with advance(), then asks next().
//
// Unlike a wire::FrameDecoder it hands out no slices: a message is copied once to where its
// receiver wants it, or read right there. So one small buffer serves for ever.
// Invariant: begin_ <= end_; what is before begin_ was taken. While a message is under way
// (size_ is set) its first filled_ bytes are in place_ if that isn't empty, else in body_; and
// next() leaves nothing in the buffer unless it is whole.
#pragma once

#include "common/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace penstock::protocol {

class MessageReader {
public:
    enum class Status {
        message,    // whole: in `place` if it fits there, else take() it
        need_more,  // read more bytes
        too_long,   // longer than `length_max`; the stream is useless from here
        bad_length,
    };
    /// `place`: where the message may be put, until set_aside() or the message's end. The errors
    /// are not sticky: ask no more.
    [[nodiscard]] Status next(std::size_t length_max, std::span<std::byte> place);

    /// Behind Status::message, and then no more: the message's size, and its bytes; none if they
    /// are in `place`.
    [[nodiscard]] std::size_t size() const { return *size_; }
    [[nodiscard]] base::Bytes take();

    /// `place` goes away, and the message is not whole.
    void set_aside();

    /// Room for the next read, in this order; the second part may be empty. Memory grows as bytes
    /// arrive, never by what a peer announces. Valid until the next call of any member.
    [[nodiscard]] std::array<std::span<std::byte>, 2> rooms();
    /// So many bytes were read; returns whether there was room for more.
    bool advance(std::size_t size);

    /// Something of a message that was not taken is here.
    [[nodiscard]] bool holds_any() const { return size_ || begin_ < end_; }

    static constexpr std::size_t buffer_size = std::size_t{64} * 1024;
    /// What is missing of a message is read where it belongs if it is as much as this.
    static constexpr std::size_t direct_size = std::size_t{4} * 1024;
    /// Behind a message as long as this only so much is read ahead: the next one is long, too, most
    /// likely, and its beginning will be copied.
    static constexpr std::size_t long_size = std::size_t{16} * 1024;
    static constexpr std::size_t short_read_ahead = std::size_t{2} * 1024;
    /// Up to here memory is taken at once, and at least so much more each time from then on.
    static constexpr std::size_t body_step = std::size_t{256} * 1024;

private:
    [[nodiscard]] std::size_t buffered() const { return end_ - begin_; }
    void take_buffered();
    [[nodiscard]] std::span<std::byte> rest_of_message();

    std::unique_ptr<std::byte[]> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;

    std::optional<std::size_t> size_;
    std::size_t filled_ = 0;
    std::span<std::byte> place_;
    base::Bytes body_;  // may be longer than filled_: room for the next read
    std::array<std::size_t, 2> rooms_{};
    bool to_message_ = false;  // the first of them
    bool last_was_long_ = false;
};

}  // namespace penstock::protocol
