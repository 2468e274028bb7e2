// AsyncOver: a broker on either kind of socket, and asynchronous clients of it.
#pragma once

#include "tests/support/broker_over.hpp"

#include <penstock/async/client.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <gtest/gtest.h>

namespace penstock::support {

inline constexpr auto as_tuple = boost::asio::as_tuple(boost::asio::use_awaitable);

/// Runs `body` to its end, and whatever it has started.
inline void run(std::function<boost::asio::awaitable<void>()> body)
{
    boost::asio::io_context context;
    std::exception_ptr failure;
    boost::asio::co_spawn(
        context, std::move(body), [&](std::exception_ptr thrown) { failure = thrown; });
    context.run();
    if (failure) std::rethrow_exception(failure);
}

/// Lets others run until `condition` holds; false if it never does.
inline boost::asio::awaitable<bool> wait_until(std::function<bool()> condition)
{
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) co_return false;
        pause.expires_after(look_again);
        co_await pause.async_wait(boost::asio::use_awaitable);
    }
    co_return true;
}

inline boost::asio::awaitable<void> pause_for(std::chrono::microseconds time)
{
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

/// Runs the context until `condition` holds, or fails.
template <class Condition>
void run_until(boost::asio::io_context& context, Condition condition)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "waited in vain";
        context.restart();
        context.run_one_for(look_again);
    }
}

class AsyncOver : public BrokerOver {
protected:
    using BrokerOver::BrokerOver;

    [[nodiscard]] ConnectOptions options() const
    {
        ConnectOptions options;
        options.key_file = key_file_;
        options.timeout = patience;
        return options;
    }

    /// `run` of `body`, with a connected client.
    void with_client(std::function<boost::asio::awaitable<void>(async::Client&)> body)
    {
        run([&]() -> boost::asio::awaitable<void> {
            async::Client client(co_await boost::asio::this_coro::executor);
            co_await client.async_connect(daemon_->address(), options());
            co_await body(client);
        });
    }
};

}  // namespace penstock::support
