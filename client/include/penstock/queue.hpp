// Queue<T>: a handle of a named queue at the broker, shared by any number of processes and hosts.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/detail/handle.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/export.hpp>
#include <penstock/item.hpp>
#include <penstock/options.hpp>
#include <penstock/put_report.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock {

/// Items go in at one end and come out at the other, each exactly once, in the order in which they
/// were put. Python: `multiprocessing.Queue`.
///
/// Made by `Client::queue`. The handle can be moved, not copied; the queue itself lives at the
/// broker until it is removed.
///
/// \par Forms         Each call that may fail has a form that throws (`Error` or a type derived
/// from
///                    it) and one that takes a `std::error_code&` last, and sets or clears it.
///                    `try_` forms don't wait and answer with their result; other failures they
///                    throw.
/// \par Threads       All members may be called from several threads at once, but for moving,
///                    assigning and destroying. The calling thread does the work: there is no
///                    helper thread.
/// \par Order         Items of one thread come out in the order of its calls. Two threads are two
///                    sequences.
/// \par Acknowledging An item is acknowledged after `get` has returned it: with the next request,
/// or
///                    before the next wait of any thread of this client, or by `Client::flush`, or
///                    when the client is closed. Until then it returns to its place in the queue if
///                    this process or its connection ends, and is handed out again, marked
///                    (`Item::attempts`).
/// \par Cancellation  `close()` in another thread ends waiting calls with errc::closed. Signals
/// don't
///                    interrupt a call (Python: PEP 475).
/// \par Connection    When it ends, `put` and `shutdown` give errc::in_doubt if they were under
/// way:
///                    they took effect or they did not. All other calls, and all later ones, give
///                    errc::disconnected.
template <Codable T>
class Queue {
public:
    using value_type = T;

    /// Not open: every call gives errc::closed. So is a handle that was moved from.
    Queue() noexcept = default;

    /// Closes the handle, quietly. Never ends the queue for others.
    ~Queue() = default;
    Queue(Queue&&) noexcept = default;
    Queue& operator=(Queue&&) noexcept = default;

    /// Waits for room, then appends `item`. When it returns, the broker has the item.
    /// Python: `Queue.put(item, timeout=...)`; there, put returns before anything was sent.
    ///
    /// \par Errors  errc::full (`Full`), shut_down (`ShutDown`), closed, too_large, no_memory,
    ///              in_doubt (`InDoubt`), disconnected
    void put(const T& item, Duration timeout = forever)
    {
        std::error_code ec;
        put(item, timeout, ec);
        detail::throw_if(ec, "put to", handle_);
    }

    /// As above; true if the item was put, else `ec` says why not.
    bool put(const T& item, Duration timeout, std::error_code& ec)
    {
        return put_as(item, std::nullopt, timeout, ec);
    }

    /// Appends `item` if there is room now; false if there is none. Throws on other failures.
    [[nodiscard]] bool try_put(const T& item)
    {
        std::error_code ec;
        put(item, Duration::zero(), ec);
        if (ec == errc::full) return false;
        detail::throw_if(ec, "put to", handle_);
        return true;
    }

    /// Python: `Queue.put_nowait(item)`. Throws `Full` if there is no room now.
    void put_nowait(const T& item) { put(item, Duration::zero()); }

    /// Puts each of `items`, in their order and in few round trips; all have the one timeout. With
    /// `stop_on_error` nothing behind an item that can't be put is tried, else the others are. The
    /// report says what became of each, so there is no form that throws. Python has only a loop
    /// over `put`.
    ///
    /// \par Errors  of each item as `put`, or errc::skipped
    template <detail::RangeOf<T> Range>
    [[nodiscard]] PutReport put_many(Range&& items, PutManyOptions options)
    {
        detail::EncodedItems encoded;
        for (const T& item : items) encoded.add(item);
        return handle_.put_many(std::move(encoded), {content_type_of<T>, std::nullopt}, options);
    }

    template <detail::RangeOf<T> Range>
    [[nodiscard]] PutReport put_many(Range&& items, Duration timeout = forever)
    {
        return put_many(std::forward<Range>(items), PutManyOptions{timeout, false});
    }

    /// Waits for an item and takes it. Python: `Queue.get(timeout=...)`.
    ///
    /// An item that the codec can't decode is consumed (else it would come back for ever); the
    /// exception, `BadMessage`, carries its bytes.
    ///
    /// \par Errors  errc::empty (`Empty`), shut_down (`ShutDown`), eof (`EndOfFile`), closed,
    ///              bad_message (`BadMessage`), disconnected
    [[nodiscard]] T get(Duration timeout = forever) { return get_item(timeout).value; }

    /// As above; no value if `ec` is set. With errc::bad_message the bytes are lost: use the
    /// throwing form, or a `Queue<Bytes>`, if they matter.
    [[nodiscard]] std::optional<T> get(Duration timeout, std::error_code& ec)
    {
        detail::RawItem raw = handle_.get(timeout, ec);
        if (ec) return std::nullopt;
        return detail::decode<T>(raw.bytes, ec);
    }

    /// Takes an item if one is there; no value if the queue is empty now. Throws on other failures,
    /// `ShutDown` among them.
    [[nodiscard]] std::optional<T> try_get()
    {
        std::error_code ec;
        detail::RawItem raw = handle_.get(Duration::zero(), ec);
        if (ec == errc::empty) return std::nullopt;
        return take(std::move(raw), ec).value;
    }

    /// Python: `Queue.get_nowait()`. Throws `Empty` if there is no item now.
    [[nodiscard]] T get_nowait() { return get(Duration::zero()); }

