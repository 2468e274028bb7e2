// The answer of an operation. The numbers are the wire's: never reuse or renumber one.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock::wire {

enum class Status : std::uint16_t {
    ok = 0,
    empty = 1,
    full = 2,
    closed = 3,
    shut_down = 4,
    eof = 5,
    timed_out = 6,
    cancelled = 7,
    skipped = 8,
    no_unfinished_task = 9,
    not_found = 10,
    exists = 11,
    options_differ = 12,
    end_taken = 13,
    refused = 14,
    too_large = 15,
    no_memory = 16,
    too_many = 17,
    bad_handle = 18,
    unsupported = 19,
    internal = 20,
};

inline constexpr std::uint16_t status_last = 20;

/// The enumerator's name, as docs/protocol.md spells it.
[[nodiscard]] std::string_view to_string(Status status);

}  // namespace penstock::wire
