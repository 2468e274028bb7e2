// Client: one session with a broker, driven by the event loop of its user.
#pragma once

#include <penstock/async/detail/calls.hpp>
#include <penstock/async/detail/pipe_end.hpp>
#include <penstock/async/pipe.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/duration.hpp>
#include <penstock/options.hpp>

#include <memory>
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
/// (With gcc before 13: name what stands in braces first; `co_await f({.maxsize = 1})` is safe with
/// our options, which need no destructor, but hardly with anybody else's.)
///
/// \par Threads  As of an Asio socket: one thread at a time may use one object.
class Client {
public:
    using executor_type = asio::any_io_executor;

    explicit Client(asio::any_io_executor executor)
        : connection_(detail::make_connection(std::move(executor)))
    {}
    /// `close()`.
    ~Client() { close(); }
    Client(Client&&) noexcept = default;
    Client& operator=(Client&& other) noexcept
    {
        if (this != &other) {
            close();
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
        const auto start = [](const auto& connection, auto&&... arguments) {
            detail::start_connect(connection, std::forward<decltype(arguments)>(arguments)...);
        };
        return asio::async_initiate<Token, void(error_code)>(
            detail::Initiation(connection_, start), token, detail::make_target(address, options));
    }

    /// Opens a queue. Python: `Queue(maxsize)`, or `manager.get_queue()`.
    ///
    /// \par Handler signature  void(error_code, Queue<T>)
    /// \par Errors             errc::not_found, exists, options_differ, too_many, disconnected,
    ///                         std::errc::invalid_argument, asio::error::operation_aborted
    /// \par Cancellation       terminal, partial: at once
    template <Codable T, class Token = asio::deferred_t>
    auto async_queue(std::string_view name, QueueOptions options = {}, Token&& token = {})
    {
        const auto start = [](const auto& connection, auto&&... arguments) {
            detail::start_open(connection, std::forward<decltype(arguments)>(arguments)...);
        };
        const auto wrap = [](error_code ec, std::shared_ptr<detail::Handle> handle) {
            return asio::deferred.values(ec, Queue<T>(std::move(handle)));
        };
        asio::deferred_t raw;
        return asio::async_initiate<asio::deferred_t,
                                    void(error_code, std::shared_ptr<detail::Handle>)>(
            detail::Initiation(connection_, start), raw, std::string(name), options)(
            asio::deferred(wrap))(std::forward<Token>(token));
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
        const auto wrap = [](error_code ec, std::shared_ptr<detail::PipeEnd> opened) {
            detail::PipeEndHandle handle(std::move(opened));
            return asio::deferred.values(ec, Connection<T>(std::move(handle)));
        };
        return open_pipe(name, end, timeout)(asio::deferred(wrap))(std::forward<Token>(token));
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
        const auto wrap = [](error_code ec, std::shared_ptr<detail::PipeEnd> opened) {
            detail::PipeEndHandle handle(std::move(opened));
            return asio::deferred.values(ec, Receiver<T>(std::move(handle).split().first));
        };
        return open_pipe(
            name, End::left, timeout)(asio::deferred(wrap))(std::forward<Token>(token));
    }

    /// `async_pipe` of the right end, by which this side only sends; a `pipe` at the other side
    /// can't.
    ///
    /// \par Handler signature  void(error_code, Sender<T>)
    /// \par Errors             as `async_pipe`; so are completion and cancellation
    template <Codable T, class Token = asio::deferred_t>
    auto async_pipe_sender(std::string_view name, Duration timeout = forever, Token&& token = {})
    {
        const auto wrap = [](error_code ec, std::shared_ptr<detail::PipeEnd> opened) {
            detail::PipeEndHandle handle(std::move(opened));
            return asio::deferred.values(ec, Sender<T>(std::move(handle).split().second));
        };
        return open_pipe(
            name, End::right, timeout)(asio::deferred(wrap))(std::forward<Token>(token));
    }

    /// Ends the session: what is under way completes with operation_aborted, and what was handed
    /// over is acknowledged first. Idempotent.
    void close() noexcept
    {
        if (connection_) detail::close(connection_);
    }

private:
    auto open_pipe(std::string_view name, End end, Duration timeout)
    {
        const auto start = [](const auto& connection, auto&&... arguments) {
            detail::start_open_pipe(connection, std::forward<decltype(arguments)>(arguments)...);
        };
        asio::deferred_t raw;
        return asio::async_initiate<asio::deferred_t,
                                    void(error_code, std::shared_ptr<detail::PipeEnd>)>(
            detail::Initiation(connection_, start), raw, std::string(name), end, timeout);
    }

    std::shared_ptr<detail::Connection> connection_;
};

}  // namespace penstock::async
