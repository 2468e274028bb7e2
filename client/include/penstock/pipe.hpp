// Pipes: two ends, each message that one sends is received by the other, whole and in order.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/options.hpp>
#include <penstock/pipe_end.hpp>

#include <system_error>
#include <utility>

namespace penstock {

namespace detail {

template <class End>
[[nodiscard]] End end_from_fd(int fd, Half half, PipeOptions options)
{
    std::error_code ec;
    PipeEndHandle handle = pipe_end_from_fd(fd, half, options, ec);
    if (ec) fail_from_fd(ec, fd, half);
    return End(std::move(handle));
}

}  // namespace detail

/// The end of a pipe that only receives: there is no `send`, where Python's would raise `OSError`,
/// "connection is read-only". What is said of `Connection` holds for it, too.
template <Codable T>
class Receiver : public detail::Receiving<T, PipeEnd> {
public:
    using value_type = T;

    /// Not open: every call gives errc::closed. So is an end that was moved from.
    Receiver() noexcept = default;
    explicit Receiver(detail::PipeEndHandle handle) noexcept
        : detail::Receiving<T, PipeEnd>(std::move(handle))
    {}

    /// Takes over `fd`, of an end that can receive. See `Connection::from_fd`.
    [[nodiscard]] static Receiver from_fd(int fd, PipeOptions options = {})
    {
        return detail::end_from_fd<Receiver>(fd, detail::Half::receiving, options);
    }

    /// As above; a closed end if `ec` is set, and then `fd` is still the caller's.
    [[nodiscard]] static Receiver from_fd(int fd, PipeOptions options, std::error_code& ec)
    {
        return Receiver(detail::pipe_end_from_fd(fd, detail::Half::receiving, options, ec));
    }
};

/// The end of a pipe that only sends: there is no `recv`, where Python's would raise `OSError`,
/// "connection is write-only". What is said of `Connection` holds for it, too.
template <Codable T>
class Sender : public detail::Sending<T, PipeEnd> {
public:
    using value_type = T;

    /// Not open: every call gives errc::closed. So is an end that was moved from.
    Sender() noexcept = default;
    explicit Sender(detail::PipeEndHandle handle) noexcept
        : detail::Sending<T, PipeEnd>(std::move(handle))
    {}

    /// Takes over `fd`, of an end that can send. See `Connection::from_fd`.
    [[nodiscard]] static Sender from_fd(int fd, PipeOptions options = {})
    {
        return detail::end_from_fd<Sender>(fd, detail::Half::sending, options);
    }

    /// As above; a closed end if `ec` is set, and then `fd` is still the caller's.
    [[nodiscard]] static Sender from_fd(int fd, PipeOptions options, std::error_code& ec)
    {
        return Sender(detail::pipe_end_from_fd(fd, detail::Half::sending, options, ec));
    }
};

/// An end of a pipe that sends and receives. Python: `multiprocessing.connection.Connection`.
///
/// \par Threads       All members may be called from several threads at once, but for moving,
///                    assigning, destroying, `split` and `release`. One thread sends at a time, one
///                    receives; others wait for their turn, as part of their timeout. (Python's are
///                    not thread-safe.)
/// \par Order         Messages arrive in the order of the calls of `send`.
/// \par Cancellation  `close()` in another thread ends waiting calls with errc::closed. Signals
///                    don't interrupt a call.
/// \par fork, exec    A child inherits the ends, and each process closes those that it doesn't use:
///                    end-of-file comes when the last copy is closed. Only one process should
///                    receive from an end, and one send: what has arrived is read ahead. An end
///                    that another thread was using during fork() can only be closed in the child:
///                    errc::forked. Descriptors are close-on-exec; see `release`.
/// \par Deadlock      Two sides that both send more than the system buffers (about 200 KiB), and
///                    don't receive meanwhile, wait for each other. So do Python's.
template <Codable T>
class Connection : public detail::Receiving<T, detail::Sending<T, PipeEnd>> {
public:
    using value_type = T;

    /// Not open: every call gives errc::closed. So is an end that was moved from.
    Connection() noexcept = default;
    explicit Connection(detail::PipeEndHandle handle) noexcept
        : detail::Receiving<T, detail::Sending<T, PipeEnd>>(std::move(handle))
    {}

    /// Takes over `fd`, and closes it at the end: one that `release()` gave, here or before an
    /// exec, or any connected stream socket whose other side speaks these frames (an int32 length,
    /// then the bytes), as Python's `Connection(fd)` does. From now on it is close-on-exec.
    ///
    /// \par Errors  `std::errc::invalid_argument`: it is not a connected stream socket;
    ///              `std::errc::bad_file_descriptor`; unsupported: it can't do what is asked of it
    [[nodiscard]] static Connection from_fd(int fd, PipeOptions options = {})
    {
        return detail::end_from_fd<Connection>(fd, detail::Half::both, options);
    }

    /// As above; a closed end if `ec` is set, and then `fd` is still the caller's.
    [[nodiscard]] static Connection from_fd(int fd, PipeOptions options, std::error_code& ec)
    {
        return Connection(detail::pipe_end_from_fd(fd, detail::Half::both, options, ec));
    }

    /// Both halves of this end, for two threads. When the Sender is closed or destroyed the other
    /// side gets end-of-file, while the Receiver may still receive; and the other way round. It
    /// does so for all processes that have this end.
    [[nodiscard]] std::pair<Receiver<T>, Sender<T>> split() &&
    {
        auto [receiving, sending] = std::move(this->handle_).split();
        return {Receiver<T>(std::move(receiving)), Sender<T>(std::move(sending))};
    }
};

/// Both ends of a new pipe, for threads, or for the two sides of a fork. Python: `Pipe()`.
///
///     auto [ours, theirs] = penstock::pipe<std::string>();
///     if (::fork() == 0) {
///         ours.close();
///         theirs.send("hello");
///         ::_exit(0);
///     }
///     theirs.close();  // or end-of-file never comes
///     std::puts(ours.recv().c_str());
///
/// \par Errors  a code of `std::system_category()`: no more descriptors
template <Codable T>
[[nodiscard]] std::pair<Connection<T>, Connection<T>> pipe(PipeOptions options, std::error_code& ec)
{
    auto [one, other] = detail::make_pipe(false, options, ec);
    return {Connection<T>(std::move(one)), Connection<T>(std::move(other))};
}

template <Codable T>
[[nodiscard]] std::pair<Connection<T>, Connection<T>> pipe(PipeOptions options = {})
{
    std::error_code ec;
    auto ends = pipe<T>(options, ec);
    if (ec) detail::fail_to_make_pipe(ec);
    return ends;
}

/// A pipe whose first end receives what the second one sends. Python: `Pipe(duplex=False)`.
template <Codable T>
[[nodiscard]] std::pair<Receiver<T>, Sender<T>> one_way_pipe(PipeOptions options,
                                                             std::error_code& ec)
{
    auto [receiving, sending] = detail::make_pipe(true, options, ec);
    return {Receiver<T>(std::move(receiving)), Sender<T>(std::move(sending))};
}

template <Codable T>
[[nodiscard]] std::pair<Receiver<T>, Sender<T>> one_way_pipe(PipeOptions options = {})
{
    std::error_code ec;
    auto ends = one_way_pipe<T>(options, ec);
    if (ec) detail::fail_to_make_pipe(ec);
    return ends;
}

}  // namespace penstock
