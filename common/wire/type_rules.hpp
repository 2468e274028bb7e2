// What a header alone may say, type by type: who sends it, its flags, its ids.
// docs/protocol.md, sections 3.1 to 3.3.
#pragma once

#include "common/wire/codec.hpp"
#include "common/wire/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace penstock::wire {

/// Which ids the operations of a header may have.
enum class Ids {
    none,         // op = 0
    sequence,     // 1 to 2^63 - 1
    reads,        // the top bit is set
    read_or_not,  // either
};

struct TypeRules {
    bool from_client = false;
    bool from_broker = false;
    std::uint8_t flags = 0;  // all that are allowed
    bool range = false;      // n may be more than 1
    Ids ids = Ids::none;
};

/// Empty when it is right, else why not: a literal.
[[nodiscard]] std::string_view check_header(const Header& header, Sender from);
/// The same for a frame of our own; either side may be the sender.
[[nodiscard]] bool header_is_valid(const Header& header);

[[nodiscard]] Type type_of(const Message& message);
/// Which of Message's alternatives a type is; the type must be a known one.
[[nodiscard]] std::size_t message_index(Type type);

}  // namespace penstock::wire
