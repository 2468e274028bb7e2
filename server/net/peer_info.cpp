#include "server/net/peer_info.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace penstock::net {

namespace {

constexpr int unix_buffer_size = 1024 * 1024;
// Linux 6.5; the headers of Debian 12 don't know it.
constexpr int so_peerpidfd = 77;

int to_seconds(base::Duration duration)
{
    return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

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

void set_socket_options(int socket, bool is_tcp, const Keepalive& keepalive)
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
    // Never TCP_USER_TIMEOUT: it would end a live peer that is merely busy.
    set(IPPROTO_TCP, TCP_KEEPIDLE, to_seconds(keepalive.idle));
    set(IPPROTO_TCP, TCP_KEEPINTVL, to_seconds(keepalive.interval));
    set(IPPROTO_TCP, TCP_KEEPCNT, static_cast<int>(keepalive.probes));
}

UniqueFd open_pidfd(int socket, pid_t pid)
{
    int fd = -1;
    socklen_t size = sizeof fd;
    if (::getsockopt(socket, SOL_SOCKET, so_peerpidfd, &fd, &size) == 0) return UniqueFd(fd);
    // Only an older kernel may be asked by number: else that number is somebody else's by now.
    if (errno != ENOPROTOOPT || pid <= 0) return UniqueFd();
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

Unacknowledged unacknowledged_of(int tcp_socket)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    int queued = 0;
    if (::getsockopt(tcp_socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ::ioctl(tcp_socket, SIOCOUTQ, &queued) != 0) {
        return {};
    }
    Unacknowledged result;
    result.any = queued > 0;
    // A peer that doesn't read closes its window, and its kernel answers each probe of that: one
    // may be on its way, two are not answered.
    result.unanswered = info.tcpi_unacked > 0 || info.tcpi_probes > 1;
    result.silence_for = std::chrono::milliseconds(info.tcpi_last_ack_recv);
    return result;
}

}  // namespace penstock::net
