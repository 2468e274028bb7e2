// The asynchronous client: connecting, queues, cancellation, the end.
#include "tests/support/async_over.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/error.hpp>

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
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using boost::system::error_code;
using penstock::errc;
using penstock::support::as_tuple;
using penstock::support::AsyncOver;
using penstock::support::look_again;
using penstock::support::Over;
using penstock::support::patience;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

class AsyncQueue : public AsyncOver, public ::testing::TestWithParam<Over> {
protected:
    AsyncQueue() : AsyncOver(GetParam()) {}
};

TEST_P(AsyncQueue, WhatIsPutIsGot)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<std::string>("q");
        co_await queue.async_put("one");
        co_await queue.async_put("");
        const std::string long_one(std::size_t{3} * 1024 * 1024, 'x');
        co_await queue.async_put(long_one);
        EXPECT_EQ(co_await queue.async_get(), "one");
        EXPECT_EQ(co_await queue.async_get(patience), "");
        EXPECT_EQ(co_await queue.async_get(patience), long_one);
    });
}

TEST_P(AsyncQueue, TimeoutsAndErrorsAreThoseOfTheBlockingClient)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        penstock::QueueOptions options;
        options.maxsize = 1;
        auto queue = co_await client.async_queue<int>("small", options);
        auto [empty, none] = co_await queue.async_get(0ms, as_tuple);
        EXPECT_EQ(empty, errc::empty);
        EXPECT_EQ(none, 0);
        auto [late, nothing] = co_await queue.async_get(20ms, as_tuple);
        EXPECT_EQ(late, errc::empty);
        co_await queue.async_put(1);
        auto [full] = co_await queue.async_put(2, 20ms, as_tuple);
        EXPECT_EQ(full, errc::full);
        options.open = penstock::Open::existing;
        options.maxsize.reset();
        auto [missing, no_queue] = co_await client.async_queue<int>("missing", options, as_tuple);
        EXPECT_EQ(missing, errc::not_found);
        auto [bad, bad_queue] = co_await client.async_queue<int>("no name", options, as_tuple);
        EXPECT_EQ(bad, std::errc::invalid_argument);
        auto text = co_await client.async_queue<std::string>("small", options);
        EXPECT_EQ(co_await queue.async_get(), 1);
        co_await text.async_put("not an int");
        auto [unreadable, zero] = co_await queue.async_get(patience, as_tuple);
        EXPECT_EQ(unreadable, errc::bad_message);
        queue.close();
        auto [closed, gone] = co_await queue.async_get(0ms, as_tuple);
        EXPECT_EQ(closed, errc::closed);
    });
}

TEST_P(AsyncQueue, CallbacksGetTheirResultsInTheOrderOfTheCalls)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        constexpr int calls = 1000;
        auto queue = co_await client.async_queue<int>("q");
        auto got = std::make_shared<std::vector<int>>();
        for (int i = 0; i < calls; ++i) {
            queue.async_get(patience, [got](error_code ec, int value) {
                EXPECT_FALSE(ec) << ec.message();
                got->push_back(value);
            });
        }
        for (int i = 0; i < calls; ++i) co_await queue.async_put(i);
        asio::steady_timer pause(co_await asio::this_coro::executor);
        for (int i = 0; i < 2000 && got->size() < calls; ++i) {
            pause.expires_after(5ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
        EXPECT_EQ(got->size(), std::size_t{calls});
        EXPECT_TRUE(std::ranges::is_sorted(*got));
    });
}

