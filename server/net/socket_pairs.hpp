// Makes the sockets of pipes whose parties are both on this host.
#pragma once

#include "server/net/unique_fd.hpp"
#include "server/session/pipe_sockets.hpp"

#include <utility>

namespace penstock::net {

/// What is written to one is read from the other; neither is one when the system has no more.
[[nodiscard]] std::pair<UniqueFd, UniqueFd> open_socket_pair();

class UnixSocketPairs final : public session::SocketPairs {
public:
    [[nodiscard]] session::PassedSockets make() override;
};

}  // namespace penstock::net
