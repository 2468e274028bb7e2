// ByteQueue: what is to be written to a socket. Small writes are gathered in blocks, large slices
// are shared; a driver takes the front as a gather list and tells how much the kernel took.
// Invariant: appending never moves a byte, so a gather list stays valid until consume() or clear().
#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace penstock::base {

class ByteQueue {
public:
    /// Copies `bytes` behind what is there.
    void append(std::span<const std::byte> bytes);
    /// Shares slices of at least `share_size_min` bytes, copies smaller ones.
    void append(const Slice& slice);
    void append(const Rope& rope);
    /// Appends `size` bytes in one piece, not written yet: the caller fills them before it calls
    /// anything else.
    [[nodiscard]] std::span<std::byte> extend(std::size_t size);

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

    /// Fills `parts` with the front of the queue, in order; returns how many it filled.
    [[nodiscard]] std::size_t gather(std::span<std::span<const std::byte>> parts) const;
    /// Drops the first `size` bytes: they are written.
    void consume(std::size_t size);
    void clear();

    /// Slices below this size are copied: a gather entry costs more than a small copy.
    static constexpr std::size_t share_size_min = 4096;
    /// Blocks of copied bytes grow up to this size, so that what is written can be freed.
    static constexpr std::size_t block_size_max = std::size_t{64} * 1024;

private:
    /// Either `shared`, or the first `used` bytes of an own block.
    struct Part {
        Slice shared;
        std::unique_ptr<std::byte[]> block;
        std::size_t used = 0;
        std::size_t capacity = 0;

        [[nodiscard]] std::span<const std::byte> span() const
        {
            return block ? std::span<const std::byte>(block.get(), used) : shared.span();
        }
    };

    [[nodiscard]] std::size_t room() const;
    void add_block(std::size_t size_min);

    std::vector<Part> parts_;
    std::size_t first_ = 0;         // the parts before it are written
    std::size_t first_offset_ = 0;  // bytes of part first_ that are written
    std::size_t size_ = 0;
};

}  // namespace penstock::base
