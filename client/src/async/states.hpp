// States: tells the user's callback what becomes of the connection, in order.
#pragma once

#include <penstock/async/connection_state.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace penstock::async::detail {

/// From any thread.
class States : public std::enable_shared_from_this<States> {
public:
    explicit States(asio::any_io_executor executor) : strand_(asio::make_strand(executor)) {}

    /// An empty one: nothing is told any more.
    void set(StateCallback callback)
    {
        auto held = callback ? std::make_shared<StateCallback>(std::move(callback)) : nullptr;
        const std::lock_guard lock(mutex_);
        callback_.swap(held);
    }

    /// Later.
    void tell(StateChange change)
    {
        if (!callback()) return;
        asio::post(strand_, [self = shared_from_this(), change = std::move(change)] {
            // Without the lock: it may set another one.
            if (const auto callback = self->callback()) (*callback)(change);
        });
    }

private:
    [[nodiscard]] std::shared_ptr<StateCallback> callback()
    {
        const std::lock_guard lock(mutex_);
        return callback_;
    }

    asio::strand<asio::any_io_executor> strand_;
    std::mutex mutex_;
    std::shared_ptr<StateCallback> callback_;
};

}  // namespace penstock::async::detail
