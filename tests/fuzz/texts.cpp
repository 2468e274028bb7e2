// What is read beside frames: bodies of results, addresses, key files, names.
//
// The input: which of them, then its bytes.
#include "common/base/endpoint.hpp"
#include "common/base/key.hpp"
#include "common/base/names.hpp"
#include "common/base/utf8.hpp"
#include "common/wire/bodies.hpp"
#include "common/wire/changes.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/target.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace penstock::fuzz {
namespace {

using Input = std::span<const std::byte>;

/// Unknown fields are passed over, so only from the second time on are the bytes the same.
template <class Body>
void try_body(std::optional<Body> (*decode)(Input), Input bytes)
{
    const std::optional<Body> body = decode(bytes);
    if (!body) return;
    const base::Bytes once = wire::encode(*body);
    const std::optional<Body> again = decode(once);
    PENSTOCK_ASSERT(again && wire::encode(*again) == once);
}

/// What is decoded is encoded and decoded again: nothing else comes of it.
template <class Row>
void try_rows(std::optional<std::vector<Row>> (*decode)(Input), Input bytes)
{
    const auto encoded = [](const std::vector<Row>& rows) {
        base::Bytes list;
        for (const Row& row : rows) wire::append_row(list, wire::encode(row));
        return list;
    };
    const std::optional<std::vector<Row>> rows = decode(bytes);
    if (!rows) return;
    const base::Bytes list = encoded(*rows);
    const std::optional<std::vector<Row>> again = decode(list);
    PENSTOCK_ASSERT(again && encoded(*again) == list);
}

void try_changes(Input bytes)
{
    try_body(&wire::decode_changes_body, bytes);
    const auto body = wire::decode_changes_body(bytes);
    const Input rows = body ? Input(body->rows) : bytes;
    try_rows(&wire::decode_queue_rows, rows);
    try_rows(&wire::decode_pipe_rows, rows);
    try_rows(&wire::decode_connection_rows, rows);
    try_rows(&wire::decode_event_rows, rows);
}

void try_endpoint(std::string_view text)
{
    const auto parsed = base::parse_endpoint(text);
    if (const auto* why = std::get_if<std::string>(&parsed)) return PENSTOCK_ASSERT(!why->empty());
    const auto& endpoint = std::get<base::Endpoint>(parsed);
    const auto again = base::parse_endpoint(base::to_string(endpoint));
    PENSTOCK_ASSERT(std::holds_alternative<base::Endpoint>(again));
    PENSTOCK_ASSERT(std::get<base::Endpoint>(again) == endpoint);
}

void try_key(Input contents)
{
    const auto key = base::key_from_file(contents, false);
    if (const auto* why = std::get_if<std::string>(&key)) return PENSTOCK_ASSERT(!why->empty());
    PENSTOCK_ASSERT(!std::get<base::Bytes>(key).empty());
    PENSTOCK_ASSERT(std::holds_alternative<std::string>(base::key_from_file(contents, true)));
}

void try_name(std::string_view text)
{
    if (!base::valid_name(text)) return;
    PENSTOCK_ASSERT(!text.empty() && text.size() <= base::name_length_max);
    PENSTOCK_ASSERT(base::valid_utf8(text));
}

}  // namespace

void run_one(std::span<const std::byte> input)
{
    Choices choices(input);
    const std::size_t which = choices.below(8);
    const Input bytes = choices.bytes(SIZE_MAX);
    switch (which) {
        case 0:
            return try_body(&wire::decode_open_body, bytes);
        case 1:
            return try_body(&wire::decode_queue_body, bytes);
        case 2:
            try_changes(bytes);
            return try_body(&wire::decode_list_body, bytes);
        case 3:
            return try_body(&wire::decode_peek_body, bytes);
        case 4:
            try_body(&wire::decode_broker_body, bytes);
            return try_body(&wire::decode_admin_body, bytes);
        case 5:
            return try_endpoint(base::as_text(bytes));
        case 6:
            return try_key(bytes);
        default:
            return try_name(base::as_text(bytes));
    }
}

}  // namespace penstock::fuzz
