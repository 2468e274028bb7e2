// LifoQueue<T>, PriorityQueue<T> and SimpleQueue<T>: Python's other queues.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/detail/handle.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/joinable_queue.hpp>
#include <penstock/options.hpp>
#include <penstock/put_report.hpp>
#include <penstock/queue.hpp>

#include <optional>
#include <system_error>
#include <utility>

namespace penstock {

/// The youngest item comes out first. Python: `queue.LifoQueue`.
///
/// An item that returns because its consumer went away has the place of its age again: behind all
/// that were put since.
template <Codable T>
class LifoQueue : public JoinableQueue<T> {};

/// The item with the smallest priority comes out first, of equal ones the oldest.
/// Python: `queue.PriorityQueue`, where the priority is the item itself, or the head of a tuple.
///
/// The broker never looks into items, so the priority stands beside the item; what is put without
/// one has priority 0. Through a plain `Queue` handle everything has priority 0.
template <Codable T>
class PriorityQueue : public JoinableQueue<T> {
public:
    using Queue<T>::put;
    using Queue<T>::put_many;
    using Queue<T>::put_nowait;
    using Queue<T>::try_put;

    /// As `put(item, timeout)`. Python: `PriorityQueue.put((priority, item), timeout=...)`.
    void put(const T& item, Priority priority, Duration timeout = forever)
    {
        std::error_code ec;
        put(item, priority, timeout, ec);
        detail::throw_if(ec, "put to", detail::Access::handle<Queue<T>>(*this));
    }

    bool put(const T& item, Priority priority, Duration timeout, std::error_code& ec)
    {
        return detail::Access::put<Queue<T>>(*this, item, priority, timeout, ec);
    }

    /// As `try_put(item)`.
    [[nodiscard]] bool try_put(const T& item, Priority priority)
    {
        std::error_code ec;
        put(item, priority, Duration::zero(), ec);
        if (ec == errc::full) return false;
        detail::throw_if(ec, "put to", detail::Access::handle<Queue<T>>(*this));
        return true;
    }

    /// As `put_nowait(item)`.
    void put_nowait(const T& item, Priority priority) { put(item, priority, Duration::zero()); }

    /// As `put_many(items)`, but of pairs {priority, item}, as in Python's `put((priority, item))`:
    /// a vector of them, or a `std::multimap<Priority, T>`. Only neighbours of one priority share
    /// a request; so with `stop_on_error` each change of it takes a round trip.
    template <detail::RangeOf<std::pair<Priority, T>> Range>
    [[nodiscard]] PutReport put_many(Range&& items, PutManyOptions options)
    {
        detail::EncodedItems encoded;
        for (const auto& [priority, item] : items) {
            encoded.priorities.push_back(priority);
            encoded.template add<T>(item);
        }
        auto& handle = detail::Access::handle<Queue<T>>(*this);
        return handle.put_many(std::move(encoded), {content_type_of<T>, std::nullopt}, options);
    }

    template <detail::RangeOf<std::pair<Priority, T>> Range>
    [[nodiscard]] PutReport put_many(Range&& items, Duration timeout = forever)
    {
        return put_many(std::forward<Range>(items), PutManyOptions{timeout, false});
    }
};

/// Only what every queue can do: put, get, whether it is empty, and close.
/// Python: `multiprocessing.SimpleQueue`.
///
/// Forms, threads, order, acknowledging and errors are those of `Queue`; so are all others of its
/// calls, for those who open the same queue as one.
template <Codable T>
class SimpleQueue {
public:
    using value_type = T;

    /// Not open: every call gives errc::closed.
    SimpleQueue() noexcept = default;

    /// Python: `SimpleQueue.put(item)`; there it blocks when the pipe is full, here only if
    /// somebody opened the queue with a maxsize, or the broker's memory is full.
    void put(const T& item) { queue_.put(item); }
    bool put(const T& item, std::error_code& ec) { return queue_.put(item, forever, ec); }

    /// Python: `SimpleQueue.get()`.
    [[nodiscard]] T get() { return queue_.get(); }
    [[nodiscard]] std::optional<T> get(std::error_code& ec) { return queue_.get(forever, ec); }

    /// Python: `SimpleQueue.empty()`.
    [[nodiscard]] bool empty() const { return queue_.empty(); }
    [[nodiscard]] bool empty(std::error_code& ec) const { return queue_.empty(ec); }

    /// This handle only. Python: `SimpleQueue.close()`.
    void close() noexcept { queue_.close(); }

private:
    friend class Client;

    Queue<T> queue_;
};

}  // namespace penstock
