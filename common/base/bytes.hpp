// Bytes that are shared instead of copied: Slice is one reference-counted range, Rope a payload
// made of several. Both are immutable, so sharing needs no lock.
#pragma once

#include "common/base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::base {

using Bytes = std::vector<std::byte>;

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A range of bytes that keeps the block it lies in alive.
class Slice {
public:
    Slice() = default;
    Slice(std::shared_ptr<const std::byte> data, std::size_t size)
        : data_(std::move(data)), size_(size)
    {}
    // What was moved from is empty, not a size without bytes.
    Slice(Slice&& other) noexcept
        : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0))
    {}
    Slice& operator=(Slice&& other) noexcept
    {
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    Slice(const Slice&) = default;
    Slice& operator=(const Slice&) = default;
    ~Slice() = default;

    [[nodiscard]] static Slice copy_of(std::span<const std::byte> bytes)
    {
        if (bytes.empty()) return {};
        std::shared_ptr<std::byte[]> block(new std::byte[bytes.size()]);
        std::memcpy(block.get(), bytes.data(), bytes.size());
        return {std::shared_ptr<const std::byte>(block, block.get()), bytes.size()};
    }

    [[nodiscard]] static Slice adopt(Bytes&& bytes)
    {
        auto owner = std::make_shared<const Bytes>(std::move(bytes));
        const std::byte* data = owner->data();
        const std::size_t size = owner->size();
        return {std::shared_ptr<const std::byte>(std::move(owner), data), size};
    }

    [[nodiscard]] const std::byte* data() const { return data_.get(); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::span<const std::byte> span() const { return {data_.get(), size_}; }

    /// Shares the block; `offset + size` must lie within this slice.
    [[nodiscard]] Slice subslice(std::size_t offset, std::size_t size) const
    {
        PENSTOCK_ASSERT(offset <= size_ && size <= size_ - offset);
        if (size == 0) return {};
        return {std::shared_ptr<const std::byte>(data_, data_.get() + offset), size};
    }

private:
    std::shared_ptr<const std::byte> data_;
    std::size_t size_ = 0;
};

/// A payload as the slices it arrived in. Appending and splitting share; nothing is copied.
class Rope {
public:
    Rope() = default;
    explicit Rope(Slice slice) { append(std::move(slice)); }
    Rope(Rope&& other) noexcept
        : first_(std::move(other.first_)),
          rest_(std::move(other.rest_)),
          size_(std::exchange(other.size_, 0))
    {
        other.rest_.clear();
    }
    Rope& operator=(Rope&& other) noexcept
    {
        first_ = std::move(other.first_);
        rest_ = std::move(other.rest_);
        other.rest_.clear();
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    Rope(const Rope&) = default;
    Rope& operator=(const Rope&) = default;
    ~Rope() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

    void append(Slice slice)
    {
        if (slice.empty()) return;
        size_ += slice.size();
        if (first_.empty()) {
            first_ = std::move(slice);
        } else {
            rest_.push_back(std::move(slice));
        }
    }

    void append(const Rope& other)
    {
        PENSTOCK_ASSERT(&other != this);
        other.for_each([this](const Slice& slice) { append(slice); });
    }

    /// Calls `visit(const Slice&)` for each part, in order.
    template <class Visit>
    void for_each(Visit&& visit) const
    {
        if (!first_.empty()) visit(first_);
        for (const Slice& slice : rest_) visit(slice);
    }

    /// The bytes `[offset, offset + size)`, sharing the same blocks.
    [[nodiscard]] Rope part(std::size_t offset, std::size_t size) const
    {
        PENSTOCK_ASSERT(offset <= size_ && size <= size_ - offset);
        Rope result;
        for_each([&](const Slice& slice) {
            if (offset >= slice.size()) {
                offset -= slice.size();
                return;
            }
            const std::size_t taken = std::min(size, slice.size() - offset);
            result.append(slice.subslice(offset, taken));
            offset = 0;
            size -= taken;
        });
        return result;
    }

    /// One contiguous copy.
    [[nodiscard]] Bytes to_bytes() const
    {
        Bytes out;
        out.reserve(size_);
        for_each([&out](const Slice& slice) {
            out.insert(out.end(), slice.data(), slice.data() + slice.size());
        });
        return out;
    }

private:
    Slice first_;
    std::vector<Slice> rest_;
    std::size_t size_ = 0;
};

}  // namespace penstock::base
