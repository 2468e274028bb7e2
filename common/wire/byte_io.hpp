// Reader and Writer: big-endian integers in and out of a span. Nothing on the wire is aligned.
// A Reader never reads past its end: it fails, stays failed and answers zeros. A Writer asserts.
#pragma once

#include "common/base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace penstock::wire {

class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    [[nodiscard]] std::uint8_t u8() { return integer<std::uint8_t>(); }
    [[nodiscard]] std::uint16_t u16() { return integer<std::uint16_t>(); }
    [[nodiscard]] std::uint32_t u32() { return integer<std::uint32_t>(); }
    [[nodiscard]] std::uint64_t u64() { return integer<std::uint64_t>(); }
    [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(u64()); }

    [[nodiscard]] std::span<const std::byte> bytes(std::size_t size)
    {
        if (size > left()) {
            failed_ = true;
            at_ = bytes_.size();
            return {};
        }
        at_ += size;
        return bytes_.subspan(at_ - size, size);
    }

    /// True when the next `size` bytes are there and all zero.
    [[nodiscard]] bool zeros(std::size_t size)
    {
        for (const std::byte byte : bytes(size)) {
            if (byte != std::byte{0}) return false;
        }
        return !failed_;
    }

    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
    [[nodiscard]] bool failed() const { return failed_; }

private:
    template <class Integer>
    Integer integer()
    {
        std::uint64_t value = 0;
        for (const std::byte byte : bytes(sizeof(Integer)))
            value = value << 8 | std::to_integer<std::uint64_t>(byte);
        return static_cast<Integer>(value);
    }

    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

class Writer {
public:
    explicit Writer(std::span<std::byte> bytes) : bytes_(bytes) {}

    void u8(std::uint8_t value) { integer(value); }
    void u16(std::uint16_t value) { integer(value); }
    void u32(std::uint32_t value) { integer(value); }
    void u64(std::uint64_t value) { integer(value); }
    void i64(std::int64_t value) { integer(static_cast<std::uint64_t>(value)); }

    void zeros(std::size_t size)
    {
        const std::span<std::byte> place = take(size);
        if (size > 0) std::memset(place.data(), 0, size);
    }

    void bytes(std::span<const std::byte> bytes)
    {
        const std::span<std::byte> place = take(bytes.size());
        if (!bytes.empty()) std::memcpy(place.data(), bytes.data(), bytes.size());
    }

    /// Whether all that was to be written is written.
    [[nodiscard]] bool full() const { return at_ == bytes_.size(); }

private:
    std::span<std::byte> take(std::size_t size)
    {
        PENSTOCK_ASSERT(size <= bytes_.size() - at_);
        at_ += size;
        return bytes_.subspan(at_ - size, size);
    }

    template <class Integer>
    void integer(Integer value)
    {
        const std::span<std::byte> place = take(sizeof(Integer));
        for (std::size_t i = sizeof(Integer); i > 0; --i) {
            place[i - 1] = static_cast<std::byte>(value & 0xff);
            if constexpr (sizeof(Integer) > 1) value = static_cast<Integer>(value >> 8);
        }
    }

    std::span<std::byte> bytes_;
    std::size_t at_ = 0;
};

}  // namespace penstock::wire
