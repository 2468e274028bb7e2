// What becomes of the calls of asynchronous pipes: cancellation, tokens, the end of all.
#include "tests/support/pipes_over.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/pipe.hpp>
#include <penstock/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using boost::system::error_code;
using penstock::End;
using penstock::errc;
using penstock::support::as_tuple;
using penstock::support::both_ends;
using penstock::support::EndsOf;
using penstock::support::look_again;
using penstock::support::Number;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::pause_for;
using penstock::support::PipesOver;
using penstock::support::Text;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

class AsyncPipeCalls : public PipesOver {};

TEST_P(AsyncPipeCalls, ACancelledReceiveLosesNoMessage)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        const unsigned seed = std::random_device()();
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::minstd_rand random(seed);
        constexpr int rounds = 3000;
        auto [left, right] = co_await both_ends<int>(client);
        asio::steady_timer timer(co_await asio::this_coro::executor);
        std::vector<int> got;
        int next = 0;
        int cancelled = 0;
        for (int round = 0; round < rounds; ++round) {
            if (random() % 2 == 0) left.async_send(next++, patience, [](error_code) {});
            timer.expires_after(std::chrono::microseconds(random() % 300));
            std::variant<int, std::monostate> result =
                co_await (right.async_recv(patience, asio::use_awaitable) ||
                          timer.async_wait(asio::use_awaitable));
            if (result.index() == 0) {
                got.push_back(std::get<0>(result));
            } else {
                ++cancelled;
            }
        }
        while (got.size() < static_cast<std::size_t>(next)) {
            auto [ec, value] = co_await right.async_recv(patience, as_tuple);
            EXPECT_FALSE(ec) << ec.message();
            if (ec) break;
            got.push_back(value);
        }
        for (int i = 0; i < std::ssize(got); ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i);
        EXPECT_GT(cancelled, 0);
        auto [ec, more] = co_await right.async_recv(0ms, as_tuple);
        EXPECT_EQ(ec, errc::timed_out);
    });
}

TEST_P(AsyncPipeCalls, ACancelledSendLeavesTheStreamWhole)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        const unsigned seed = std::random_device()();
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::minstd_rand random(seed);
        constexpr int rounds = 500;
        auto [left, right] = co_await both_ends<std::string>(client);
        std::vector<std::string> got;
        const auto receive = [&](Text& end) -> asio::awaitable<void> {
            while (true) {
                auto [ec, item] = co_await end.async_recv(patience, as_tuple);
                EXPECT_TRUE(!ec || ec == errc::eof) << ec.message();
                if (ec) break;
                got.push_back(std::move(item));
                if (random() % 8 == 0) co_await pause_for(200us);
            }
        };
        std::vector<int> certain;
        const auto send = [&](Text& end) -> asio::awaitable<void> {
            asio::steady_timer timer(co_await asio::this_coro::executor);
            for (int i = 0; i < rounds; ++i) {
                const std::size_t size = random() % (std::size_t{400} * 1024);
                const std::string item = std::to_string(i) + ":" + std::string(size, 'x') + ".";
                timer.expires_after(std::chrono::microseconds(random() % 400));
                std::variant<std::monostate, std::monostate> result =
                    co_await (end.async_send(item, patience, asio::use_awaitable) ||
                              timer.async_wait(asio::use_awaitable));
                if (result.index() == 0) certain.push_back(i);
            }
            co_await end.async_send("end:.", patience);  // with the rest of what was cut
            end.close();
        };
        co_await (send(left) && receive(right));
        std::vector<int> numbers;
        EXPECT_FALSE(got.empty());
        if (got.empty()) co_return;
        EXPECT_EQ(got.back(), "end:.");
        got.pop_back();
        for (const std::string& item : got) {
            EXPECT_EQ(item.back(), '.');
            EXPECT_EQ(item.find('.'), item.size() - 1);
            numbers.push_back(std::stoi(item));
        }
        EXPECT_TRUE(std::ranges::is_sorted(numbers));
        EXPECT_TRUE(std::ranges::includes(numbers, certain));
    });
}

