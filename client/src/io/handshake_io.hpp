// A handshake over a socket, as far as it goes without waiting.
#pragma once

#include "client/src/protocol/direct_handshake.hpp"

#include <cstdint>
#include <string>
#include <system_error>

namespace penstock::io {

struct HandshakeTurn {
    enum class State : std::uint8_t {
        awaits_input,
        awaits_room,  // for output
        done,
        failed,
    };
    State state = State::failed;
    std::error_code ec = {};  // failed: refused; disconnected: the other side has gone
    std::string why = {};
};

/// Works with sockets that block, too.
[[nodiscard]] HandshakeTurn go_on(protocol::DirectHandshake& handshake, int socket, bool tcp);

}  // namespace penstock::io
