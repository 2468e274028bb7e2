// Pipes, asynchronous: two ends, each message that one sends is received by the other, whole and in
// order.
#pragma once

#include <penstock/async/detail/pipe_end.hpp>
#include <penstock/async/pipe_end.hpp>
#include <penstock/codec.hpp>

#include <utility>

namespace penstock::async {

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