TEST_P(AsyncPipeCalls, AReceiveThatIsCancelledAtAnyStepEitherHasItsMessageOrLeavesIt)
{
    asio::io_context context;
    async::Client client(context.get_executor());
    bool connected = false;
    client.async_connect(daemon_->address(), options(), [&](error_code ec) { connected = !ec; });
    for (int i = 0; i < 1000 && !connected; ++i) context.run_one_for(look_again);
    ASSERT_TRUE(connected);
    std::optional<Number> left;
    std::optional<Number> right;
    const auto keep = [&](std::optional<Number>& end) {
        return [&](error_code ec, Number opened) {
            EXPECT_FALSE(ec) << ec.message();
            end = std::move(opened);
        };
    };
    client.async_pipe<int>("p", End::left, patience, keep(left));
    client.async_pipe<int>("p", End::right, patience, keep(right));
    while (!left || !right) context.run_one_for(patience);
    int next = 0;
    int sent = 0;
    int cancelled = 0;
    constexpr int steps = 25;
    for (int step = 0; step < steps; ++step) {
        for (const auto type :
             {asio::cancellation_type::total, asio::cancellation_type::terminal}) {
            while (sent <= next) left->async_send(sent++, patience, [](error_code) {});
            asio::cancellation_signal signal;
            std::optional<std::pair<error_code, int>> result;
            right->async_recv(
                patience,
                asio::bind_cancellation_slot(
                    signal.slot(), [&](error_code ec, int value) { result.emplace(ec, value); }));
            for (int i = 0; i < step && !result; ++i) context.run_one_for(1ms);
            signal.emit(type);
            while (!result) context.run_one_for(patience);
            if (result->first) {
                EXPECT_EQ(result->first, asio::error::operation_aborted);
                ++cancelled;
            } else {
                EXPECT_EQ(result->second, next++) << "step " << step;
            }
        }
    }
    EXPECT_GT(cancelled, 0);
    EXPECT_GT(next, 0);
    client.close();
    context.run();
}

TEST_P(AsyncPipeCalls, NobodyComingIsATimeoutAndTheNameIsFreeAgain)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [late, none] = co_await client.async_pipe<int>("p", End::left, 20ms, as_tuple);
        EXPECT_EQ(late, errc::timed_out);
        asio::steady_timer timer(co_await asio::this_coro::executor, 10ms);
        auto result =
            co_await (client.async_pipe<int>("p", End::left, patience, asio::use_awaitable) ||
                      timer.async_wait(asio::use_awaitable));
        EXPECT_EQ(result.index(), 1u);
        auto [bad, no_pipe] = co_await client.async_pipe<int>("no name", End::left, 0ms, as_tuple);
        EXPECT_EQ(bad, std::errc::invalid_argument);
        auto [left, right] = co_await both_ends<int>(client);
        auto [taken, nothing] = co_await client.async_pipe<int>("p", End::left, 0ms, as_tuple);
        EXPECT_EQ(taken, errc::end_taken);
        co_await left.async_send(1);
        EXPECT_EQ(co_await right.async_recv(patience), 1);
    });
}

TEST_P(AsyncPipeCalls, AllTokensDo)
{
    asio::thread_pool pool(1);
    async::Client client(pool.get_executor());
    client.async_connect(daemon_->address(), options(), asio::use_future).get();
    auto opened = client.async_pipe<int>("p", End::left, patience, asio::use_future);
    Number right = client.async_pipe<int>("p", End::right, patience, asio::use_future).get();
    Number left = opened.get();
    left.async_send(1, patience, asio::use_future).get();
    EXPECT_TRUE(right.async_poll(patience, asio::use_future).get());
    EXPECT_EQ(right.async_recv(patience, asio::use_future).get(), 1);
    auto later = left.async_send(2, patience, asio::deferred);
    std::move(later)(asio::use_future).get();
    std::promise<int> got;
    right.async_recv(patience, [&](error_code ec, int value) {
        EXPECT_FALSE(ec) << ec.message();
        got.set_value(value);
    });
    EXPECT_EQ(got.get_future().get(), 2);
    client.close();
    pool.join();
}

