// Queue: Python's multiprocessing.Queue, asynchronous.
#pragma once

#include <penstock/async/detail/calls.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/item.hpp>
#include <penstock/put_report.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penstock::async {

/// An open queue. Move-only; `Client::async_queue` gives it.
///
/// Each operation takes a completion token of Asio's: a callback, `asio::use_awaitable`,
/// `asio::deferred` (the default, which `co_await` understands) and so on. It copies what it needs
/// before it returns, completes exactly once, and never inside the call that starts it. Many may be
/// under way at once: those of one kind are served in the order in which they were begun.
///
/// \par Acknowledging  An item is acknowledged after its handler has been given it: with whatever
///                     this client sends next, by `Client::async_flush`, or when it is closed.
///                     Until then it returns to its place in the queue if this process or its
///                     connection ends, and is handed out again, marked (`Item::attempts`).
/// \par Errors         Each operation may also complete with errc::disconnected (the connection was
///                     cut, or never made), errc::forked (in the child of a fork), and
///                     asio::error::operation_aborted (cancelled, or the client was closed).
/// \par Threads        As of an Asio socket: one thread at a time may use one object, and its
///                     operations may complete on any thread that runs its executor. Several
///                     objects of one client may be used at the same time.
template <Codable T>
class Queue {
public:
    using value_type = T;
    using executor_type = asio::any_io_executor;

    /// Not open: only to be assigned to or destroyed. So is one that was moved from.
    Queue() noexcept = default;
    explicit Queue(detail::HandlePtr handle) noexcept : handle_(std::move(handle)) {}
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
    /// \par Errors             errc::full, shut_down, closed, too_large, no_memory, in_doubt
    /// \par Cancellation       total: while there is no room for it; partial, terminal: at once.
    ///                         Whether the item was put is not known then, as with errc::in_doubt.
    template <class Token = asio::deferred_t>
    auto async_put(const T& item, Duration timeout = forever, Token&& token = {})
    {
        return put_as(item, std::nullopt, timeout, std::forward<Token>(token));
    }

    /// Puts each of `items`, in their order and in few round trips; all have the one timeout. With
    /// `stop_on_error` nothing behind an item that can't be put is tried, else the others are. The
    /// report says what became of each. What is begun later may come between the items of a long
    /// one, but never before its first. Python has only a loop over `put`.
    ///
    /// \par Handler signature  void(PutReport)
    /// \par Errors             in the report, of each item as `async_put`, or errc::skipped
    /// \par Cancellation       as `async_put` for what is under way, which the report says by
    ///                         std::errc::operation_canceled; the rest is errc::skipped
    template <penstock::detail::RangeOf<T> Range, class Token = asio::deferred_t>
    auto async_put_many(Range&& items, PutManyOptions options = {}, Token&& token = {})
    {
        detail::EncodedItems encoded;
        for (const T& item : items) encoded.add(item);
        return put_all(std::move(encoded), options, std::forward<Token>(token));
    }

    template <penstock::detail::RangeOf<T> Range, class Token = asio::deferred_t>
    auto async_put_many(Range&& items, Duration timeout, Token&& token = {})
    {
        return async_put_many(
            std::forward<Range>(items), PutManyOptions{timeout, false}, std::forward<Token>(token));
    }

    /// Takes the oldest item, waiting up to `timeout`; with a timeout of zero there is one now or
    /// errc::empty. Python: `Queue.get(timeout=...)`.
    ///
    /// \par Handler signature  void(error_code, T)
    /// \par Completes when     an item was assigned to this call, the timeout passed, the queue
    ///                         ended and was drained, or the session ended
    /// \par Errors             errc::empty, shut_down, eof, closed; bad_message: the codec can't
    ///                         decode the item, which is lost then: use a `Queue<Bytes>` if that
    ///                         matters
    /// \par Cancellation       total: while no item is assigned, else the item is delivered;
    ///                         partial, terminal: at once. An item that is assigned to a call which
    ///                         completes with an error returns to its place: none is lost.
    template <class Token = asio::deferred_t>
    auto async_get(Duration timeout = forever, Token&& token = {})
    {
        const auto decode = [](error_code ec, detail::RawItem raw) {
            T value = detail::decoded<T>(raw, ec);
            return asio::deferred.values(ec, std::move(value));
        };
        return detail::begin_converted<void(error_code, detail::RawItem)>(
            handle_, detail::start_get, decode, std::forward<Token>(token), timeout);
    }

    /// `async_get` with what the queue knows about the item. All else as there.
    ///
    /// \par Handler signature  void(error_code, Item<T>)
    template <class Token = asio::deferred_t>
    auto async_get_item(Duration timeout = forever, Token&& token = {})
    {
        const auto decode = [](error_code ec, detail::RawItem raw) {
            Item<T> item = detail::decoded_item<T>(raw, ec);
            return asio::deferred.values(ec, std::move(item));
        };
        return detail::begin_converted<void(error_code, detail::RawItem)>(
            handle_, detail::start_get, decode, std::forward<Token>(token), timeout);
    }

