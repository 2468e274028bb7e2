// JoinableQueue<T>: a queue that also counts unfinished work.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/detail/handle.hpp>
#include <penstock/duration.hpp>
#include <penstock/item.hpp>
#include <penstock/queue.hpp>

#include <system_error>

namespace penstock {

/// A Queue that knows how many of its items are not finished yet: put counts up, `task_done` and
/// `done` count down, `join` waits for zero. Python: `multiprocessing.JoinableQueue`.
///
/// All that is said of `Queue` holds here. Any queue can be opened so: the broker counts for all.
///
/// \par Connection  When it ends, `task_done` and `done` give errc::in_doubt if they were under
/// way.
template <Codable T>
class JoinableQueue : public Queue<T> {
public:
    /// Says that the work on `item`, which `get_item` of this client returned, is finished; also
    /// acknowledges it. May be called from any thread, and on any handle of the same queue.
    ///
    /// \par Errors  errc::not_found (not an item that this client holds), closed,
    ///              no_unfinished_task, in_doubt (`InDoubt`), disconnected
    void done(const Item<T>& item)
    {
        std::error_code ec;
        done(item, ec);
        detail::throw_if(ec, "done on", handle());
    }

    void done(const Item<T>& item, std::error_code& ec)
    {
        handle().done(detail::Access::token(item), ec);
    }

    /// Finishes the oldest unfinished item which this handle handed to this thread; if there is
    /// none (the item came through another handle), it just counts down.
    /// Python: `JoinableQueue.task_done()`, where once too often is a `ValueError`.
    ///
    /// A handle remembers 65,536 such items; the oldest are forgotten, and then just counted.
    ///
    /// \par Errors  errc::no_unfinished_task (once too often), closed,
    ///              in_doubt (`InDoubt`), disconnected
    void task_done()
    {
        std::error_code ec;
        task_done(ec);
        detail::throw_if(ec, "task_done on", handle());
    }

    void task_done(std::error_code& ec) { handle().task_done(ec); }

    /// Waits until every item that was ever put is finished. Python: `JoinableQueue.join()`, which
    /// has no timeout.
    ///
    /// \par Errors  errc::timed_out, closed, disconnected
    void join(Duration timeout = forever)
    {
        std::error_code ec;
        (void)join(timeout, ec);  // `ec` says the same
        detail::throw_if(ec, "join of", handle());
    }

    /// As above; true if everything is finished, else `ec` says why not.
    [[nodiscard]] bool join(Duration timeout, std::error_code& ec)
    {
        handle().join(timeout, ec);
        return !ec;
    }

private:
    detail::QueueHandle& handle() { return detail::Access::handle<Queue<T>>(*this); }
};

}  // namespace penstock
