// What the kernel tells of an accepted socket, and the options that every one of them gets.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace penstock::net {

struct SocketPeer {
    std::string address;       // for the log: "unix:uid=1000,pid=42", "tcp:127.0.0.1:40001"
    std::string user;          // who pays: "uid=1000", "addr=10.0.0.1", "addr=2001:db8::/64"
    bool local = false;        // a Unix socket, or loopback
    std::optional<uid_t> uid;  // Unix sockets
    pid_t pid = 0;             // Unix sockets: who connected; 0: unknown
};

[[nodiscard]] SocketPeer peer_of(int socket);

/// No delay, large Unix buffers where allowed, and a keepalive that finds dead hosts.
void set_socket_options(int socket, bool is_tcp);

}  // namespace penstock::net
