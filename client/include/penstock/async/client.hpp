// Client: one session with a broker, driven by the event loop of its user.
#pragma once

#include <penstock/async/admin.hpp>
#include <penstock/async/connection_state.hpp>
#include <penstock/async/detail/calls.hpp>
#include <penstock/async/detail/pipe_end.hpp>
#include <penstock/async/joinable_queue.hpp>
#include <penstock/async/pipe.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/options.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace penstock::async {

/// A session with a broker. It starts no thread: all happens where its executor runs.
///
///     asio::awaitable<void> work()
///     {
///         penstock::async::Client client(co_await asio::this_coro::executor);
///         co_await client.async_connect("unix:/run/penstock.sock");
///         auto jobs = co_await client.async_queue<std::string>("jobs");
///         co_await jobs.async_put("hello");
///         std::string job = co_await jobs.async_get(5s);
///     }
///
/// (With gcc before 13: name first what stands in braces, and what `a ? b : c` makes;
/// `co_await f({.maxsize = 1})` is safe with our options, which need no destructor, but hardly with
/// anybody else's. docs/async.md has this, and more of the kind.)
///
/// \par Threads  As of an Asio socket: one thread at a time may use one object.
class Client {
public:
    using executor_type = asio::any_io_executor;

    explicit Client(asio::any_io_executor executor)
        : connection_(detail::make_connection(std::move(executor)))
    {}
    /// `close()`, and `on_state`'s callback is called no more.
    ~Client() { leave(); }
    Client(Client&&) noexcept = default;
    Client& operator=(Client&& other) noexcept
    {
        if (this != &other) {
            leave();
            connection_ = std::move(other.connection_);
        }
        return *this;
    }

    [[nodiscard]] executor_type get_executor() const noexcept
    {
        return detail::executor_of(*connection_);
    }

    /// Connects, once. Addresses and options as `penstock::connect`.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Completes when     the session has begun, or `options.timeout` has passed
    /// \par Errors             those of `penstock::connect`, asio::error::already_connected,
    ///                         asio::error::operation_aborted
    /// \par Cancellation       terminal, partial, total: at once; the client is of no use then
    template <class Token = asio::deferred_t>
    auto async_connect(std::string_view address = {},
                       ConnectOptions options = {},
                       Token&& token = {})
    {
        return detail::begin<void(error_code)>(connection_,
                                               detail::start_connect,
                                               std::forward<Token>(token),
                                               detail::make_target(address, options));
    }

    /// Has `callback` told what becomes of the connection, in order, where the executor runs:
    /// connecting, connected, cut. Replaces the one before; an empty one ends it, and so does
    /// destroying the client: then it is called no more. Set it before async_connect. Where one
    /// thread runs the executor, a cut is told before what it ends completes.
    void on_state(StateCallback callback)
    {
        detail::set_state_callback(connection_, std::move(callback));
    }

    /// Opens a queue by its name, of 1 to 200 characters out of `A-Z a-z 0-9 . _ : / -`; creates it
    /// if `options.open` allows. Python: `Queue(maxsize)`, or `manager.get_queue()`.
    ///
    /// \par Handler signature  void(error_code, Queue<T>)
    /// \par Errors             errc::not_found, exists, options_differ, too_many, disconnected,
    ///                         std::errc::invalid_argument, asio::error::operation_aborted
    /// \par Cancellation       terminal, partial: at once
    template <Codable T, class Token = asio::deferred_t>
    auto async_queue(std::string_view name, QueueOptions options = {}, Token&& token = {})
    {
        return open<Queue<T>>(name, options, false, std::forward<Token>(token));
    }

    /// `async_queue` for those who count unfinished work.
    ///
    /// \par Handler signature  void(error_code, JoinableQueue<T>)
    template <Codable T, class Token = asio::deferred_t>
    auto async_joinable_queue(std::string_view name, QueueOptions options = {}, Token&& token = {})
    {
        return open<JoinableQueue<T>>(name, options, true, std::forward<Token>(token));
    }

    /// `async_joinable_queue` whose youngest item comes out first; it is that order that is asked
    /// for, whatever `options.order` says. errc::options_differ if it has another.
    ///
    /// \par Handler signature  void(error_code, LifoQueue<T>)
    template <Codable T, class Token = asio::deferred_t>
    auto async_lifo_queue(std::string_view name, QueueOptions options = {}, Token&& token = {})
    {
        options.order = Order::lifo;
        return open<LifoQueue<T>>(name, options, true, std::forward<Token>(token));
    }

    /// The same for the smallest priority first.
    ///
    /// \par Handler signature  void(error_code, PriorityQueue<T>)
    template <Codable T, class Token = asio::deferred_t>
    auto async_priority_queue(std::string_view name, QueueOptions options = {}, Token&& token = {})
    {
        options.order = Order::priority;
        return open<PriorityQueue<T>>(name, options, true, std::forward<Token>(token));
    }

    /// Looks at the broker's queues, empties and removes them.
    [[nodiscard]] Admin admin() const { return Admin(connection_); }

