// Commands: what an operator may have done to the broker, and when that is refused at once.
#pragma once

#include "server/bridge/access.hpp"
#include "server/bridge/mirror.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::bridge {

enum class Op : std::uint8_t { purge, pause, resume, move, kick, peek, put };

[[nodiscard]] std::optional<Op> op_called(std::string_view name);
[[nodiscard]] std::string_view word_of(Op op);

struct Command {
    std::string id;  // of the browser's, comes back with the reply
    Op op{};
    std::string target;                   // a queue's name
    std::optional<std::uint64_t> object;  // the queue that was meant: a later one may have the name
    std::string confirm;                  // purge: the name again
    std::string to;                       // move: the other queue's name
    std::uint64_t count = 0;              // move: how many, 0: all; peek: how many
    std::uint64_t offset = 0;             // peek
    std::uint64_t connection = 0;         // kick: its id
    std::string text;                     // put: the item
};

/// Peeked items: how many, and how much of each.
inline constexpr std::uint64_t peek_count_max = 50;
inline constexpr std::uint32_t peek_size_max = 1024;

struct Reply {
    std::string id;
    bool ok = false;
    std::string error;  // a code, of a refusal
    std::string text;   // in words
    std::string more;   // members of the JSON object, each with a comma before it
};

[[nodiscard]] Reply refusal(const Command& command, std::string error, std::string text);

/// Why `command` is not even tried. The broker has the last word: it may have changed meanwhile.
[[nodiscard]] std::optional<Reply> refused(const Command& command, Role role, const Mirror& mirror);

/// {"t":"res",...}
[[nodiscard]] std::string text_of(const Reply& reply, std::uint64_t version);

}  // namespace penstock::bridge
