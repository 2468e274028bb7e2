#include "common/wire/type_rules.hpp"

#include "common/base/assert.hpp"
#include "common/wire/limits.hpp"

#include <array>
#include <cstddef>
#include <variant>

namespace penstock::wire {

namespace {

constexpr TypeRules control(bool from_client, bool from_broker, std::uint8_t flags = 0)
{
    return {from_client, from_broker, flags, false, Ids::none};
}

constexpr TypeRules request(bool range = false, std::uint8_t flags = 0)
{
    return {true, false, flags, range, Ids::sequence};
}

struct Row {
    Type type;
    TypeRules rules;
};

constexpr TypeRules resend_rules{true, false, 0, true, Ids::sequence};
// Only a PUT goes on in a client's DATA, and no PUT has a READ's id: check_header sees to it.
constexpr TypeRules data_rules{true, true, 0, false, Ids::read_or_not};
constexpr TypeRules result_rules{false, true, flag::more | flag::ack_now, true, Ids::read_or_not};
constexpr TypeRules item_rules{
    false, true, flag::more | flag::end | flag::ack_now, true, Ids::sequence};

/// In the order of Message's alternatives.
constexpr std::array<Row, std::variant_size_v<Message>> rows{{
    {Type::hello, control(true, false)},
    {Type::welcome, control(false, true)},
    {Type::resume, control(true, false)},
    {Type::resumed, control(false, true, flag::more)},
    {Type::refused, control(false, true)},
    {Type::resend, resend_rules},
    {Type::resend_end, control(true, false, flag::more)},
    {Type::goodbye, control(true, true)},
    {Type::bye, control(true, true)},
    {Type::ping, control(true, true)},
    {Type::pong, control(true, true)},
    {Type::notice, control(true, true)},
    {Type::open, request()},
    {Type::close, request()},
    {Type::put, request(true, flag::more | flag::priority)},
    {Type::data, data_rules},
    {Type::get, request(true)},
    {Type::subscribe, request()},
    {Type::flow, request()},
    {Type::task_done, request(true)},
    {Type::join, request()},
    {Type::shutdown, request()},
    {Type::admin, request()},
    {Type::read, {true, false, 0, false, Ids::reads}},
    {Type::cancel, {true, false, 0, true, Ids::read_or_not}},
    {Type::ack, request(true)},
    {Type::result, result_rules},
    {Type::item, item_rules},
}};

constexpr std::size_t no_row = rows.size();

/// Index of each type's row.
constexpr auto row_of_type = [] {
    std::array<std::uint8_t, 256> index{};
    index.fill(no_row);
    for (std::size_t i = 0; i < rows.size(); ++i)
        index[static_cast<std::uint8_t>(rows[i].type)] = static_cast<std::uint8_t>(i);
    return index;
}();

std::string_view check_ids(const Header& header, Ids ids)
{
    if (ids == Ids::none) return header.op == 0 ? "" : "an id where none belongs";
    if (header.op == 0) return "the id is 0";
    const bool read = (header.op & read_id_bit) != 0;
    if (read && ids == Ids::sequence) return "a READ's id where none belongs";
    if (!read && ids == Ids::reads) return "a READ's id lacks the top bit";
    // ITEM's n counts items: all of them have the one id.
    if (header.type == Type::item) return "";
    const std::uint64_t last = read ? UINT64_MAX : read_id_bit - 1;
    return header.n - 1u <= last - header.op ? "" : "a range of ids overflows";
}

}  // namespace

std::string_view check_header(const Header& header, Sender from)
{
    const std::size_t row = row_of_type[static_cast<std::uint8_t>(header.type)];
    if (row == no_row) return "unknown frame type";
    const TypeRules& rules = rows[row].rules;
    if (from == Sender::client ? !rules.from_client : !rules.from_broker)
        return "a frame type of the other side";
    if ((header.flags & ~rules.flags) != 0) return "a flag that this frame type doesn't have";
    if (header.n == 0) return "a range of no operations";
    if (header.n > range_n_max) return "a range of more than 4096 operations";
    if (header.n > 1 && !rules.range) return "a range where one operation belongs";
    if (header.type == Type::data && from == Sender::client && (header.op & read_id_bit) != 0)
        return "a READ's id where none belongs";
    return check_ids(header, rules.ids);
}

bool header_is_valid(const Header& header)
{
    return check_header(header, Sender::client).empty() ||
           check_header(header, Sender::broker).empty();
}

Type type_of(const Message& message)
{
    return rows[message.index()].type;
}

std::size_t message_index(Type type)
{
    const std::size_t row = row_of_type[static_cast<std::uint8_t>(type)];
    PENSTOCK_ASSERT(row != no_row);
    return row;
}

}  // namespace penstock::wire
