#include "common/wire/fields.hpp"

#include "common/base/assert.hpp"
#include "common/base/utf8.hpp"
#include "common/wire/byte_io.hpp"

namespace penstock::wire {

bool FieldReader::next(Field& field)
{
    if (failed() || bytes_.empty()) return false;
    Reader reader(bytes_);
    field.tag = reader.u16();
    field.value = reader.bytes(reader.u32());
    if (reader.failed()) {
        fail("a field is cut off");
        return false;
    }
    if (field.tag <= last_tag_) {
        fail("a field stands twice or out of order");
        return false;
    }
    last_tag_ = field.tag;
    if (field.tag < 64) seen_ |= std::uint64_t{1} << field.tag;
    bytes_ = bytes_.subspan(reader.position());
    return true;
}

void FieldReader::unknown(const Field& field)
{
    if ((field.tag & critical_tag_bit) != 0) unsupported();
}

std::uint64_t FieldReader::integer(const Field& field, std::size_t size)
{
    if (field.value.size() != size) {
        fail("a field has the wrong length");
        return 0;
    }
    std::uint64_t value = 0;
    for (const std::byte byte : field.value)
        value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
}

std::uint8_t FieldReader::u8(const Field& field)
{
    return static_cast<std::uint8_t>(integer(field, 1));
}

std::uint16_t FieldReader::u16(const Field& field)
{
    return static_cast<std::uint16_t>(integer(field, 2));
}

std::uint32_t FieldReader::u32(const Field& field)
{
    return static_cast<std::uint32_t>(integer(field, 4));
}

std::uint64_t FieldReader::u64(const Field& field)
{
    return integer(field, 8);
}

std::int64_t FieldReader::i64(const Field& field)
{
    return static_cast<std::int64_t>(integer(field, 8));
}

bool FieldReader::boolean(const Field& field)
{
    const std::uint8_t value = u8(field);
    if (value > 1) fail("a yes-or-no field is neither 0 nor 1");
    return value == 1;
}

std::string FieldReader::text(const Field& field, std::size_t size_max)
{
    const std::string_view value = base::as_text(field.value);
    if (value.size() > size_max) {
        fail("a text is too long");
        return {};
    }
    if (!base::valid_utf8(value)) {
        fail("a text is not UTF-8");
        return {};
    }
    return std::string(value);
}

void FieldReader::fail(std::string_view text)
{
    if (error_.empty()) error_ = text;
}

void FieldReader::require(std::initializer_list<std::uint16_t> tags)
{
    for (const std::uint16_t tag : tags) {
        PENSTOCK_ASSERT(tag < 64);
        if ((seen_ >> tag & 1) == 0) fail("a field is missing");
    }
}

void FieldWriter::text(std::uint16_t tag, std::string_view value, std::size_t size_max)
{
    PENSTOCK_ASSERT(value.size() <= size_max);
    PENSTOCK_ASSERT(base::valid_utf8(value));
    bytes(tag, base::as_bytes(value));
}

void FieldWriter::bytes(std::uint16_t tag, std::span<const std::byte> value)
{
    Writer(field(tag, value.size())).bytes(value);
}

std::span<std::byte> FieldWriter::field(std::uint16_t tag, std::size_t size)
{
    PENSTOCK_ASSERT(tag > last_tag_);
    PENSTOCK_ASSERT(size <= UINT32_MAX);
    last_tag_ = tag;
    const std::size_t at = bytes_.size();
    bytes_.resize(at + field_header_size + size);
    Writer writer(std::span<std::byte>(bytes_).subspan(at, field_header_size));
    writer.u16(tag);
    writer.u32(static_cast<std::uint32_t>(size));
    return std::span<std::byte>(bytes_).subspan(at + field_header_size);
}

void FieldWriter::integer(std::uint16_t tag, std::uint64_t value, std::size_t size)
{
    const std::span<std::byte> place = field(tag, size);
    for (std::size_t i = size; i > 0; --i, value >>= 8)
        place[i - 1] = static_cast<std::byte>(value & 0xff);
}

}  // namespace penstock::wire
