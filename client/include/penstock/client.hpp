// Client: one session with a broker, and connect(), which makes it.
#pragma once

#include <penstock/admin.hpp>
#include <penstock/codec.hpp>
#include <penstock/detail/handle.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/export.hpp>
#include <penstock/joinable_queue.hpp>
#include <penstock/options.hpp>
#include <penstock/ordered_queues.hpp>
#include <penstock/pipe.hpp>
#include <penstock/queue.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace penstock {

/// One connection to a broker, and the handles opened through it.
///
///     auto client = penstock::connect("unix:/run/penstock.sock", {.timeout = 2s});
///     auto jobs = client.queue<std::string>("jobs", {.maxsize = 100});
///     jobs.put("hello");
///
/// (Python's `multiprocessing.connection.Client(address)` is a function that returns a Connection;
/// this is the session with a broker, near to a `BaseManager` after `connect()`.)
///
/// \par Threads     All members may be called from several threads at once, but for moving,
///                  assigning and destroying; so may its handles. Threads share the connection:
///                  whoever waits reads for all.
/// \par Lifetime    Handles may outlive their Client; its end ends the session, and then their
///                  calls give errc::disconnected.
/// \par Connection  It is not made anew when it is cut: connect again. What was handed out and not
///                  acknowledged then returns to its place in the queue.
/// \par fork        A client belongs to the process that made it. In a child all calls of it and
///                  of its handles are errc::forked. There it can be closed and destroyed, which
///                  neither parent nor broker notices, and the child can connect for itself.
class PENSTOCK_API Client {
public:
    /// Not connected: every call gives errc::disconnected. So is a client that was moved from.
    Client() noexcept;
    explicit Client(std::shared_ptr<blocking::Connection> connection) noexcept;

    /// close().
    ~Client();
    Client(Client&& other) noexcept;
    Client& operator=(Client&& other) noexcept;

    /// Opens a queue by its name, of 1 to 200 characters out of `A-Z a-z 0-9 . _ : / -`; creates it
    /// if `options.open` allows. Python: a queue that a manager's registered callable returns.
    ///
    /// \par Errors  `std::errc::invalid_argument` (not a name), errc::not_found, exists,
    ///              options_differ, closed (as a producer, where the queue has ended),
    ///              too_many, unsupported, refused, disconnected
    template <Codable T>
    [[nodiscard]] Queue<T> queue(std::string_view name, QueueOptions options = {})
    {
        std::error_code ec;
        Queue<T> result = queue<T>(name, options, ec);
        if (ec) throw_open_error(ec, name);
        return result;
    }

    /// As above; a closed handle if `ec` is set.
    template <Codable T>
    [[nodiscard]] Queue<T> queue(std::string_view name, QueueOptions options, std::error_code& ec)
    {
        Queue<T> result;
        detail::Access::handle(result) = open(name, options, false, ec);
        return result;
    }

    /// `queue` for those who count unfinished work.
    template <Codable T>
    [[nodiscard]] JoinableQueue<T> joinable_queue(std::string_view name, QueueOptions options = {})
    {
        std::error_code ec;
        JoinableQueue<T> result = joinable_queue<T>(name, options, ec);
        if (ec) throw_open_error(ec, name);
        return result;
    }

    template <Codable T>
    [[nodiscard]] JoinableQueue<T> joinable_queue(std::string_view name,
                                                  QueueOptions options,
                                                  std::error_code& ec)
    {
        JoinableQueue<T> result;
        detail::Access::handle<Queue<T>>(result) = open(name, options, true, ec);
        return result;
    }

    /// `joinable_queue` whose youngest item comes out first; it is that order that is asked for,
    /// whatever `options.order` says. errc::options_differ if it has another.
    template <Codable T>
    [[nodiscard]] LifoQueue<T> lifo_queue(std::string_view name, QueueOptions options = {})
    {
        return ordered<LifoQueue<T>, T>(name, options, Order::lifo);
    }

    template <Codable T>
    [[nodiscard]] LifoQueue<T> lifo_queue(std::string_view name,
                                          QueueOptions options,
                                          std::error_code& ec)
    {
        return ordered<LifoQueue<T>, T>(name, options, Order::lifo, ec);
    }

    /// The same for the smallest priority first.
    template <Codable T>
    [[nodiscard]] PriorityQueue<T> priority_queue(std::string_view name, QueueOptions options = {})
    {
        return ordered<PriorityQueue<T>, T>(name, options, Order::priority);
    }

    template <Codable T>
    [[nodiscard]] PriorityQueue<T> priority_queue(std::string_view name,
                                                  QueueOptions options,
                                                  std::error_code& ec)
    {
        return ordered<PriorityQueue<T>, T>(name, options, Order::priority, ec);
    }

    /// `queue` for those who want only put and get.
    template <Codable T>
    [[nodiscard]] SimpleQueue<T> simple_queue(std::string_view name)
    {
        SimpleQueue<T> result;
        result.queue_ = queue<T>(name);
        return result;
    }

    template <Codable T>
    [[nodiscard]] SimpleQueue<T> simple_queue(std::string_view name, std::error_code& ec)
    {
        SimpleQueue<T> result;
        result.queue_ = queue<T>(name, {}, ec);
        return result;
    }

    /// Opens one end of a pipe by its name, and waits until somebody else, on this host or another,
    /// has opened the other one. The name is taken until both ends are closed.
    ///
    /// Between processes on one host, over the broker's Unix socket, each is handed one end of a
    /// pair of sockets, and messages don't pass the broker; else it relays them, and holds a sender
    /// back when the receiver is slow. Python has no such meeting: `Pipe()`, and passing an end on.
    ///
    /// \par Errors  `std::errc::invalid_argument` (not a name), errc::timed_out (nobody came),
    ///              end_taken (somebody has that end), options_differ (it is a queue's name),
    ///              too_many, disconnected
    template <Codable T>
    [[nodiscard]] Connection<T> pipe(std::string_view name, End end, Duration timeout = forever)
    {
        std::error_code ec;
        Connection<T> result = pipe<T>(name, end, timeout, ec);
        if (ec) throw_pipe_error(ec, name);
        return result;
    }

