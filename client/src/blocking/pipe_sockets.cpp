// Pipes without names: a pair of sockets, and ends that are made of descriptors.
#include "client/src/blocking/direct_end.hpp"
#include "client/src/complete_error.hpp"
#include "client/src/io/last_error.hpp"
#include "client/src/io/pipe_socket.hpp"

#include <penstock/detail/pipe_end.hpp>
#include <penstock/error.hpp>

#include <array>
#include <sys/socket.h>
#include <utility>

namespace penstock::detail {

using blocking::DirectEnd;
using io::Directions;

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
        io::mark_as_sending_only(second.get());
    }
    const Directions receives{.sends = !one_way, .receives = true};
    const Directions sends{.sends = true, .receives = !one_way};
    return {PipeEndHandle(DirectEnd::make(std::move(first), options, receives)),
            PipeEndHandle(DirectEnd::make(std::move(second), options, sends))};
}

PipeEndHandle pipe_end_from_fd(int fd, Half half, PipeOptions options, std::error_code& ec)
{
    Directions directions;
    io::Descriptor socket = io::take_over(fd, half, directions, ec);
    if (ec) return {};
    return PipeEndHandle(DirectEnd::make(std::move(socket), options, directions));
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
