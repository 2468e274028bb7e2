// Which sockets can be ends of pipes, and what such an end can do.
#pragma once

#include "client/src/io/descriptor.hpp"
#include "client/src/io/message_socket.hpp"

#include <penstock/detail/pipe_end.hpp>

#include <system_error>

namespace penstock::io {

/// An end that only sends looks like one whose other side has stopped sending. So it bears a mark.
void mark_as_sending_only(int fd);

/// `fd`, from now on close-on-exec, if it is a connected stream socket that can do what `half`
/// says; else it is still the caller's. std::errc::bad_file_descriptor, invalid_argument: it is
/// none; errc::unsupported.
[[nodiscard]] Descriptor take_over(int fd,
                                   detail::Half half,
                                   Directions& directions,
                                   std::error_code& ec);

}  // namespace penstock::io
