#include "client/src/io/pipe_socket.hpp"

#include "client/src/io/last_error.hpp"

#include <penstock/error.hpp>

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace penstock::io {

namespace {

/// The mark: how far peeking has come means nothing where nothing arrives.
constexpr int only_sends_mark = 0x70656e;

int option(int fd, int name)
{
    int value = -1;
    socklen_t size = sizeof(value);
    return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// It was shut down for sending, by this side: an end whose other side is gone can't be told from
/// one that may send.
bool only_receives(int fd)
{
    // With nothing to send the kernel looks at the socket only.
    if (::send(fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) == 0 || errno != EPIPE) return false;
    pollfd entry{fd, 0, 0};
    return ::poll(&entry, 1, 0) == 0;
}

std::error_code check_socket(int fd)
{
    if (::fcntl(fd, F_GETFD) < 0) return std::make_error_code(std::errc::bad_file_descriptor);
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    const bool connected = option(fd, SO_TYPE) == SOCK_STREAM &&
                           ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    return connected ? std::error_code() : std::make_error_code(std::errc::invalid_argument);
}

Directions directions_of(int fd)
{
    if (option(fd, SO_DOMAIN) != AF_UNIX) return {};
    return {.sends = !only_receives(fd), .receives = option(fd, SO_PEEK_OFF) != only_sends_mark};
}

}  // namespace

void mark_as_sending_only(int fd)
{
    // Without it a wrong use of a descriptor ends in end-of-file: worse, but not wrong.
    (void)::setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &only_sends_mark, sizeof(only_sends_mark));
}

Descriptor take_over(int fd, detail::Half half, Directions& directions, std::error_code& ec)
{
    ec = check_socket(fd);
    if (ec) return {};
    directions = directions_of(fd);
    if ((half == detail::Half::receiving && !directions.receives) ||
        (half == detail::Half::sending && !directions.sends)) {
        ec = errc::unsupported;
        return {};
    }
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        ec = last_error();
        return {};
    }
    return Descriptor(fd);
}

}  // namespace penstock::io