TEST_P(AsyncPipeCalls, DestroyingTheClientAbortsWhatIsUnderWay)
{
    asio::io_context context;
    int aborted = 0;
    std::optional<Number> left;
    std::optional<Number> right;  // outlive it: else they were closed by themselves
    {
        async::Client client(context.get_executor());
        const auto begin = [&] {
            if (!left || !right) return;
            for (int i = 0; i < 100; ++i) {
                right->async_recv(patience, [&](error_code why, int) {
                    aborted += why == asio::error::operation_aborted ? 1 : 0;
                });
            }
            asio::post(context, [&] { context.stop(); });
        };
        client.async_connect(daemon_->address(), options(), [&](error_code ec) {
            EXPECT_FALSE(ec) << ec.message();
            client.async_pipe<int>("p", End::left, patience, [&](error_code failed, Number opened) {
                EXPECT_FALSE(failed) << failed.message();
                left = std::move(opened);
                begin();
            });
            client.async_pipe<int>(
                "p", End::right, patience, [&](error_code failed, Number opened) {
                    EXPECT_FALSE(failed) << failed.message();
                    right = std::move(opened);
                    begin();
                });
        });
        context.run();
        context.restart();
    }
    context.run();
    EXPECT_EQ(aborted, 100);
}

TEST_P(AsyncPipeCalls, AnExecutorThatNeverRunsAgainTakesAllWithIt)
{
    auto shared = std::make_shared<int>(0);
    {
        asio::io_context context;
        async::Client client(context.get_executor());
        std::optional<Number> left;
        std::optional<Number> right;
        client.async_connect(daemon_->address(), options(), [&](error_code) {
            client.async_pipe<int>("p", End::left, patience, [&](error_code, Number opened) {
                left = std::move(opened);
            });
            client.async_pipe<int>("p", End::right, patience, [&](error_code, Number opened) {
                right = std::move(opened);
            });
        });
        while (!left || !right) context.run_one_for(patience);
        asio::cancellation_signal signal;
        right->async_recv(
            patience,
            asio::bind_cancellation_slot(signal.slot(), [shared](error_code, int) { ++*shared; }));
        left->async_recv(patience, [shared](error_code, int) { ++*shared; });
        left->async_send(1, patience, [shared](error_code) { ++*shared; });
        for (int i = 0; i < 3; ++i) context.poll_one();
    }
    EXPECT_EQ(shared.use_count(), 1) << "nobody holds the handlers";
}

TEST_P(AsyncPipeCalls, SeveralThreadsMayRunItsExecutor)
{
    constexpr int each = 500;
    constexpr int pipes = 3;
    asio::thread_pool pool(4);
    async::Client client(pool.get_executor());
    client.async_connect(daemon_->address(), options(), asio::use_future).get();
    std::vector<EndsOf<int>> ends;
    for (int i = 0; i < pipes; ++i) {
        const std::string name = "p" + std::to_string(i);
        auto left = client.async_pipe<int>(name, End::left, patience, asio::use_future);
        auto right = client.async_pipe<int>(name, End::right, patience, asio::use_future);
        ends.emplace_back(left.get(), right.get());
    }
    const auto send = [](Number& end) -> asio::awaitable<void> {
        for (int i = 0; i < each; ++i) co_await end.async_send(i, patience);
    };
    const auto receive = [](Number& end) -> asio::awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        for (int i = 0; i < each; ++i) {
            timer.expires_after(std::chrono::microseconds(i % 50));
            auto result = co_await (end.async_recv(patience, asio::use_awaitable) ||
                                    timer.async_wait(asio::use_awaitable));
            if (result.index() == 0) {
                EXPECT_EQ(std::get<0>(result), i);
            } else {
                EXPECT_EQ(co_await end.async_recv(patience), i);
            }
        }
    };
    // Each on a strand: two branches of || that end at the same time are two threads' else.
    std::vector<std::future<void>> all;
    for (auto& [left, right] : ends) {
        all.push_back(asio::co_spawn(asio::make_strand(pool), send(left), asio::use_future));
        all.push_back(asio::co_spawn(asio::make_strand(pool), receive(right), asio::use_future));
    }
    for (std::future<void>& one : all) one.get();
    client.close();
    ends.clear();
    pool.join();
}

INSTANTIATE_TEST_SUITE_P(,
                         AsyncPipeCalls,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
