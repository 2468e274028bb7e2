#include "server/net/inherited_sockets.hpp"

#include "server/net/environment.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace penstock::net {

namespace {

constexpr int first_fd = 3;

[[noreturn]] void fail(int fd, const std::string& why)
{
    throw std::runtime_error("LISTEN_FDS: file descriptor " + std::to_string(fd) + " " + why);
}

int option(int fd, int name)
{
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(fd, SOL_SOCKET, name, &value, &size) != 0) fail(fd, "is not a socket");
    return value;
}

std::string unix_path(const sockaddr_un& address, socklen_t size)
{
    const std::size_t length = size - offsetof(sockaddr_un, sun_path);
    std::string path(address.sun_path, length);
    if (path.empty()) return path;
    if (path.front() == '\0') return path.replace(0, 1, "@");  // abstract
    return path.c_str();
}

base::Endpoint endpoint_of(int fd)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        fail(fd, "has no address");
    }
    base::Endpoint endpoint;
    if (storage.ss_family == AF_UNIX) {
        endpoint.path = unix_path(reinterpret_cast<const sockaddr_un&>(storage), size);
        return endpoint;
    }
    endpoint.family = base::Endpoint::Family::tcp;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (storage.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        endpoint.port = ntohs(v4.sin_port);
    } else if (storage.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        endpoint.port = ntohs(v6.sin6_port);
    } else {
        fail(fd, "is neither a Unix nor a TCP socket");
    }
    endpoint.host = text.data();
    return endpoint;
}

InheritedSocket adopt(int fd, std::string name)
{
    if (option(fd, SO_TYPE) != SOCK_STREAM) fail(fd, "is not a stream socket");
    if (option(fd, SO_ACCEPTCONN) == 0) fail(fd, "does not listen");
    const int flags = ::fcntl(fd, F_GETFL);
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        fail(fd, "cannot be set up");
    }
    return {fd, std::move(name), endpoint_of(fd)};
}

}  // namespace

std::vector<InheritedSocket> take_inherited_sockets()
{
    const std::string pid = take_variable("LISTEN_PID");
    const std::string count_text = take_variable("LISTEN_FDS");
    std::string names = take_variable("LISTEN_FDNAMES");
    if (count_text.empty() || positive_number(pid) != ::getpid()) return {};  // another's
    const auto count = positive_number(count_text);
    if (!count || *count > inherited_sockets_max) {
        throw std::runtime_error("LISTEN_FDS: '" + count_text + "' is not between 1 and " +
                                 std::to_string(inherited_sockets_max));
    }
    std::vector<InheritedSocket> sockets;
    for (int i = 0; i < *count; ++i) {
        const std::size_t colon = names.find(':');
        sockets.push_back(adopt(first_fd + i, names.substr(0, colon)));
        names.erase(0, colon == std::string::npos ? names.size() : colon + 1);
    }
    return sockets;
}

}  // namespace penstock::net
