// RelayedMessages: what the broker has handed to an end of a pipe that it relays, and whether more
// can come. Both drivers ask for several at a time, at most what the broker's line holds.
#pragma once

#include "client/src/protocol/call.hpp"

#include <penstock/detail/handle.hpp>
#include <penstock/detail/pipe_end.hpp>

#include <cstddef>
#include <deque>
#include <system_error>
#include <vector>

namespace penstock::protocol {

class RelayedMessages {
public:
    /// No message may be longer than `size_max`.
    explicit RelayedMessages(std::size_t size_max) : size_max_(size_max) {}

    /// Taken from the broker with one request.
    static constexpr std::size_t ahead_max = 256;

    /// A message is here.
    [[nodiscard]] bool any() const { return !here_.empty(); }
    /// Nothing more comes; behind what is here. No error: it may.
    [[nodiscard]] const std::error_code& ended() const { return ended_; }

    /// What the broker answered, in terms of pipes; no error if there is something now.
    [[nodiscard]] std::error_code add(std::vector<detail::RawItem> items, std::error_code ec);
    /// There must be any. One that is too long ends receiving: errc::too_large.
    [[nodiscard]] detail::RawMessage take(std::size_t maxlength, std::error_code& ec);

private:
    const std::size_t size_max_;
    std::deque<detail::RawMessage> here_;
    std::error_code ended_;
};

/// The code of a PUT at an end of a pipe, or a GET, in terms of pipes.
[[nodiscard]] std::error_code to_pipe_code(std::error_code ec);

/// Whether the two ends of a pipe that was opened are those of a pair of sockets, else it is
/// relayed. Sets `ec` if the one of this side is not here, where `came` says so.
[[nodiscard]] bool passes_socket(const Answer& opened, bool came, std::error_code& ec);

}  // namespace penstock::protocol
