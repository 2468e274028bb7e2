// Who is at the other end of a socket, as far as the system knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <system_error>

namespace penstock::io {

/// 127.0.0.0/8, ::1, and the former as IPv6 writes it.
[[nodiscard]] bool is_loopback(const sockaddr* address);

struct SocketPeer {
    std::string address;  // "tcp:host:port"; empty on Unix sockets, where nobody has one
    bool local = false;   // on this host: a Unix socket, or loopback
    bool tcp = false;
    // Unix sockets: of the process that connected.
    std::optional<std::uint32_t> uid = std::nullopt;
    std::optional<std::int32_t> pid = std::nullopt;
    std::error_code ec = {};  // it has gone, or is no socket
};

[[nodiscard]] SocketPeer peer_of(int socket);

/// What each TCP connection of ours is given.
void set_tcp_options(int socket);

/// A message is one write: nothing is gained by waiting for more.
void send_at_once(int socket);

/// The kernel holds acknowledgements back, and then Python, which sets no TCP_NODELAY, holds back
/// what it sends: 40 ms a message. To be said again after each read.
void acknowledge_at_once(int socket);

}  // namespace penstock::io
