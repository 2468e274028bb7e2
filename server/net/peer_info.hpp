// What the kernel tells of an accepted socket, and the options that every one of them gets.
#pragma once

#include "common/base/time.hpp"
#include "server/net/unique_fd.hpp"

#include <chrono>
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

/// A dead host is found after `idle` of silence and as many probes, `interval` apart.
struct Keepalive {
    base::Duration idle = std::chrono::seconds(10);
    base::Duration interval = std::chrono::seconds(5);
    unsigned probes = 3;

    /// How long a host may leave data unacknowledged: as long as it may be silent.
    [[nodiscard]] base::Duration unacknowledged_max() const { return idle + interval * probes; }
};

/// No delay, large Unix buffers where allowed, and a keepalive that finds dead hosts.
void set_socket_options(int socket, bool is_tcp, const Keepalive& keepalive);

/// The process that connected a Unix socket, so that its death is seen whoever holds the socket.
/// Empty: the kernel can't tell, or it is dead and gone already.
[[nodiscard]] UniqueFd open_pidfd(int socket, pid_t pid);

/// What the kernel has sent, or wants to, and nobody has acknowledged.
struct Unacknowledged {
    bool any = false;                 // in the kernel's hands, sent or not
    bool unanswered = false;          // data, or probes of a closed window, that were sent
    base::Duration silence_for = {};  // since the last acknowledgement of anything
};

[[nodiscard]] Unacknowledged unacknowledged_of(int tcp_socket);

}  // namespace penstock::net