TEST_P(AsyncQueue, ACancelledGetLosesNoItem)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        const unsigned seed = std::random_device()();
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::minstd_rand random(seed);
        constexpr int items = 300;
        auto queue = co_await client.async_queue<int>("q");
        asio::steady_timer timer(co_await asio::this_coro::executor);
        std::vector<int> got;
        int next = 0;
        for (int round = 0; next < items || round < 3 * items; ++round) {
            if (next < items && random() % 2 == 0) co_await queue.async_put(next++);
            timer.expires_after(std::chrono::microseconds(random() % 1000));
            std::variant<int, std::monostate> result =
                co_await (queue.async_get(patience, asio::use_awaitable) ||
                          timer.async_wait(asio::use_awaitable));
            if (result.index() == 0) got.push_back(std::get<0>(result));
        }
        while (got.size() < items) {  // those that came back each time
            auto [failed, value] = co_await queue.async_get(0ms, as_tuple);
            EXPECT_FALSE(failed) << failed.message();
            if (failed) break;
            got.push_back(value);
        }
        EXPECT_EQ(got.size(), std::size_t{items});
        EXPECT_TRUE(std::ranges::is_sorted(got)) << "what returns keeps its place";
        auto [ec, more] = co_await queue.async_get(0ms, as_tuple);
        EXPECT_EQ(ec, errc::empty);
    });
}

TEST_P(AsyncQueue, TotalCancellationDeliversWhatIsAssignedAlready)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q");
        for (const bool there : {false, true}) {
            if (there) co_await queue.async_put(7);
            asio::cancellation_signal signal;
            std::optional<std::pair<error_code, int>> result;
            queue.async_get(
                patience,
                asio::bind_cancellation_slot(signal.slot(), [&result](error_code ec, int value) {
                    result.emplace(ec, value);
                }));
            asio::steady_timer pause(co_await asio::this_coro::executor);
            pause.expires_after(20ms);
            if (!there) co_await pause.async_wait(asio::use_awaitable);
            signal.emit(asio::cancellation_type::total);
            for (int i = 0; i < 2000 && !result; ++i) {
                pause.expires_after(5ms);
                co_await pause.async_wait(asio::use_awaitable);
            }
            EXPECT_TRUE(result);
            if (!result) co_return;
            if (result->first) {
                EXPECT_EQ(result->first, asio::error::operation_aborted);
                if (there) {
                    EXPECT_EQ(co_await queue.async_get(patience), 7) << "it has returned";
                }
            } else {
                EXPECT_EQ(result->second, 7);
            }
        }
    });
}

TEST_P(AsyncQueue, DestroyingTheClientAbortsWhatIsUnderWay)
{
    asio::io_context context;
    int aborted = 0;
    std::optional<async::Queue<int>> queue;  // outlives it: else its gets were closed by it
    {
        async::Client client(context.get_executor());
        penstock::ConnectOptions options;
        options.key_file = key_file_;
        client.async_connect(daemon_->address(), options, [&](error_code ec) {
            EXPECT_FALSE(ec) << ec.message();
            client.async_queue<int>("q", {}, [&](error_code failed, async::Queue<int> opened) {
                EXPECT_FALSE(failed) << failed.message();
                queue = std::move(opened);
                for (int i = 0; i < 100; ++i) {
                    queue->async_get(patience, [&](error_code why, int) {
                        aborted += why == asio::error::operation_aborted ? 1 : 0;
                    });
                }
                context.stop();
            });
        });
        context.run();
        context.restart();
    }
    context.run();
    EXPECT_EQ(aborted, 100);
}

