// Listening sockets that systemd, or whoever started us, opened and passed on: sd_listen_fds(3).
#pragma once

#include "common/base/endpoint.hpp"

#include <string>
#include <vector>

namespace penstock::net {

/// More are none that anybody meant.
inline constexpr int inherited_sockets_max = 64;

struct InheritedSocket {
    int fd = -1;
    std::string name;  // systemd: FileDescriptorName=
    base::Endpoint endpoint;
};

/// Takes LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES out of the environment. Throws
/// std::runtime_error with a text for the user when one of the sockets is of no use.
[[nodiscard]] std::vector<InheritedSocket> take_inherited_sockets();

}  // namespace penstock::net
