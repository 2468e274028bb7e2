// The messages that a browser sends, as values.
#pragma once

#include "server/bridge/commands.hpp"
#include "server/bridge/limits.hpp"
#include "server/bridge/views.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace penstock::bridge {

/// What is given of a view; what isn't stays as it is.
struct ViewChange {
    std::string id;
    std::optional<std::string> kind;
    std::optional<std::string> sort;  // a column, with '-' before it for the largest first
    std::optional<std::string> filter;
    std::optional<std::uint32_t> offset;
    std::optional<std::uint32_t> limit;
    bool close = false;
};

struct Hello {
    std::int64_t protocol = 0;
    std::string boot;  // empty: it comes for the first time
    std::uint64_t since = 0;
    std::optional<milliseconds> tick;
    std::vector<ViewChange> views;
};

struct Acknowledgement {
    std::uint64_t version = 0;
};

struct Pace {
    milliseconds tick{};
};

struct Ping {
    std::int64_t count = 0;
};

/// What is wrong with it, in words.
struct BadMessage {
    std::string why;
};

using Message = std::variant<Hello, ViewChange, Acknowledgement, Pace, Command, Ping, BadMessage>;

[[nodiscard]] Message parse_message(std::string_view text);

/// Applies `change`. Gives what is wrong with it, if anything; `spec` is as it was then.
[[nodiscard]] std::optional<std::string> apply(const ViewChange& change, ViewSpec& spec);

}  // namespace penstock::bridge
