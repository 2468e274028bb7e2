#include "server/net/peer_info.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <iterator>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace penstock::net {

namespace {

// A dead host is found after 10 s of silence and three probes 5 s apart. Never TCP_USER_TIMEOUT: it
// would end a live peer that is merely busy.
constexpr int keepalive_idle_s = 10;
constexpr int keepalive_interval_s = 5;
constexpr int keepalive_probes = 3;
constexpr int unix_buffer_size = 1024 * 1024;

SocketPeer unix_peer(int socket)
{
    ucred who{};
    socklen_t size = sizeof who;
    SocketPeer peer;
    peer.local = true;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
        peer.address = "unix:unknown";
        peer.user = "uid=unknown";
        return peer;
    }
    peer.uid = who.uid;
    peer.pid = who.pid;
    peer.user = "uid=" + std::to_string(who.uid);
    peer.address = "unix:uid=" + std::to_string(who.uid) + ",pid=" + std::to_string(who.pid);
    return peer;
}

/// One host has a whole /64 of IPv6, so that is one user; a mapped IPv4 address is itself.
std::string user_of(const in6_addr& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (IN6_IS_ADDR_V4MAPPED(&address) != 0) {
        ::inet_ntop(AF_INET, &address.s6_addr[12], text.data(), text.size());
        return "addr=" + std::string(text.data());
    }
    in6_addr network = address;
    std::fill(std::begin(network.s6_addr) + 8, std::end(network.s6_addr), std::uint8_t{0});
    ::inet_ntop(AF_INET6, &network, text.data(), text.size());
    return "addr=" + std::string(text.data()) + "/64";
}

bool is_loopback(const in6_addr& address)
{
    return IN6_IS_ADDR_LOOPBACK(&address) != 0 ||
           (IN6_IS_ADDR_V4MAPPED(&address) != 0 && address.s6_addr[12] == 127);
}

}  // namespace

SocketPeer peer_of(int socket)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size);
    std::array<char, INET6_ADDRSTRLEN> text{};
    SocketPeer peer;
    if (address.ss_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
        ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
        peer.address =
            "tcp:" + std::string(text.data()) + ":" + std::to_string(ntohs(v4->sin_port));
        peer.user = "addr=" + std::string(text.data());
        peer.local = (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
        return peer;
    }
    if (address.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
        peer.address =
            "tcp:[" + std::string(text.data()) + "]:" + std::to_string(ntohs(v6->sin6_port));
        peer.user = user_of(v6->sin6_addr);
        peer.local = is_loopback(v6->sin6_addr);
        return peer;
    }
    return unix_peer(socket);
}

void set_socket_options(int socket, bool is_tcp)
{
    const auto set = [socket](int level, int name, int value) {
        (void)::setsockopt(socket, level, name, &value, sizeof value);
    };
    if (!is_tcp) {
        // The forced form needs a privilege; the plain one is capped by the system's limit.
        for (const auto& [forced, plain] :
             {std::pair(SO_SNDBUFFORCE, SO_SNDBUF), std::pair(SO_RCVBUFFORCE, SO_RCVBUF)}) {
            int value = unix_buffer_size;
            if (::setsockopt(socket, SOL_SOCKET, forced, &value, sizeof value) != 0) {
                set(SOL_SOCKET, plain, value);
            }
        }
        return;
    }
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
    set(IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
    set(IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
}

}  // namespace penstock::net
