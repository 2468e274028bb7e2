#include "client/src/io/socket_peer.hpp"

#include "client/src/io/last_error.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace penstock::io {

namespace {

// A dead peer is found in 25 s, also while nobody sends anything. docs/protocol.md, "Liveness".
constexpr int keepalive_idle_s = 10;
constexpr int keepalive_interval_s = 5;
constexpr int keepalive_count = 3;

void set_option(int socket, int level, int name, int value)
{
    // Only comfort and speed hang on these; a socket without them still works.
    (void)::setsockopt(socket, level, name, &value, sizeof(value));
}

void add_unix_peer(int socket, SocketPeer& peer)
{
    ucred who{};
    socklen_t size = sizeof(who);
    peer.local = true;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return;
    peer.uid = who.uid;
    peer.pid = who.pid;
}

}  // namespace

bool is_loopback(const sockaddr* address)
{
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family != AF_INET6) return false;
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&v6) != 0 ||
           (IN6_IS_ADDR_V4MAPPED(&v6) != 0 && v6.s6_addr[12] == 127);
}

SocketPeer peer_of(int socket)
{
    SocketPeer peer;
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::getpeername(socket, generic, &size) != 0) {
        peer.ec = last_error();
        return peer;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    peer.local = is_loopback(generic);
    if (address.ss_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
        ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
        peer.tcp = true;
        peer.address =
            "tcp:" + std::string(text.data()) + ":" + std::to_string(ntohs(v4->sin_port));
    } else if (address.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
        peer.tcp = true;
        peer.address =
            "tcp:[" + std::string(text.data()) + "]:" + std::to_string(ntohs(v6->sin6_port));
    } else {
        add_unix_peer(socket, peer);
    }
    return peer;
}

void set_tcp_options(int socket)
{
    send_at_once(socket);
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, keepalive_count);
}

void send_at_once(int socket)
{
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
}

void acknowledge_at_once(int socket)
{
    set_option(socket, IPPROTO_TCP, TCP_QUICKACK, 1);
}

}  // namespace penstock::io
