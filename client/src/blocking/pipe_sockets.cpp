// Pipes without names: a pair of sockets, and ends that are made of descriptors.
#include "client/src/blocking/direct_end.hpp"
#include "client/src/complete_error.hpp"
#include "client/src/io/last_error.hpp"

#include <penstock/detail/pipe_end.hpp>
#include <penstock/error.hpp>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace penstock::detail {

namespace {

using blocking::DirectEnd;
using io::Directions;

/// An end that only sends looks like one whose other side has stopped sending. So it bears a mark:
/// how far peeking has come means nothing where nothing arrives.
constexpr int only_sends_mark = 0x70656e;

void mark_as_sending_only(int fd)
{
    // Without it a wrong use of a descriptor ends in end-of-file: worse, but not wrong.
    (void)::setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &only_sends_mark, sizeof(only_sends_mark));
}

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

std::pair<PipeEndHandle, PipeEndHandle> make_pipe(bool one_way,
                                                  PipeOptions options,
                                                  std::error_code& ec)
{
    ec.clear();
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
        ec = io::last_error();
        return {};
    }
    io::Descriptor first(fds[0]);
    io::Descriptor second(fds[1]);
    if (one_way) {
        if (::shutdown(first.get(), SHUT_WR) != 0) {
            ec = io::last_error();
            return {};
        }
        mark_as_sending_only(second.get());
    }
    const Directions receives{.sends = !one_way, .receives = true};
    const Directions sends{.sends = true, .receives = !one_way};
    return {PipeEndHandle(DirectEnd::make(std::move(first), options, receives)),
            PipeEndHandle(DirectEnd::make(std::move(second), options, sends))};
}

PipeEndHandle pipe_end_from_fd(int fd, Half half, PipeOptions options, std::error_code& ec)
{
    ec = check_socket(fd);
    if (ec) return {};
    const Directions directions = directions_of(fd);
    if ((half == Half::receiving && !directions.receives) ||
        (half == Half::sending && !directions.sends)) {
        ec = errc::unsupported;
        return {};
    }
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        ec = io::last_error();
        return {};
    }
    return PipeEndHandle(DirectEnd::make(io::Descriptor(fd), options, directions));
}

void fail_to_make_pipe(std::error_code ec)
{
    throw_error(ec, "pipe");
}

void fail_from_fd(std::error_code ec, int fd, Half half)
{
    const std::string what = "from_fd of descriptor " + std::to_string(fd) + ": ";
    if (ec == std::errc::bad_file_descriptor) throw CompleteError(ec, what + "it is not open");
    if (ec == std::errc::invalid_argument) {
        throw CompleteError(ec, what + "it is not a connected stream socket");
    }
    if (ec == errc::unsupported) {
        const bool sends = half == Half::sending;
        throw CompleteError(ec, what + (sends ? "this end only receives" : "this end only sends"));
    }
    throw_error(ec, what + "taking it over");
}

}  // namespace penstock::detail
