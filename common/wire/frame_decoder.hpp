// Turns a byte stream into frames of section 1 of docs/protocol.md (those of Python's
// multiprocessing.connection). Does no I/O: the caller reads into recv_buffer(), reports the count
// with recv_advance(), then drains next().
// Invariant: 0 <= begin_ <= end_ <= capacity_; slices lie before begin_, reads go behind end_.
#pragma once

#include "common/base/block_pool.hpp"
#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace penstock::wire {

enum class DecodeStatus {
    frame,            // `payload` is the next frame's
    need_more,        // read more bytes
    payload_too_big,  // the announced length is over the limit; the stream is useless from here
    bad_length,       // a negative length that is not the 64-bit escape
};

struct DecodeResult {
    DecodeStatus status = DecodeStatus::need_more;
    base::Slice payload;  // shares the receive block: keep it as long as you like
};

/// The receive block, from left to right; `next()` moves begin_, `recv_advance()` end_:
///
///     | frames handed out  | unfinished frame | room for the next read |
///     0                 begin_              end_                 capacity_
///
/// When the room is used up, the unfinished frame moves to a new block. A block is never rewound:
/// whoever holds a slice of it may live in another thread, and would see other bytes.
class FrameDecoder {
public:
    explicit FrameDecoder(std::size_t payload_size_max);

    /// The limit depends on the connection's state; it holds from the next frame on.
    void set_payload_size_max(std::size_t payload_size_max);
    /// Section 1's 64-bit form: a Python peer may send it, a native one may not.
    void set_long_lengths_allowed(bool allowed);

    /// Where large blocks come from; without it all come from the heap.
    void set_block_pool(std::shared_ptr<base::BlockPool> pool);

    /// Room for the next read, never empty. Memory grows as bytes arrive, never by what a peer
    /// announces. Valid until the next call of any member.
    [[nodiscard]] std::span<std::byte> recv_buffer();
    void recv_advance(std::size_t size);
    /// The errors are sticky.
    [[nodiscard]] DecodeResult next();
    /// Bytes of an unfinished frame that are held.
    [[nodiscard]] std::size_t buffered() const { return end_ - begin_; }
    /// Bytes that the front frame lacks, as far as it can be told; 0: call next(). Who reads no
    /// more than that leaves what comes behind it to others.
    [[nodiscard]] std::size_t missing() const;
    /// Gives the block back when nothing is buffered: an idle connection owns no buffer.
    void release_if_empty();
    /// What the current block takes, for the one who accounts for memory.
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    static constexpr std::size_t block_size_min = std::size_t{4} * 1024;
    /// A little more than the largest native frame: then each long one gets a block for itself, and
    /// only the few bytes that arrived with its predecessor are copied.
    static constexpr std::size_t block_size_max = std::size_t{260} * 1024;

private:
    /// The front frame's length, as far as it can be told from what is buffered.
    struct Length {
        DecodeStatus status = DecodeStatus::need_more;  // frame: the length is known
        std::size_t prefix_size = 0;                    // need_more: at least
        std::size_t payload_size = 0;
    };

    [[nodiscard]] Length read_length() const;
    /// The front frame in bytes with its length, 0 when it is not known yet.
    [[nodiscard]] std::size_t frame_size() const;
    void move_to_new_block(std::size_t capacity);

    std::shared_ptr<base::BlockPool> pool_;
    std::shared_ptr<std::byte[]> block_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t room_given_ = 0;               // by the last recv_buffer()
    std::size_t block_size_ = block_size_min;  // of the next block, if its frames are short
    std::size_t payload_size_max_;
    bool long_lengths_allowed_ = false;
    DecodeStatus error_ = DecodeStatus::need_more;  // an error, once there was one
};

}  // namespace penstock::wire