    /// Acknowledges now what was handed out. Otherwise that goes with whatever is sent next.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Completes when     the system has taken the acknowledgements
    /// \par Errors             errc::disconnected, asio::error::operation_aborted
    /// \par Cancellation       terminal, partial, total: at once; they go out all the same
    template <class Token = asio::deferred_t>
    auto async_flush(Token&& token = {})
    {
        return detail::begin<void(error_code)>(
            connection_, detail::start_flush, std::forward<Token>(token));
    }

    /// Asks the broker for a sign of life; gives how long it took.
    ///
    /// \par Handler signature  void(error_code, Duration)
    /// \par Errors             errc::timed_out, disconnected, asio::error::operation_aborted
    /// \par Cancellation       terminal, partial: at once
    template <class Token = asio::deferred_t>
    auto async_ping(Duration timeout = std::chrono::seconds(5), Token&& token = {})
    {
        return detail::begin<void(error_code, Duration)>(
            connection_, detail::start_ping, std::forward<Token>(token), timeout);
    }

    /// Opens one end of a pipe by its name, and waits until somebody else, on this host or another,
    /// has opened the other one. The name is taken until both ends are closed. Between processes on
    /// one host, over the broker's Unix socket, each is handed one end of a pair of sockets, and
    /// messages don't pass the broker; else it relays them. Python: `Pipe()`, and passing an end
    /// on.
    ///
    /// \par Handler signature  void(error_code, Connection<T>)
    /// \par Completes when     both ends are there, or the timeout passed
    /// \par Errors             errc::timed_out (nobody came), end_taken (somebody has that end),
    ///                         options_differ (it is a queue's name), too_many, disconnected,
    ///                         std::errc::invalid_argument (not a name),
    ///                         asio::error::operation_aborted
    /// \par Cancellation       terminal, partial: at once; total: while nobody came
    template <Codable T, class Token = asio::deferred_t>
    auto async_pipe(std::string_view name, End end, Duration timeout = forever, Token&& token = {})
    {
        const auto wrap = [](detail::PipeEndHandle handle) {
            return Connection<T>(std::move(handle));
        };
        return open_pipe(name, end, timeout, wrap, std::forward<Token>(token));
    }

    /// `async_pipe` of the left end, by which this side only receives: Python's first end of
    /// `Pipe(duplex=False)`. The other side is a pipe sender; if it is a `pipe`, its `recv` gives
    /// end-of-file.
    ///
    /// \par Handler signature  void(error_code, Receiver<T>)
    /// \par Errors             as `async_pipe`; so are completion and cancellation
    template <Codable T, class Token = asio::deferred_t>
    auto async_pipe_receiver(std::string_view name, Duration timeout = forever, Token&& token = {})
    {
        const auto wrap = [](detail::PipeEndHandle handle) {
            return Receiver<T>(std::move(handle).split().first);
        };
        return open_pipe(name, End::left, timeout, wrap, std::forward<Token>(token));
    }

    /// `async_pipe` of the right end, by which this side only sends; a `pipe` at the other side
    /// can't.
    ///
    /// \par Handler signature  void(error_code, Sender<T>)
    /// \par Errors             as `async_pipe`; so are completion and cancellation
    template <Codable T, class Token = asio::deferred_t>
    auto async_pipe_sender(std::string_view name, Duration timeout = forever, Token&& token = {})
    {
        const auto wrap = [](detail::PipeEndHandle handle) {
            return Sender<T>(std::move(handle).split().second);
        };
        return open_pipe(name, End::right, timeout, wrap, std::forward<Token>(token));
    }

    /// Ends the session: what is under way completes with operation_aborted, and what was handed
    /// over is acknowledged first. Idempotent.
    void close() noexcept
    {
        if (connection_) detail::close(connection_);
    }

private:
    template <class Wrap, class Token>
    auto open_pipe(std::string_view name, End end, Duration timeout, Wrap wrap, Token&& token)
    {
        const auto convert = [wrap](error_code ec, std::shared_ptr<detail::PipeEnd> opened) {
            return asio::deferred.values(ec, wrap(detail::PipeEndHandle(std::move(opened))));
        };
        return detail::begin_converted<void(error_code, std::shared_ptr<detail::PipeEnd>)>(
            connection_,
            detail::start_open_pipe,
            convert,
            std::forward<Token>(token),
            std::string(name),
            end,
            timeout);
    }

    template <class Opened, class Token>
    auto open(std::string_view name, const QueueOptions& options, bool joinable, Token&& token)
    {
        const auto wrap = [](error_code ec, detail::HandlePtr handle) {
            return asio::deferred.values(ec, Opened(std::move(handle)));
        };
        return detail::begin_converted<void(error_code, detail::HandlePtr)>(
            connection_,
            detail::start_open,
            wrap,
            std::forward<Token>(token),
            std::string(name),
            options,
            joinable);
    }

    void leave() noexcept
    {
        if (!connection_) return;
        detail::set_state_callback(connection_, {});
        detail::close(connection_);
    }

    detail::ConnectionPtr connection_;
};

}  // namespace penstock::async
