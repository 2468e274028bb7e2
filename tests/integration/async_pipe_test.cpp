// Asynchronous pipes: of a name at a broker, over both transports, with blocking ends at the other
// side and without.
#include "tests/support/broker_over.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/pipe.hpp>
#include <penstock/error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using boost::system::error_code;
using penstock::End;
using penstock::errc;
using penstock::support::BrokerOver;
using penstock::support::Over;
using penstock::support::patience;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

class AsyncPipe : public BrokerOver, public ::testing::TestWithParam<Over> {
protected:
    AsyncPipe() : BrokerOver(GetParam()) {}

    /// Runs `body` to its end, with a connected client.
    void with_client(std::function<asio::awaitable<void>(async::Client&)> body)
    {
        asio::io_context context;
        std::exception_ptr failure;
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                async::Client client(co_await asio::this_coro::executor);
                penstock::ConnectOptions options;
                options.key_file = key_file_;
                options.timeout = patience;
                co_await client.async_connect(daemon_->address(), options);
                co_await body(client);
            },
            [&](std::exception_ptr thrown) { failure = thrown; });
        context.run();
        if (failure) std::rethrow_exception(failure);
    }

    using Ends = std::pair<async::Connection<std::string>, async::Connection<std::string>>;
    static asio::awaitable<Ends> both_ends(async::Client& client, std::string name = "p")
    {
        auto left = client.async_pipe<std::string>(name, End::left, patience, asio::use_awaitable);
        auto right =
            client.async_pipe<std::string>(name, End::right, patience, asio::use_awaitable);
        auto [one, other] = co_await (std::move(left) && std::move(right));
        co_return Ends(std::move(one), std::move(other));
    }
};

TEST_P(AsyncPipe, WhatIsSentAtOneEndIsReceivedAtTheOther)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends(client);
        co_await left.async_send("one");
        co_await left.async_send("");
        EXPECT_EQ(co_await right.async_recv(), "one");
        EXPECT_EQ(co_await right.async_recv(patience), "");
        co_await right.async_send("back");
        EXPECT_EQ(co_await left.async_recv(patience), "back");
    });
}

INSTANTIATE_TEST_SUITE_P(,
                         AsyncPipe,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
