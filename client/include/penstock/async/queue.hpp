// Queue: Python's multiprocessing.Queue, asynchronous.
#pragma once

#include <penstock/async/detail/calls.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>

#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace penstock::async {

class Client;

/// An open queue. Move-only; `Client::async_queue` gives it. A moved-from one may only be assigned
/// to or destroyed.
///
/// Each operation takes a completion token of Asio's: a callback, `asio::use_awaitable`,
/// `asio::deferred` (the default, which `co_await` understands) and so on. It copies what it needs
/// before it returns, completes exactly once, and never inside the call that starts it.
///
/// \par Threads  As of an Asio socket: one thread at a time may use one object, and its operations
///               may complete on any thread that runs its executor. Several objects of one client
///               may be used at the same time.
template <Codable T>
class Queue {
public:
    using value_type = T;
    using executor_type = asio::any_io_executor;

    /// Not open: only to be assigned to.
    Queue() noexcept = default;
    /// Closes the handle, quietly. Its operations complete with errc::closed. Never ends the queue
    /// for others.
    ~Queue() { close(); }
    Queue(Queue&&) noexcept = default;
    Queue& operator=(Queue&& other) noexcept
    {
        if (this != &other) {
            close();
            handle_ = std::move(other.handle_);
        }
        return *this;
    }

    [[nodiscard]] executor_type get_executor() const noexcept
    {
        return detail::executor_of(*handle_);
    }

    /// Appends `item`, waiting up to `timeout` for room. Python: `Queue.put(item, timeout=...)`.
    /// `item` is encoded before this returns; it need not outlive the call.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Completes when     the broker has the item, the timeout passed, the queue ended, or the
    ///                         session did
    /// \par Errors             errc::full, shut_down, closed, too_large, no_memory, in_doubt,
    ///                         disconnected, asio::error::operation_aborted
    /// \par Cancellation       terminal, partial: at once. Whether the item was put is not known
    ///                         then, as with errc::in_doubt.
    template <class Token = asio::deferred_t>
    auto async_put(const T& item, Duration timeout = forever, Token&& token = {})
    {
        Bytes bytes;
        Codec<T>::encode(item, bytes);
        const auto start = [](const auto& handle, auto&&... arguments) {
            detail::start_put(handle, std::forward<decltype(arguments)>(arguments)...);
        };
        return asio::async_initiate<Token, void(error_code)>(
            detail::Initiation(handle_, start),
            token,
            std::move(bytes),
            detail::PutSpec{content_type_of<T>, std::nullopt},
            timeout);
    }

    /// Takes the oldest item, waiting up to `timeout`. Python: `Queue.get(timeout=...)`.
    ///
    /// \par Handler signature  void(error_code, T)
    /// \par Completes when     an item was assigned to this call, the timeout passed, the queue
    ///                         ended and was drained, or the session ended
    /// \par Errors             errc::empty, shut_down, eof, closed, bad_message, disconnected,
    ///                         asio::error::operation_aborted
    /// \par Cancellation       total: while no item is assigned, else the item is delivered;
    ///                         partial, terminal: at once. An item that is assigned to a call which
    ///                         completes with an error returns to its place: none is lost.
    template <class Token = asio::deferred_t>
    auto async_get(Duration timeout = forever, Token&& token = {})
    {
        const auto start = [](const auto& handle, auto&&... arguments) {
            detail::start_get(handle, std::forward<decltype(arguments)>(arguments)...);
        };
        const auto decode = [](error_code ec, detail::RawItem raw) {
            T value{};
            if (!ec) {
                std::error_code bad;
                value = Codec<T>::decode(raw.bytes, bad);
                ec = bad;
            }
            return asio::deferred.values(ec, std::move(value));
        };
        asio::deferred_t raw;
        return asio::async_initiate<asio::deferred_t, void(error_code, detail::RawItem)>(
            detail::Initiation(handle_, start), raw, timeout)(asio::deferred(decode))(
            std::forward<Token>(token));
    }

    /// This handle only; idempotent.
    void close() noexcept
    {
        if (handle_) detail::close(handle_);
    }

private:
    friend class Client;
    explicit Queue(std::shared_ptr<detail::Handle> handle) noexcept : handle_(std::move(handle)) {}

    std::shared_ptr<detail::Handle> handle_;
};

}  // namespace penstock::async
