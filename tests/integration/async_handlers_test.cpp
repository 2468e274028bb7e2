// The handlers of the asynchronous client: each is called, once, whatever goes wrong on the way;
// and what was kept for it goes with it.
#include "tests/support/async_over.hpp"
#include "tests/support/sanitized.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/codec.hpp>
#include <penstock/error.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <gtest/gtest.h>
#include <malloc.h>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using boost::system::error_code;
using penstock::errc;
using penstock::support::as_tuple;
using penstock::support::AsyncOver;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::run_until;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

struct Moody {
    int value = 0;
};

}  // namespace

template <>
struct penstock::Codec<Moody> {
    static void encode(const Moody& moody, Bytes& out) { Codec<int>::encode(moody.value, out); }
    static Moody decode(std::span<const std::byte> in, std::error_code& ec)
    {
        const int value = Codec<int>::decode(in, ec);
        if (value < 0) throw std::runtime_error("not today");
        return {value};
    }
};

namespace {

class AsyncHandlers : public AsyncOver, public ::testing::Test {
protected:
    AsyncHandlers() : AsyncOver(Over::unix_socket) {}
};

TEST_F(AsyncHandlers, TheContextOfAHandlerIsBusyUntilItWasCalled)
{
    asio::io_context context;
    asio::io_context handlers;
    async::Client client(context.get_executor());
    std::optional<async::Queue<int>> queue;
    client.async_connect(daemon_->address(), options(), [&](error_code failed) {
        EXPECT_FALSE(failed) << failed.message();
        client.async_queue<int>("q", {}, [&](error_code ec, async::Queue<int> opened) {
            EXPECT_FALSE(ec) << ec.message();
            queue.emplace(std::move(opened));
        });
    });
    run_until(context, [&] { return queue.has_value(); });
    std::atomic<int> called = 0;
    const auto expect_called = [&](auto expected) {
        return asio::bind_executor(handlers, [&called, expected](error_code ec, auto&&...) {
            EXPECT_EQ(ec, expected) << ec.message();
            ++called;
        });
    };
    queue->async_get_many(0, 0ms, expect_called(error_code()));
    client.async_queue<int>("no name", {}, expect_called(std::errc::invalid_argument));
    queue->close();
    queue->async_get(0ms, expect_called(error_code(errc::closed)));
    context.restart();
    std::thread runs([&] {
        // Late: a context that runs dry ends at once.
        std::this_thread::sleep_for(20ms);
        while (called < 3) context.run_one_for(1ms);
    });
    handlers.run();
    const int without_help = called;
    while (called < 3) {
        handlers.restart();
        handlers.run_one_for(1ms);
    }
    runs.join();
    EXPECT_EQ(without_help, 3);
}

TEST_F(AsyncHandlers, WhatACodecThrowsIsABadMessage)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<Moody>("q");
        for (const int value : {-1, -2, -3, 4}) {
            const Moody moody{value};
            co_await queue.async_put(moody);
        }
        auto [ec, none] = co_await queue.async_get(patience, as_tuple);
        EXPECT_EQ(ec, errc::bad_message);
        auto [no_item, item] = co_await queue.async_get_item(patience, as_tuple);
        EXPECT_EQ(no_item, errc::bad_message);
        auto [many, nothing] = co_await queue.async_get_many(1, patience, as_tuple);
        EXPECT_EQ(many, errc::bad_message);
        EXPECT_EQ((co_await queue.async_get(patience)).value, 4);
    });
}

TEST_F(AsyncHandlers, ASessionWithoutADescriptorLeftSaysSo)
{
    if (penstock::support::sanitized) GTEST_SKIP() << "UBSan needs descriptors of its own";
    asio::io_context context;
    asio::steady_timer makes_the_reactor(context, 0ms);
    makes_the_reactor.async_wait([](error_code) {});
    context.run();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = ::dup(0);
    ::close(next);
    int failures = 0;
    // One more each time, until it has enough.
    for (int left = 0; left < 10; ++left) {
        const rlimit few{static_cast<rlim_t>(next + left), before.rlim_max};
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
        async::Client client(context.get_executor());
        std::optional<error_code> result;
        client.async_connect(daemon_->address(), options(), [&](error_code ec) { result = ec; });
        EXPECT_NO_THROW(run_until(context, [&] { return result.has_value(); }));
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
        ASSERT_TRUE(result) << left;
        if (!*result) break;
        EXPECT_EQ(*result, std::errc::too_many_files_open) << result->message();
        ++failures;
    }
    EXPECT_GE(failures, 2) << "the socket, and what is made for it";
}

TEST_F(AsyncHandlers, WhatIsAnsweredLeavesNothingUntilItsTimeoutHasPassed)
{
    if (penstock::support::sanitized) GTEST_SKIP() << "the heap is not the system's";
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q");
        const auto put_and_get = [&](int times) -> asio::awaitable<void> {
            for (int i = 0; i < times; ++i) {
                co_await queue.async_put(i, 1h);
                co_await queue.async_get(1h);
                co_await queue.async_qsize();
            }
        };
        co_await put_and_get(100);
        const std::size_t before = ::mallinfo2().uordblks;
        co_await put_and_get(4000);
        EXPECT_LT(::mallinfo2().uordblks, before + 4000 * 20);
    });
}

}  // namespace