    /// As above; a closed end if `ec` is set.
    template <Codable T>
    [[nodiscard]] Connection<T> pipe(std::string_view name,
                                     End end,
                                     Duration timeout,
                                     std::error_code& ec)
    {
        return Connection<T>(open_pipe(name, end, timeout, ec));
    }

    /// `pipe` of the left end, by which this side only receives: Python's first end of
    /// `Pipe(duplex=False)`. The other side is a `pipe_sender`; if it is a `pipe`, its `recv` gives
    /// end-of-file.
    template <Codable T>
    [[nodiscard]] Receiver<T> pipe_receiver(std::string_view name, Duration timeout = forever)
    {
        std::error_code ec;
        Receiver<T> result = pipe_receiver<T>(name, timeout, ec);
        if (ec) throw_pipe_error(ec, name);
        return result;
    }

    template <Codable T>
    [[nodiscard]] Receiver<T> pipe_receiver(std::string_view name,
                                            Duration timeout,
                                            std::error_code& ec)
    {
        return Receiver<T>(open_pipe(name, End::left, timeout, ec).split().first);
    }

    /// `pipe` of the right end, by which this side only sends; a `pipe` at the other side can't.
    template <Codable T>
    [[nodiscard]] Sender<T> pipe_sender(std::string_view name, Duration timeout = forever)
    {
        std::error_code ec;
        Sender<T> result = pipe_sender<T>(name, timeout, ec);
        if (ec) throw_pipe_error(ec, name);
        return result;
    }

    template <Codable T>
    [[nodiscard]] Sender<T> pipe_sender(std::string_view name,
                                        Duration timeout,
                                        std::error_code& ec)
    {
        return Sender<T>(open_pipe(name, End::right, timeout, ec).split().second);
    }

    /// Looks at the broker's queues, empties and removes them.
    [[nodiscard]] Admin admin() const;

    /// Acknowledges now what was handed out. Otherwise that goes with the next request or wait.
    ///
    /// \par Errors  errc::disconnected
    void flush();
    void flush(std::error_code& ec);

    /// Asks the broker for a sign of life; returns how long it took.
    ///
    /// \par Errors  errc::timed_out, disconnected
    Duration ping(Duration timeout = std::chrono::seconds(5));
    Duration ping(Duration timeout, std::error_code& ec);

    /// Acknowledges what was handed out and ends the session; waits up to 2 seconds for the broker
    /// to agree. Calls under way in other threads end as if the connection were cut. Idempotent.
    void close() noexcept;

private:
    template <class Result, class T>
    [[nodiscard]] Result ordered(std::string_view name, QueueOptions options, Order order)
    {
        std::error_code ec;
        Result result = ordered<Result, T>(name, options, order, ec);
        if (ec) throw_open_error(ec, name);
        return result;
    }

    template <class Result, class T>
    [[nodiscard]] Result ordered(std::string_view name,
                                 QueueOptions options,
                                 Order order,
                                 std::error_code& ec)
    {
        options.order = order;
        Result result;
        detail::Access::handle<Queue<T>>(result) = open(name, options, true, ec);
        return result;
    }

    [[nodiscard]] bool may_open(std::string_view name, std::error_code& ec) const;
    [[nodiscard]] detail::QueueHandle open(std::string_view name,
                                           const QueueOptions& options,
                                           bool joinable,
                                           std::error_code& ec);
    [[nodiscard]] detail::PipeEndHandle open_pipe(std::string_view name,
                                                  End end,
                                                  Duration timeout,
                                                  std::error_code& ec);
    [[noreturn]] static void throw_pipe_error(std::error_code ec, std::string_view name);
    [[noreturn]] static void throw_open_error(std::error_code ec, std::string_view name);

    std::shared_ptr<blocking::Connection> connection_;
};

/// Connects to the broker at PENSTOCK_URL, or, where that is not set, at the default socket:
/// `$XDG_RUNTIME_DIR/penstock/penstock.sock`, else `/tmp/penstock-UID/penstock.sock`.
[[nodiscard]] PENSTOCK_API Client connect();

/// Connects to `address`: `unix:/path`, `tcp:host:port` or `tcp:[::1]:port`; empty: as above.
///
/// A Unix socket must belong to a broker of this user or root (or `options.broker_uid`). With a key
/// (`options.key_file`) both sides prove that they have it, and a TCP server that doesn't ask for
/// it is refused. The key authenticates; it doesn't encrypt.
///
/// \par Errors  `std::errc::invalid_argument` (address, name or key file can't be used), a code of
///              `std::system_category()` (no such socket, connection refused, ...), errc::refused
///              (key or permission), timed_out, unsupported (no common version), too_many,
///              protocol (that is not a broker), disconnected. The exception's text says more than
///              the code.
[[nodiscard]] PENSTOCK_API Client connect(std::string_view address, ConnectOptions options = {});

/// As above; a client that is not connected if `ec` is set.
[[nodiscard]] PENSTOCK_API Client connect(std::string_view address,
                                          ConnectOptions options,
                                          std::error_code& ec);

/// Where connect() goes when it is given no address: what PENSTOCK_URL says, right or wrong, else
/// the default socket.
[[nodiscard]] PENSTOCK_API std::string default_address();

/// The library's version, "0.1.0".
[[nodiscard]] PENSTOCK_API std::string_view version() noexcept;

}  // namespace penstock
