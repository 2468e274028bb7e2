// What the codecs of bodies have in common: lists of entries, and tables of plain members.
// docs/protocol.md, section 3.9.
#pragma once

#include "common/wire/byte_io.hpp"
#include "common/wire/fields.hpp"
#include "common/wire/tags.hpp"

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace penstock::wire {

// A list inside of a field: u32 length and that many bytes of fields, entry by entry. So an entry
// may grow, too.

inline void append_entry(base::Bytes& list, std::span<const std::byte> entry)
{
    const std::size_t at = list.size();
    list.resize(at + 4 + entry.size());
    Writer writer(std::span<std::byte>(list).subspan(at));
    writer.u32(static_cast<std::uint32_t>(entry.size()));
    writer.bytes(entry);
}

/// Decodes entry by entry with `decode`, which answers an optional; empty if one is malformed.
template <class Entry, class Decode>
std::optional<std::vector<Entry>> decode_entries(std::span<const std::byte> bytes, Decode decode)
{
    std::vector<Entry> list;
    Reader reader(bytes);
    while (reader.left() > 0) {
        std::optional<Entry> entry = decode(reader.bytes(reader.u32()));
        if (!entry || reader.failed()) return std::nullopt;
        list.push_back(std::move(*entry));
    }
    return list;
}

/// The same of a field.
template <class Entry, class Decode>
std::vector<Entry> entries(FieldReader& fields, const Field& field, Decode decode)
{
    auto list = decode_entries<Entry>(field.value, decode);
    if (list) return std::move(*list);
    fields.fail("a list's entry is malformed");
    return {};
}

template <class Body>
std::optional<Body> finished(const FieldReader& fields, Body& body)
{
    if (fields.failed() || fields.is_unsupported()) return std::nullopt;
    return std::move(body);
}

/// A field that is a list of plain numbers.
inline void encode_numbers(FieldWriter& fields,
                           tag::Tag tag,
                           std::span<const std::uint64_t> numbers)
{
    Writer writer(fields.field(tag, numbers.size() * 8));
    for (const std::uint64_t number : numbers) writer.u64(number);
}

inline std::vector<std::uint64_t> numbers(FieldReader& fields, const Field& field)
{
    std::vector<std::uint64_t> result;
    if (field.value.size() % 8 != 0) {
        fields.fail("a field has the wrong length");
        return result;
    }
    Reader reader(field.value);
    result.reserve(reader.left() / 8);
    while (reader.left() > 0) result.push_back(reader.u64());
    return result;
}

/// A plain counter of a body: tag and member. What is 0 is not written.
template <class Body>
using Counter = std::pair<tag::Tag, std::uint64_t Body::*>;

template <class Body>
void encode_counters(FieldWriter& fields, std::span<const Counter<Body>> counters, const Body& body)
{
    for (const auto& [tag, member] : counters) {
        if (body.*member != 0) fields.u64(tag, body.*member);
    }
}

template <class Body>
bool decode_counter(FieldReader& fields,
                    const Field& field,
                    std::span<const Counter<Body>> counters,
                    Body& body)
{
    for (const auto& [tag, member] : counters) {
        if (tag != field.tag) continue;
        body.*member = fields.u64(field);
        return true;
    }
    return false;
}

}  // namespace penstock::wire
