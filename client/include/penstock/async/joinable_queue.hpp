// JoinableQueue, LifoQueue, PriorityQueue: queues that also count unfinished work, asynchronous.
#pragma once

#include <penstock/async/detail/calls.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/item.hpp>
#include <penstock/options.hpp>
#include <penstock/put_report.hpp>

#include <utility>

namespace penstock::async {

/// A Queue that knows how many of its items are not finished yet: put counts up, `task_done` and
/// `done` count down, `join` waits for zero. Python: `multiprocessing.JoinableQueue`.
///
/// All that is said of `Queue` holds here, but that an item of a queue which ends is acknowledged
/// with its `done`, not before. Any queue can be opened so: the broker counts for all.
template <Codable T>
class JoinableQueue : public Queue<T> {
public:
    using Queue<T>::Queue;

    /// Says that the work on `item`, which `async_get_item` of this client gave, is finished; also
    /// acknowledges it. On any handle of the same queue.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Errors             errc::not_found (not an item that this client holds), closed,
    ///                         no_unfinished_task, in_doubt
    /// \par Cancellation       terminal, partial: at once; whether it counted is not known then
    template <class Token = asio::deferred_t>
    auto async_done(const Item<T>& item, Token&& token = {})
    {
        return detail::begin<void(error_code)>(this->handle(),
                                               detail::start_done,
                                               std::forward<Token>(token),
                                               penstock::detail::Access::token(item));
    }

    /// Finishes the oldest unfinished item which this handle gave; if there is none (the item came
    /// through another handle), it just counts down. Where several work on items of one handle, say
    /// `async_done`: here the oldest counts as theirs, whoever works on it. Python:
    /// `JoinableQueue.task_done()`, where once too often is a `ValueError`.
    ///
    /// A handle remembers 65,536 such items; the oldest are forgotten, and then just counted.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Errors             errc::no_unfinished_task (once too often), closed, in_doubt
    /// \par Cancellation       terminal, partial: at once; whether it counted is not known then
    template <class Token = asio::deferred_t>
    auto async_task_done(Token&& token = {})
    {
        return detail::begin<void(error_code)>(
            this->handle(), detail::start_task_done, std::forward<Token>(token));
    }

    /// Waits until every item that was ever put is finished. Python: `JoinableQueue.join()`, which
    /// has no timeout.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Completes when     nothing is unfinished, the timeout passed, or the session ended
    /// \par Errors             errc::timed_out, closed
    /// \par Cancellation       total, partial, terminal: at once
    template <class Token = asio::deferred_t>
    auto async_join(Duration timeout = forever, Token&& token = {})
    {
        return detail::begin<void(error_code)>(
            this->handle(), detail::start_join, std::forward<Token>(token), timeout);
    }
};

/// The youngest item comes out first. Python: `queue.LifoQueue`.
///
/// An item that returns because its consumer went away has the place of its age again: behind all
/// that were put since.
template <Codable T>
class LifoQueue : public JoinableQueue<T> {
public:
    using JoinableQueue<T>::JoinableQueue;
};

/// The item with the smallest priority comes out first, of equal ones the oldest. Python:
/// `queue.PriorityQueue`, where the priority is the item itself, or the head of a tuple.
///
/// The broker never looks into items, so the priority stands beside the item; what is put without
/// one has priority 0.
template <Codable T>
class PriorityQueue : public JoinableQueue<T> {
public:
    using JoinableQueue<T>::JoinableQueue;
    using Queue<T>::async_put;
    using Queue<T>::async_put_many;

    /// As `async_put(item, timeout)`. Python: `PriorityQueue.put((priority, item), timeout=...)`.
    ///
    /// \par Handler signature  void(error_code)
    template <class Token = asio::deferred_t>
    auto async_put(const T& item, Priority priority, Duration timeout = forever, Token&& token = {})
    {
        return this->put_as(item, priority, timeout, std::forward<Token>(token));
    }

    /// As `async_put_many(items)`, but of pairs {priority, item}: a vector of them, or a
    /// `std::multimap<Priority, T>`. Only neighbours of one priority share a request.
    ///
    /// \par Handler signature  void(PutReport)
    template <penstock::detail::RangeOf<std::pair<Priority, T>> Range,
              class Token = asio::deferred_t>
    auto async_put_many(Range&& items, PutManyOptions options = {}, Token&& token = {})
    {
        detail::EncodedItems encoded;
        for (const auto& [priority, item] : items) {
            encoded.priorities.push_back(priority);
            encoded.template add<T>(item);
        }
        return this->put_all(std::move(encoded), options, std::forward<Token>(token));
    }

    template <penstock::detail::RangeOf<std::pair<Priority, T>> Range,
              class Token = asio::deferred_t>
    auto async_put_many(Range&& items, Duration timeout, Token&& token = {})
    {
        return async_put_many(
            std::forward<Range>(items), PutManyOptions{timeout, false}, std::forward<Token>(token));
    }
};

}  // namespace penstock::async
