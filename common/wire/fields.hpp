// Fields: {u16 tag, u32 length, bytes}, for everything that is rare and may grow.
// docs/protocol.md, section 3.4: each tag once, in rising order.
#pragma once

#include "common/base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace penstock::wire {

/// A field whose tag has this bit may not be ignored by a reader that doesn't know it.
inline constexpr std::uint16_t critical_tag_bit = 0x8000;
inline constexpr std::size_t field_header_size = 6;

struct Field {
    std::uint16_t tag = 0;
    std::span<const std::byte> value;
};

/// Reads fields and their values. The first mistake sticks; `error()` names it.
class FieldReader {
public:
    explicit FieldReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    /// The next field; false at the end and after a mistake.
    [[nodiscard]] bool next(Field& field);
    /// For a tag that the caller doesn't know.
    void unknown(const Field& field);

    [[nodiscard]] std::uint8_t u8(const Field& field);
    [[nodiscard]] std::uint16_t u16(const Field& field);
    [[nodiscard]] std::uint32_t u32(const Field& field);
    [[nodiscard]] std::uint64_t u64(const Field& field);
    [[nodiscard]] std::int64_t i64(const Field& field);
    [[nodiscard]] bool boolean(const Field& field);
    [[nodiscard]] std::string text(const Field& field, std::size_t size_max);
    template <std::size_t Size>
    void array(const Field& field, std::array<std::byte, Size>& value)
    {
        if (field.value.size() != Size) return fail("a field has the wrong length");
        std::copy(field.value.begin(), field.value.end(), value.begin());
    }

    void fail(std::string_view text);
    /// The frame is well-formed, but asks for something that this side doesn't know.
    void unsupported() { unsupported_ = true; }
    /// Fails unless each of these tags (below 64) was there.
    void require(std::initializer_list<std::uint16_t> tags);

    [[nodiscard]] bool failed() const { return !error_.empty(); }
    [[nodiscard]] std::string_view error() const { return error_; }
    [[nodiscard]] bool is_unsupported() const { return unsupported_; }

private:
    [[nodiscard]] std::uint64_t integer(const Field& field, std::size_t size);

    std::span<const std::byte> bytes_;
    std::uint64_t seen_ = 0;  // bit t: tag t was there
    std::int32_t last_tag_ = -1;
    std::string_view error_;
    bool unsupported_ = false;
};

/// Writes fields. Asserts the rules that a FieldReader checks.
class FieldWriter {
public:
    void u8(std::uint16_t tag, std::uint8_t value) { integer(tag, value, 1); }
    void u16(std::uint16_t tag, std::uint16_t value) { integer(tag, value, 2); }
    void u32(std::uint16_t tag, std::uint32_t value) { integer(tag, value, 4); }
    void u64(std::uint16_t tag, std::uint64_t value) { integer(tag, value, 8); }
    void i64(std::uint16_t tag, std::int64_t value)
    {
        integer(tag, static_cast<std::uint64_t>(value), 8);
    }
    void boolean(std::uint16_t tag, bool value) { u8(tag, value ? 1 : 0); }
    void text(std::uint16_t tag, std::string_view value, std::size_t size_max);
    void bytes(std::uint16_t tag, std::span<const std::byte> value);

    /// A field whose value the caller writes, `size` bytes.
    [[nodiscard]] std::span<std::byte> field(std::uint16_t tag, std::size_t size);

    [[nodiscard]] base::Bytes take() { return std::move(bytes_); }

private:
    void integer(std::uint16_t tag, std::uint64_t value, std::size_t size);

    base::Bytes bytes_;
    std::int32_t last_tag_ = -1;
};

}  // namespace penstock::wire
