// Makes the sockets of pipes whose parties are both on this host.
#pragma once

#include "server/session/pipe_sockets.hpp"

namespace penstock::net {

class UnixSocketPairs final : public session::SocketPairs {
public:
    [[nodiscard]] session::PassedSockets make() override;
};

}  // namespace penstock::net
