// Sockets for the relay and its peers: listening and dialling by a penstock address.
#pragma once

#include "common/base/endpoint.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <variant>

namespace penstock::bench {

[[noreturn]] inline void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family = 0;

    [[nodiscard]] const sockaddr* raw() const
    {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

/// Hosts by number only: the benchmarks stay on this machine.
inline Address address_of(const std::string& text)
{
    const auto parsed = base::parse_endpoint(text);
    if (const auto* why = std::get_if<std::string>(&parsed)) throw std::runtime_error(*why);
    const auto& endpoint = std::get<base::Endpoint>(parsed);
    Address address;
    if (endpoint.family == base::Endpoint::Family::unix_socket) {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        std::memcpy(name.sun_path, endpoint.path.c_str(), endpoint.path.size() + 1);
        std::memcpy(&address.storage, &name, sizeof name);
        address.size = sizeof name;
        address.family = AF_UNIX;
        return address;
    }
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(endpoint.port);
    if (::inet_pton(AF_INET, endpoint.host.c_str(), &name.sin_addr) != 1) {
        throw std::runtime_error("not an IPv4 address: " + endpoint.host);
    }
    std::memcpy(&address.storage, &name, sizeof name);
    address.size = sizeof name;
    address.family = AF_INET;
    return address;
}

/// One frame is one write, so nothing is gained by waiting for more.
inline void send_at_once(int socket, int family)
{
    const int on = 1;
    if (family == AF_INET) ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline int dial(const std::string& text)
{
    const Address address = address_of(text);
    const int socket = ::socket(address.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) fail("socket");
    if (::connect(socket, address.raw(), address.size) != 0) fail("connect");
    send_at_once(socket, address.family);
    return socket;
}

}  // namespace penstock::bench
