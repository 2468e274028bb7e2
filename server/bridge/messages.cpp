#include "server/bridge/messages.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <utility>

namespace penstock::bridge {

namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 8;
constexpr std::size_t id_size_max = 40;

/// Reads the members of one object, and remembers the first that is not what it must be.
class Members {
public:
    explicit Members(const json::object& object) : object_(object) {}

    [[nodiscard]] std::optional<std::string> text(std::string_view name)
    {
        const json::value* value = find(name);
        if (value == nullptr) return std::nullopt;
        if (const json::string* found = value->if_string()) return std::string(*found);
        return fail<std::string>(name, "is no string");
    }

    [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name)
    {
        const json::value* value = find(name);
        if (value == nullptr) return std::nullopt;
        const std::int64_t* found = value->if_int64();
        if (found != nullptr && *found >= 0) return static_cast<std::uint64_t>(*found);
        return fail<std::uint64_t>(name, "is no whole number from 0 on");
    }

    [[nodiscard]] const json::array* array(std::string_view name)
    {
        const json::value* value = find(name);
        if (value == nullptr) return nullptr;
        if (value->is_array()) return &value->get_array();
        (void)fail<int>(name, "is no array");
        return nullptr;
    }

    [[nodiscard]] bool boolean(std::string_view name)
    {
        const json::value* value = find(name);
        if (value == nullptr) return false;
        if (value->is_bool()) return value->get_bool();
        (void)fail<int>(name, "is neither true nor false");
        return false;
    }

    template <class Value>
    [[nodiscard]] Value need(std::string_view name, std::optional<Value> value)
    {
        if (!value && why_.empty()) why_ = "\"" + std::string(name) + "\" is missing";
        return std::move(value).value_or(Value());
    }

    [[nodiscard]] const std::string& why() const { return why_; }
    void set_why(std::string why)
    {
        if (why_.empty()) why_ = std::move(why);
    }

private:
    const json::value* find(std::string_view name) const { return object_.if_contains(name); }

    template <class Value>
    std::optional<Value> fail(std::string_view name, const char* what)
    {
        set_why("\"" + std::string(name) + "\" " + what);
        return std::nullopt;
    }

    const json::object& object_;
    std::string why_;
};

std::optional<std::uint32_t> small(std::optional<std::uint64_t> value)
{
    if (!value) return std::nullopt;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(*value, UINT32_MAX / 2));
}

std::optional<milliseconds> tick_of(std::optional<std::uint64_t> value)
{
    if (!value) return std::nullopt;
    const auto most = static_cast<std::uint64_t>(tick_max.count());
    const milliseconds tick(static_cast<std::int64_t>(std::min(*value, most)));
    return std::max(tick, tick_min);
}

ViewChange read_view(Members& members)
{
    ViewChange change;
    change.id = members.need("id", members.text("id"));
    change.kind = members.text("kind");
    change.sort = members.text("sort");
    change.filter = members.text("filter");
    change.offset = small(members.count("offset"));
    change.limit = small(members.count("limit"));
    change.close = members.boolean("close");
    if (change.id.size() > id_size_max) members.set_why("\"id\" has more than 40 characters");
    return change;
}

Hello read_hello(Members& members)
{
    Hello hello;
    hello.protocol = static_cast<std::int64_t>(members.need("proto", members.count("proto")));
    hello.boot = members.text("boot").value_or("");
    hello.since = members.count("since").value_or(0);
    hello.tick = tick_of(members.count("tick_ms"));
    const json::array* views = members.array("views");
    if (views == nullptr) return hello;
    if (views->size() > views_max) {
        members.set_why("more than " + std::to_string(views_max) + " views");
        return hello;
    }
    for (const json::value& value : *views) {
        if (!value.is_object()) {
            members.set_why("a view is no object");
            return hello;
        }
        Members inner(value.get_object());
        hello.views.push_back(read_view(inner));
        if (!inner.why().empty()) members.set_why("view: " + inner.why());
    }
    return hello;
}

Command read_command(Members& members)
{
    Command command;
    command.id = members.need("id", members.text("id"));
    if (command.id.size() > id_size_max) members.set_why("\"id\" has more than 40 characters");
    const std::string op = members.need("op", members.text("op"));
    if (const auto known = op_called(op)) {
        command.op = *known;
    } else {
        members.set_why("there is no command \"" + op + "\"");
    }
    command.target = members.text("target").value_or("");
    command.object = members.count("object");
    command.confirm = members.text("confirm").value_or("");
    command.to = members.text("to").value_or("");
    command.count = members.count("count").value_or(0);
    command.offset = members.count("offset").value_or(0);
    command.connection = members.count("connection").value_or(0);
    command.text = members.text("text").value_or("");
    return command;
}

Message read_message(const std::string& type, Members& members)
{
    if (type == "hello") return read_hello(members);
    if (type == "view") return read_view(members);
    if (type == "ack") return Acknowledgement{members.need("ver", members.count("ver"))};
    if (type == "pace") {
        return Pace{members.need("tick_ms", tick_of(members.count("tick_ms")))};
    }
    if (type == "cmd") return read_command(members);
    if (type == "ping") return Ping{static_cast<std::int64_t>(members.count("c").value_or(0))};
    return BadMessage{"there is no message \"" + type + "\""};
}

}  // namespace

Message parse_message(std::string_view text)
{
    json::parse_options options;
    options.max_depth = depth_max;
    boost::system::error_code ec;
    const json::value value = json::parse(text, ec, {}, options);
    if (ec) return BadMessage{"not JSON: " + ec.message()};
    if (!value.is_object()) return BadMessage{"no JSON object"};
    Members members(value.get_object());
    const std::string type = members.need("t", members.text("t"));
    if (!members.why().empty()) return BadMessage{members.why()};
    Message message = read_message(type, members);
    if (!members.why().empty()) return BadMessage{type + ": " + members.why()};
    return message;
}

std::optional<std::string> apply(const ViewChange& change, ViewSpec& spec)
{
    ViewSpec next = spec;
    if (change.kind) {
        const auto kind = kind_called(*change.kind);
        if (!kind) return "there are no views of \"" + *change.kind + "\"";
        if (*kind != next.kind) next = {.kind = *kind, .filter = {}};
    }
    if (change.sort) {
        std::string_view column = *change.sort;
        next.descending = column.starts_with('-');
        if (next.descending) column.remove_prefix(1);
        const auto known = column_called(next.kind, column);
        if (!known) return "there is no column \"" + std::string(column) + "\"";
        next.column = *known;
    }
    if (change.filter) {
        if (change.filter->size() > filter_size_max) return "the filter is too long";
        next.filter = *change.filter;
    }
    if (change.offset) next.offset = *change.offset;
    if (change.limit) next.limit = std::clamp<std::uint32_t>(*change.limit, 1, rows_max);
    spec = std::move(next);
    return std::nullopt;
}

}  // namespace penstock::bridge
