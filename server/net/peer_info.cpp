#include "server/net/peer_info.hpp"

#include <arpa/inet.h>
#include <array>
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
        return peer;
    }
    peer.uid = who.uid;
    peer.address = "unix:uid=" + std::to_string(who.uid) + ",pid=" + std::to_string(who.pid);
    return peer;
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
        peer.local = (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
        return peer;
    }
    if (address.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
        peer.address =
            "tcp:[" + std::string(text.data()) + "]:" + std::to_string(ntohs(v6->sin6_port));
        peer.local = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) != 0;
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