/// In one thread all that happens is a row of handlers: the end comes between any two.
TEST_P(AsyncQueue, AQueueThatIsClosedAtAnyStepOfAGetLosesAndDoublesNoItem)
{
    asio::io_context context;
    async::Client client(context.get_executor());
    const auto open = [&] {
        async::Queue<int> queue;
        bool done = false;
        client.async_queue<int>("q", {}, [&](error_code ec, async::Queue<int> opened) {
            EXPECT_FALSE(ec) << ec.message();
            queue = std::move(opened);
            done = true;
        });
        while (!done) context.run_one_for(patience);
        return queue;
    };
    bool connected = false;
    client.async_connect(daemon_->address(), options(), [&](error_code ec) { connected = !ec; });
    for (int i = 0; i < 1000 && !connected; ++i) context.run_one_for(look_again);
    ASSERT_TRUE(connected);
    async::Queue<int> keeps = open();
    int closed = 0;
    constexpr int steps = 25;
    for (int step = 0; step < steps; ++step) {
        bool put = false;
        keeps.async_put(step, patience, [&](error_code) { put = true; });
        while (!put) context.run_one_for(patience);
        async::Queue<int> queue = open();
        std::optional<std::pair<error_code, int>> result;
        queue.async_get(patience, [&](error_code ec, int value) { result.emplace(ec, value); });
        for (int i = 0; i < step && !result; ++i) context.run_one_for(1ms);
        queue = async::Queue<int>();
        while (!result) context.run_one_for(patience);
        context.poll();
        std::optional<error_code> rest;
        keeps.async_get(result->first ? penstock::Duration(patience) : 0ms,
                        [&](error_code ec, int) { rest = ec; });
        while (!rest) context.run_one_for(patience);
        if (result->first) {
            ++closed;
            EXPECT_FALSE(*rest) << "it has returned, step " << step;
        } else {
            EXPECT_EQ(result->second, step);
            EXPECT_EQ(rest, errc::empty) << "it was taken, step " << step;
        }
    }
    EXPECT_GT(closed, 0);
    client.close();
    context.run();
}

TEST_P(AsyncQueue, SeveralThreadsMayRunItsExecutor)
{
    constexpr int each = 500;
    constexpr int pairs = 2;
    asio::thread_pool pool(4);
    async::Client client(pool.get_executor());
    penstock::ConnectOptions options;
    options.key_file = key_file_;
    options.timeout = patience;
    client.async_connect(daemon_->address(), options, asio::use_future).get();
    std::vector<async::Queue<int>> queues;
    for (int i = 0; i < 2 * pairs; ++i) {
        queues.push_back(client.async_queue<int>("q", {}, asio::use_future).get());
    }
    std::atomic<int> sum = 0;
    std::vector<std::future<void>> all;
    const auto put = [](async::Queue<int>& queue) -> asio::awaitable<void> {
        for (int i = 0; i < each; ++i) co_await queue.async_put(i);
    };
    const auto get = [&sum](async::Queue<int>& queue) -> asio::awaitable<void> {
        for (int i = 0; i < each; ++i) sum += co_await queue.async_get(patience);
    };
    for (int i = 0; i < pairs; ++i) {
        all.push_back(
            asio::co_spawn(pool, put(queues[static_cast<std::size_t>(2 * i)]), asio::use_future));
        all.push_back(asio::co_spawn(
            pool, get(queues[static_cast<std::size_t>(2 * i + 1)]), asio::use_future));
    }
    for (std::future<void>& one : all) one.get();
    EXPECT_EQ(sum, pairs * each * (each - 1) / 2);
    client.close();
    queues.clear();
    pool.join();
}

TEST_P(AsyncQueue, ABrokerThatGoesEndsWhatIsUnderWay)
{
    with_client([this](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q");
        std::thread kills([this] {
            std::this_thread::sleep_for(20ms);
            (void)daemon_->end(SIGKILL);
        });
        auto [ec, none] = co_await queue.async_get(patience, as_tuple);
        EXPECT_EQ(ec, errc::disconnected) << ec.message();
        kills.join();
        auto [again] = co_await queue.async_put(1, 0ms, as_tuple);
        EXPECT_EQ(again, errc::disconnected);
    });
}

TEST_P(AsyncQueue, NobodyThereIsAnError)
{
    (void)daemon_->end(SIGKILL);
    asio::io_context context;
    async::Client client(context.get_executor());
    std::optional<error_code> result;
    penstock::ConnectOptions options;
    options.key_file = key_file_;
    client.async_connect(daemon_->address(), options, [&](error_code ec) { result = ec; });
    EXPECT_FALSE(result) << "never inside the call that starts it";
    context.run();
    ASSERT_TRUE(result);
    EXPECT_TRUE(*result == std::errc::connection_refused ||
                *result == std::errc::no_such_file_or_directory)
        << result->message();
}

INSTANTIATE_TEST_SUITE_P(,
                         AsyncQueue,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