    /// `get` with what the queue knows about the item. Errors as `get`.
    [[nodiscard]] Item<T> get_item(Duration timeout = forever)
    {
        std::error_code ec;
        detail::RawItem raw = handle_.get(timeout, ec);
        return take(std::move(raw), ec);
    }

    /// As above; no value if `ec` is set.
    [[nodiscard]] std::optional<Item<T>> get_item(Duration timeout, std::error_code& ec)
    {
        detail::RawItem raw = handle_.get(timeout, ec);
        if (ec) return std::nullopt;
        return detail::decode_item<T>(raw, ec);
    }

    /// Waits for an item, then takes it and what else is there, at most `n` (and at most 4,096) and
    /// about as many bytes as the broker grants: in one round trip. Nothing if `n` is 0.
    ///
    /// \par Errors  as `get`; with errc::bad_message the exception carries the bytes of the first
    ///              item that the codec can't decode, and the items before and behind it are lost:
    ///              use a `Queue<Bytes>` if they matter.
    [[nodiscard]] std::vector<T> get_many(std::size_t n, Duration timeout = forever)
    {
        std::error_code ec;
        std::vector<detail::RawItem> raw = handle_.get_many(n, timeout, ec);
        detail::throw_if(ec, "get from", handle_);
        std::vector<T> values;
        values.reserve(raw.size());
        for (detail::RawItem& item : raw) values.push_back(take(std::move(item), ec).value);
        return values;
    }

    /// As above; nothing if `ec` is set.
    [[nodiscard]] std::vector<T> get_many(std::size_t n, Duration timeout, std::error_code& ec)
    {
        std::vector<T> values;
        for (detail::RawItem& item : handle_.get_many(n, timeout, ec)) {
            std::optional<T> value = detail::decode<T>(item.bytes, ec);
            if (!value) return {};
            values.push_back(std::move(*value));
        }
        return values;
    }

    /// `get_many` with what the queue knows about each item.
    [[nodiscard]] std::vector<Item<T>> get_many_items(std::size_t n, Duration timeout = forever)
    {
        std::error_code ec;
        std::vector<detail::RawItem> raw = handle_.get_many(n, timeout, ec);
        detail::throw_if(ec, "get from", handle_);
        std::vector<Item<T>> items;
        items.reserve(raw.size());
        for (detail::RawItem& item : raw) items.push_back(take(std::move(item), ec));
        return items;
    }

    /// How many items were ready at the broker a moment ago. Python: `Queue.qsize()`.
    ///
    /// \par Errors  errc::closed, disconnected
    [[nodiscard]] std::size_t qsize() const
    {
        std::error_code ec;
        const std::size_t size = qsize(ec);
        detail::throw_if(ec, "qsize of", handle_);
        return size;
    }

    [[nodiscard]] std::size_t qsize(std::error_code& ec) const
    {
        return static_cast<std::size_t>(handle_.fill(ec).ready);
    }

    /// Whether no item was ready a moment ago. Don't loop on it: another consumer may be faster;
    /// `get` with a timeout says the same and is right. Python: `Queue.empty()`. Errors as `qsize`.
    [[nodiscard]] bool empty() const { return qsize() == 0; }

    /// False if `ec` is set.
    [[nodiscard]] bool empty(std::error_code& ec) const { return qsize(ec) == 0 && !ec; }

    /// Whether there was no room a moment ago; never for an unbounded queue. Python:
    /// `Queue.full()`. Errors as `qsize`.
    [[nodiscard]] bool full() const
    {
        std::error_code ec;
        const bool result = full(ec);
        detail::throw_if(ec, "full of", handle_);
        return result;
    }

    /// False if `ec` is set.
    [[nodiscard]] bool full(std::error_code& ec) const
    {
        const detail::Fill fill = handle_.fill(ec);
        return !ec && fill.full();
    }

    /// Ends the queue for everybody: from now on put gives errc::shut_down, and so does get when
    /// what is there has been taken. `immediate` drops what is there and counts it off for `join`.
    /// Idempotent. Python 3.13: `queue.Queue.shutdown(immediate=False)`.
    ///
    /// \par Errors  errc::closed, in_doubt (`InDoubt`), disconnected
    void shutdown(bool immediate = false)
    {
        std::error_code ec;
        shutdown(immediate, ec);
        detail::throw_if(ec, "shutdown of", handle_);
    }

    void shutdown(bool immediate, std::error_code& ec) { handle_.shutdown(immediate, ec); }

    /// Closes this handle only; idempotent. Its waiting calls in other threads end with
    /// errc::closed, and an item already assigned to one of them returns to its place; so do later
    /// calls. Doesn't wait for the broker. Python: `Queue.close()`, also there for this process
    /// only.
    void close() noexcept { handle_.close(); }

private:
    friend class detail::Access;

    bool put_as(const T& item,
                std::optional<Priority> priority,
                Duration timeout,
                std::error_code& ec)
    {
        Bytes bytes;
        Codec<T>::encode(item, bytes);
        return handle_.put(std::move(bytes), {content_type_of<T>, priority}, timeout, ec);
    }

    [[nodiscard]] Item<T> take(detail::RawItem raw, std::error_code ec) const
    {
        detail::throw_if(ec, "get from", handle_);
        std::optional<Item<T>> item = detail::decode_item<T>(raw, ec);
        if (!item) throw BadMessage("get from " + handle_.label(), std::move(raw.bytes));
        return std::move(*item);
    }

    detail::QueueHandle handle_;
};

}  // namespace penstock
