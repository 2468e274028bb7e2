// Pipes, asynchronous: two ends, each message that one sends is received by the other, whole and in
// order.
#pragma once

#include <penstock/async/detail/pipe_end.hpp>
#include <penstock/async/pipe_end.hpp>
#include <penstock/codec.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/options.hpp>
#include <penstock/pipe.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <system_error>
#include <utility>

namespace penstock::async {

namespace detail {

template <class End>
[[nodiscard]] End end_from_fd(asio::any_io_executor executor,
                              int fd,
                              Half half,
                              PipeOptions options)
{
    std::error_code ec;
    PipeEndHandle handle(end_from_fd(std::move(executor), fd, half, options, ec));
    if (ec) penstock::detail::fail_from_fd(ec, fd, half);
    return End(std::move(handle));
}

}  // namespace detail

/// The end of a pipe that only receives. What is said of `Connection` holds for it, too.
template <Codable T>
class Receiver : public detail::Receiving<T, PipeEnd> {
public:
    using value_type = T;

    /// Not open: only to be assigned to.
    Receiver() noexcept = default;
    explicit Receiver(detail::PipeEndHandle handle) noexcept
        : detail::Receiving<T, PipeEnd>(std::move(handle))
    {}

    /// Goes on with a blocking end. See `Connection`.
    Receiver(asio::any_io_executor executor, penstock::Receiver<T>&& end, PipeOptions options = {})
        : Receiver(detail::PipeEndHandle(detail::take_over_fd(
              std::move(executor), end.release(), detail::Half::receiving, options)))
    {}

    /// Takes over `fd`, of an end that can receive. See `Connection::from_fd`.
    [[nodiscard]] static Receiver from_fd(asio::any_io_executor executor,
                                          int fd,
                                          PipeOptions options = {})
    {
        return detail::end_from_fd<Receiver>(
            std::move(executor), fd, detail::Half::receiving, options);
    }

    /// As above; an end that is not open if `ec` is set, and then `fd` is still the caller's.
    [[nodiscard]] static Receiver from_fd(asio::any_io_executor executor,
                                          int fd,
                                          PipeOptions options,
                                          std::error_code& ec)
    {
        return Receiver(detail::PipeEndHandle(
            detail::end_from_fd(std::move(executor), fd, detail::Half::receiving, options, ec)));
    }
};

/// The end of a pipe that only sends. What is said of `Connection` holds for it, too.
template <Codable T>
class Sender : public detail::Sending<T, PipeEnd> {
public:
    using value_type = T;

    /// Not open: only to be assigned to.
    Sender() noexcept = default;
    explicit Sender(detail::PipeEndHandle handle) noexcept
        : detail::Sending<T, PipeEnd>(std::move(handle))
    {}

    /// Goes on with a blocking end. See `Connection`.
    Sender(asio::any_io_executor executor, penstock::Sender<T>&& end, PipeOptions options = {})
        : Sender(detail::PipeEndHandle(detail::take_over_fd(
              std::move(executor), end.release(), detail::Half::sending, options)))
    {}

    /// Takes over `fd`, of an end that can send. See `Connection::from_fd`.
    [[nodiscard]] static Sender from_fd(asio::any_io_executor executor,
                                        int fd,
                                        PipeOptions options = {})
    {
        return detail::end_from_fd<Sender>(std::move(executor), fd, detail::Half::sending, options);
    }

    /// As above; an end that is not open if `ec` is set, and then `fd` is still the caller's.
    [[nodiscard]] static Sender from_fd(asio::any_io_executor executor,
                                        int fd,
                                        PipeOptions options,
                                        std::error_code& ec)
    {
        return Sender(detail::PipeEndHandle(
            detail::end_from_fd(std::move(executor), fd, detail::Half::sending, options, ec)));
    }
};

/// An end of a pipe that sends and receives, of a name at a broker (`Client::async_pipe`). The
/// other end may be a blocking one, or Python's. Python: `multiprocessing.connection.Connection`.
///
/// Each operation takes a completion token of Asio's: a callback, `asio::use_awaitable`,
/// `asio::deferred` (the default, which `co_await` understands) and so on. It copies what it needs
/// before it returns, completes exactly once, and never inside the call that starts it. Destroying
/// the end closes it; closing the client ends it with operation_aborted.
///
/// \par Threads  As of an Asio socket: one thread at a time may use one object, and its operations
///               may complete on any thread that runs its executor. The halves of a split end are
///               two objects. Where several threads run it, give a coroutine that uses `||` a
///               strand: of two branches that complete at the same time Asio drops one result.
template <Codable T>
class Connection : public detail::Receiving<T, detail::Sending<T, PipeEnd>> {
public:
    using value_type = T;

    /// Not open: only to be assigned to.
    Connection() noexcept = default;
    explicit Connection(detail::PipeEndHandle handle) noexcept
        : detail::Receiving<T, detail::Sending<T, PipeEnd>>(std::move(handle))
    {}

    /// Goes on with a blocking end of a pipe that has no name: one of `penstock::pipe`, `dial` or
    /// `Listener::accept`, which is closed by this.
    ///
    /// \par Errors  errc::closed; unsupported: it has a name or is half of an end, bytes that
    ///              arrived were read ahead, or a part of a message is unsent: receive, or send,
    ///              what there is before
    Connection(asio::any_io_executor executor,
               penstock::Connection<T>&& end,
               PipeOptions options = {})
        : Connection(detail::PipeEndHandle(detail::take_over_fd(
              std::move(executor), end.release(), detail::Half::both, options)))
    {}

    /// Takes over `fd`, and closes it at the end: any connected stream socket whose other side
    /// speaks these frames, as `penstock::Connection::from_fd`. Its flags stay as they are: other
    /// processes may have it, too.
    ///
    /// \par Errors  `std::errc::invalid_argument`: it is not a connected stream socket;
    ///              `std::errc::bad_file_descriptor`; unsupported: it can't do what is asked of it
    [[nodiscard]] static Connection from_fd(asio::any_io_executor executor,
                                            int fd,
                                            PipeOptions options = {})
    {
        return detail::end_from_fd<Connection>(
            std::move(executor), fd, detail::Half::both, options);
    }

    /// As above; an end that is not open if `ec` is set, and then `fd` is still the caller's.
    [[nodiscard]] static Connection from_fd(asio::any_io_executor executor,
                                            int fd,
                                            PipeOptions options,
                                            std::error_code& ec)
    {
        return Connection(detail::PipeEndHandle(
            detail::end_from_fd(std::move(executor), fd, detail::Half::both, options, ec)));
    }

    /// Both halves of this end. When the Sender is closed or destroyed the other side gets
    /// end-of-file, while the Receiver may still receive; and the other way round. What waits goes
    /// on.
    [[nodiscard]] std::pair<Receiver<T>, Sender<T>> split() &&
    {
        auto [receiving, sending] = std::move(this->handle_).split();
        return {Receiver<T>(std::move(receiving)), Sender<T>(std::move(sending))};
    }
};

}  // namespace penstock::async
