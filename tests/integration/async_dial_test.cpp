// async_dial: a listener is found, or not, and lets us in, or not.
#include "tests/support/async_over.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/async/dial.hpp>
#include <penstock/async/pipe.hpp>
#include <penstock/error.hpp>
#include <penstock/listener.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using boost::system::error_code;
using penstock::errc;
using penstock::support::as_tuple;
using penstock::support::look_again;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::run;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

using Text = async::Connection<std::string>;

class AsyncDial : public ::testing::TestWithParam<Over> {
protected:
    [[nodiscard]] penstock::Listener listen(std::string_view key) const
    {
        penstock::ListenerOptions options;
        if (!key.empty()) options.key = key;
        const std::string address =
            GetParam() == Over::tcp ? "tcp:127.0.0.1:0" : "unix:" + folder_.path() + "/l";
        return penstock::Listener(address, options);
    }

    static penstock::DialOptions with(std::string_view key)
    {
        penstock::DialOptions options;
        if (!key.empty()) options.key = key;
        options.timeout = patience;
        return options;
    }

    const penstock::support::TemporaryFolder folder_;
};

TEST_P(AsyncDial, AListenerLetsInWhoHasItsKey)
{
    for (const std::string key : {"", "the key"}) {
        penstock::Listener listener = listen(key);
        std::thread echo([&] {
            auto end = listener.accept<std::string>(patience);
            end.send(end.recv(patience) + "!", patience);
        });
        run([&]() -> asio::awaitable<void> {
            auto executor = co_await asio::this_coro::executor;
            const penstock::DialOptions options = with(key);
            Text end = co_await async::async_dial<std::string>(
                executor, listener.address(), options, asio::use_awaitable);
            const std::string hello(std::size_t{3} * 1024 * 1024, 'h');
            co_await end.async_send(hello, patience);
            EXPECT_TRUE(co_await end.async_recv(patience) == hello + "!");
        });
        echo.join();
    }
}

TEST_P(AsyncDial, TheWrongKeyIsRefused)
{
    penstock::Listener listener = listen("the key");
    std::thread accepts([&] {
        std::error_code ec;
        (void)listener.accept<std::string>(patience, ec);
        EXPECT_EQ(ec, errc::closed);
    });
    run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        const penstock::DialOptions options = with("another");
        auto [ec, none] = co_await async::async_dial<std::string>(
            executor, listener.address(), options, as_tuple);
        EXPECT_EQ(ec, errc::refused) << ec.message();
    });
    listener.close();
    accepts.join();
}

TEST_P(AsyncDial, ASilentListenerIsATimeout)
{
    penstock::Listener silent = listen("");  // nobody accepts
    run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        penstock::DialOptions options = with("a key");
        options.timeout = 50ms;
        auto [ec, none] =
            co_await async::async_dial<std::string>(executor, silent.address(), options, as_tuple);
        EXPECT_EQ(ec, errc::timed_out) << ec.message();
    });
}

TEST_P(AsyncDial, WhereNobodyListensIsAnError)
{
    penstock::Listener listener = listen("");
    const std::string address = listener.address();
    listener.close();
    run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        const penstock::DialOptions options = with("");
        auto [ec, none] =
            co_await async::async_dial<std::string>(executor, address, options, as_tuple);
        EXPECT_TRUE(ec == std::errc::connection_refused ||
                    ec == std::errc::no_such_file_or_directory)
            << ec.message();
        auto [bad, nothing] =
            co_await async::async_dial<std::string>(executor, "nonsense", options, as_tuple);
        EXPECT_EQ(bad, std::errc::invalid_argument);
    });
}

/// In one thread all that happens is a row of handlers: the cancellation comes between any two.
TEST_P(AsyncDial, ItCanBeCancelledAtAnyStep)
{
    penstock::Listener listener = listen("the key");
    std::thread accepts([&] {
        std::error_code ec;
        while (ec != errc::closed) (void)listener.accept<std::string>(patience, ec);
    });
    asio::io_context context;
    int cancelled = 0;
    constexpr int steps = 25;
    for (int step = 0; step < steps; ++step) {
        asio::cancellation_signal signal;
        std::optional<error_code> result;
        async::async_dial<std::string>(
            context.get_executor(),
            listener.address(),
            with("the key"),
            asio::bind_cancellation_slot(signal.slot(), [&](error_code ec, Text) { result = ec; }));
        for (int i = 0; i < step && !result; ++i) context.run_one_for(look_again);
        signal.emit(asio::cancellation_type::total);
        context.run();
        context.restart();
        ASSERT_TRUE(result) << "step " << step;
        if (*result) {
            EXPECT_EQ(*result, asio::error::operation_aborted);
            ++cancelled;
        }
    }
    EXPECT_GT(cancelled, 0);
    listener.close();
    accepts.join();
}

INSTANTIATE_TEST_SUITE_P(,
                         AsyncDial,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