    /// Waits for an item, then takes it and what else is there, at most `n` (and at most 4,096) and
    /// about as many bytes as the broker grants: in one round trip. Nothing if `n` is 0. Errors and
    /// cancellation as `async_get`; with errc::bad_message all of them are lost.
    ///
    /// \par Handler signature  void(error_code, std::vector<T>)
    template <class Token = asio::deferred_t>
    auto async_get_many(std::size_t n, Duration timeout = forever, Token&& token = {})
    {
        const auto decode = [](error_code ec, std::vector<detail::RawItem> raw) {
            std::vector<T> values;
            values.reserve(raw.size());
            for (detail::RawItem& item : raw) {
                values.push_back(detail::decoded<T>(item, ec));
            }
            if (ec) values.clear();
            return asio::deferred.values(ec, std::move(values));
        };
        return detail::begin_converted<void(error_code, std::vector<detail::RawItem>)>(
            handle_, detail::start_get_many, decode, std::forward<Token>(token), n, timeout);
    }

    /// How many items were ready at the broker a moment ago. Python: `Queue.qsize()`.
    ///
    /// \par Handler signature  void(error_code, std::size_t)
    /// \par Errors             errc::closed
    /// \par Cancellation       terminal, partial: at once
    template <class Token = asio::deferred_t>
    auto async_qsize(Token&& token = {})
    {
        const auto size = [](error_code ec, detail::Fill fill) {
            return asio::deferred.values(ec, static_cast<std::size_t>(fill.ready));
        };
        return fill(size, std::forward<Token>(token));
    }

    /// Whether no item was ready a moment ago. Don't loop on it: `async_get` with a timeout says
    /// the same and is right. Python: `Queue.empty()`. All else as `async_qsize`.
    ///
    /// \par Handler signature  void(error_code, bool)
    template <class Token = asio::deferred_t>
    auto async_empty(Token&& token = {})
    {
        const auto empty = [](error_code ec, detail::Fill fill) {
            return asio::deferred.values(ec, !ec && fill.ready == 0);
        };
        return fill(empty, std::forward<Token>(token));
    }

    /// Whether there was no room a moment ago; never for an unbounded queue. Python:
    /// `Queue.full()`. All else as `async_qsize`.
    ///
    /// \par Handler signature  void(error_code, bool)
    template <class Token = asio::deferred_t>
    auto async_full(Token&& token = {})
    {
        const auto full = [](error_code ec, detail::Fill fill) {
            return asio::deferred.values(ec, !ec && fill.full());
        };
        return fill(full, std::forward<Token>(token));
    }

    /// Ends the queue for everybody: from now on put gives errc::shut_down, and so does get when
    /// what is there has been taken. `immediate` drops what is there and counts it off for `join`.
    /// Idempotent. Python 3.13: `queue.Queue.shutdown(immediate=False)`.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Errors             errc::closed, in_doubt
    /// \par Cancellation       terminal, partial: at once; whether it took effect is not known then
    template <class Token = asio::deferred_t>
    auto async_shutdown(bool immediate = false, Token&& token = {})
    {
        return detail::begin<void(error_code)>(
            handle_, detail::start_shutdown, std::forward<Token>(token), immediate);
    }

    /// Closes this handle only; idempotent. What is under way completes with errc::closed, and an
    /// item that is assigned to it returns to its place. Doesn't wait for the broker. Python:
    /// `Queue.close()`, also there for this process only.
    void close() noexcept
    {
        if (handle_) detail::close(handle_);
    }

protected:
    /// For those who know more: JoinableQueue and its kin.
    [[nodiscard]] const detail::HandlePtr& handle() const noexcept { return handle_; }

    template <class Token>
    auto put_as(const T& item, std::optional<Priority> priority, Duration timeout, Token&& token)
    {
        Bytes bytes;
        Codec<T>::encode(item, bytes);
        return detail::begin<void(error_code)>(handle_,
                                               detail::start_put,
                                               std::forward<Token>(token),
                                               std::move(bytes),
                                               detail::PutSpec{content_type_of<T>, priority},
                                               timeout);
    }

    template <class Token>
    auto put_all(detail::EncodedItems items, PutManyOptions options, Token&& token)
    {
        return detail::begin<void(PutReport)>(handle_,
                                              detail::start_put_many,
                                              std::forward<Token>(token),
                                              std::move(items),
                                              detail::PutSpec{content_type_of<T>, std::nullopt},
                                              options);
    }

private:
    friend struct detail::Reach;

    template <class Convert, class Token>
    auto fill(Convert convert, Token&& token)
    {
        return detail::begin_converted<void(error_code, detail::Fill)>(
            handle_, detail::start_fill, convert, std::forward<Token>(token));
    }

    detail::HandlePtr handle_;
};

}  // namespace penstock::async
