// The session of an asynchronous client: its states, its acknowledgements, its end.
#include "tests/support/async_over.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using boost::system::error_code;
using penstock::errc;
using penstock::PutReport;
using penstock::async::ConnectionState;
using penstock::support::as_tuple;
using penstock::support::AsyncOver;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::pause_for;
using penstock::support::run_until;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

class AsyncSession : public AsyncOver, public ::testing::TestWithParam<Over> {
protected:
    AsyncSession() : AsyncOver(GetParam()) {}

    /// Connects, and opens "q", by running the context here.
    async::Queue<int> open_queue(asio::io_context& context, async::Client& client)
    {
        std::optional<async::Queue<int>> queue;
        client.async_connect(daemon_->address(), options(), [&](error_code) {
            client.async_queue<int>(
                "q", {}, [&](error_code, async::Queue<int> opened) { queue = std::move(opened); });
        });
        run_until(context, [&] { return queue.has_value(); });
        return std::move(queue).value();
    }
};

TEST_P(AsyncSession, PingSaysHowLongItTook)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        EXPECT_GT(co_await client.async_ping(), 0ns);
    });
}

TEST_P(AsyncSession, ABrokerThatStandsStillDoesNotAnswerAPing)
{
    with_client([this](async::Client& client) -> asio::awaitable<void> {
        ::kill(daemon_->pid(), SIGSTOP);
        auto [ec, time] = co_await client.async_ping(50ms, as_tuple);
        ::kill(daemon_->pid(), SIGCONT);
        EXPECT_EQ(ec, errc::timed_out);
    });
}

TEST_P(AsyncSession, StatesAreToldInTheirOrder)
{
    std::vector<ConnectionState> states;
    std::string text;
    asio::io_context context;
    async::Client client(context.get_executor());
    client.on_state([&](const async::StateChange& change) {
        states.push_back(change.state);
        text = change.text;
        EXPECT_EQ(bool(change.ec), change.state == ConnectionState::cut);
    });
    std::optional<error_code> result;
    client.async_connect(daemon_->address(), options(), [&](error_code ec) { result = ec; });
    run_until(context, [&] { return result && states.size() == 2; });
    EXPECT_FALSE(*result) << result->message();
    (void)daemon_->end(SIGKILL);
    run_until(context, [&] { return states.size() == 3; });
    using enum ConnectionState;
    EXPECT_EQ(states, (std::vector{connecting, connected, cut}));
    EXPECT_NE(text.find(daemon_->address()), std::string::npos) << text;
}

TEST_P(AsyncSession, WhyItCouldNotConnectIsTold)
{
    (void)daemon_->end(SIGKILL);
    asio::io_context context;
    async::Client client(context.get_executor());
    std::string text;
    client.on_state([&](const async::StateChange& change) { text = change.text; });
    std::optional<error_code> connected;
    client.async_connect(daemon_->address(), options(), [&](error_code ec) { connected = ec; });
    run_until(context, [&] { return connected && !text.empty(); });
    EXPECT_NE(text.find("start penstockd there"), std::string::npos) << text;
    context.restart();
    client.async_queue<int>("q", {}, [&](error_code ec, const auto&) { connected = ec; });
    context.run();
    EXPECT_EQ(*connected, errc::disconnected);
}

TEST_P(AsyncSession, WhyItCouldNotConnectIsToldBeforeItCompletes)
{
    (void)daemon_->end(SIGKILL);
    const std::pair<std::string, std::string> reasons[] = {
        {daemon_->address(), "start penstockd there"},
        {"nonsense", "an address begins with unix: or tcp:"},
        {"tcp:no..host:1", "can't find the host"},
    };
    for (const auto& [address, reason] : reasons) {
        asio::io_context context;
        async::Client client(context.get_executor());
        std::string told;
        client.on_state([&](const async::StateChange& change) { told = change.text; });
        std::optional<std::string> known;
        client.async_connect(address, options(), [&](error_code) { known = told; });
        run_until(context, [&] { return known.has_value(); });
        EXPECT_NE(known->find(reason), std::string::npos) << *known;
    }
}

TEST_P(AsyncSession, ACutIsToldBeforeWhatItEndsCompletes)
{
    asio::io_context context;
    async::Client client(context.get_executor());
    async::Queue<int> queue = open_queue(context, client);
    std::string told;
    client.on_state([&](const async::StateChange& change) { told = change.text; });
    std::optional<std::string> known;
    queue.async_get(penstock::forever, [&](error_code, int) { known = told; });
    for (int i = 0; i < 10; ++i) context.run_for(1ms);
    ::kill(daemon_->pid(), SIGTERM);
    run_until(context, [&] { return known.has_value(); });
    EXPECT_NE(known->find("the connection to " + daemon_->address()), std::string::npos) << *known;
    std::optional<error_code> again;
    client.async_connect(daemon_->address(), options(), [&](error_code ec) { again = ec; });
    run_until(context, [&] { return again.has_value(); });
    EXPECT_EQ(*again, errc::disconnected);
}

TEST_P(AsyncSession, ASecondConnectThatIsCancelledLeavesTheSessionAlone)
{
    asio::io_context context;
    async::Client client(context.get_executor());
    async::Queue<int> queue = open_queue(context, client);
    asio::cancellation_signal signal;
    std::optional<error_code> again;
    client.async_connect(
        daemon_->address(),
        options(),
        asio::bind_cancellation_slot(signal.slot(), [&](error_code ec) { again = ec; }));
    signal.emit(asio::cancellation_type::terminal);
    run_until(context, [&] { return again.has_value(); });
    EXPECT_TRUE(*again);
    std::optional<error_code> put;
    queue.async_put(1, patience, [&](error_code ec) { put = ec; });
    run_until(context, [&] { return put.has_value(); });
    EXPECT_FALSE(*put) << put->message();
}

TEST_P(AsyncSession, ADestroyedClientTellsNothingAnyMore)
{
    asio::io_context context;
    bool told = false;
    {
        async::Client client(context.get_executor());
        client.on_state([&](const async::StateChange&) { told = true; });
        client.async_connect(daemon_->address(), options(), [](error_code) {});
    }
    context.run();
    EXPECT_FALSE(told);
}

TEST_P(AsyncSession, WhoDiesAtWorkHasNotConsumedTheItem)
{
    penstock::Client looks = connect();
    auto queue = looks.queue<int>("q");
    queue.put(1);
    queue.put(2);
    const pid_t worker = penstock::support::in_child([&] {
        with_client([](async::Client& client) -> asio::awaitable<void> {
            auto jobs = co_await client.async_queue<int>("q");
            EXPECT_EQ(co_await jobs.async_get(patience), 1);
            EXPECT_EQ(co_await jobs.async_get(patience), 2) << "acknowledges the one before";
            ::raise(SIGKILL);
        });
        return 0;
    });
    EXPECT_EQ(penstock::support::exit_code_of(worker), -SIGKILL);
    const auto item = queue.get_item(patience);
    EXPECT_EQ(item.value, 2);
    EXPECT_EQ(item.attempts, 2U);
    EXPECT_FALSE(queue.try_get());
}

TEST_P(AsyncSession, FlushAcknowledgesAtOnce)
{
    penstock::Client looks = connect();
    auto queue = looks.queue<int>("q");
    queue.put(1);
    with_client([&](async::Client& client) -> asio::awaitable<void> {
        auto jobs = co_await client.async_queue<int>("q");
        (void)co_await jobs.async_get(patience);
        EXPECT_EQ(looks.admin().stat("q").assigned, 1U);
        co_await client.async_flush();
        for (int i = 0; i < 2000 && looks.admin().stat("q").assigned > 0; ++i)
            co_await pause_for(5ms);
        EXPECT_EQ(looks.admin().stat("q").assigned, 0U);
    });
}

TEST_P(AsyncSession, MoreGetsThanTheBrokerGrantsAreAllServed)
{
    static constexpr int calls = 20'000;
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q");
        int got = 0;
        int wrong = 0;
        for (int i = 0; i < calls; ++i) {
            queue.async_get(patience, [&got, &wrong, i](error_code ec, int value) {
                wrong += ec || value != i ? 1 : 0;
                ++got;
            });
        }
        std::vector<int> all(calls);
        for (int i = 0; i < calls; ++i) all[static_cast<std::size_t>(i)] = i;
        const PutReport report = co_await queue.async_put_many(all);
        EXPECT_TRUE(report);
        for (int i = 0; i < 4000 && got < calls; ++i) co_await pause_for(5ms);
        EXPECT_EQ(got, calls);
        EXPECT_EQ(wrong, 0);
    });
}

TEST_P(AsyncSession, AnItemOnItsWayReturnsWhenItsHandleIsClosed)
{
    asio::io_context context;
    asio::io_context held;  // runs when we say so
    async::Client client(context.get_executor());
    async::Queue<int> queue = open_queue(context, client);
    penstock::Client producer = connect();
    auto in = producer.queue<int>("q");
    std::optional<error_code> result;
    queue.async_get(patience, asio::bind_executor(held, [&](error_code ec, int) { result = ec; }));
    in.put(5);
    for (int i = 0; i < 20; ++i) context.run_for(5ms);  // it has arrived, and waits for `held`
    queue.close();
    for (int i = 0; i < 4; ++i) context.run_for(5ms);
    held.run();
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, errc::closed);
    const auto item = in.get_item(patience);
    EXPECT_EQ(item.value, 5);
    EXPECT_FALSE(in.try_get());
}

TEST_P(AsyncSession, WhatIsHandedOverIsAcknowledgedByClosing)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q");
        co_await queue.async_put(1);
        (void)co_await queue.async_get(patience);
    });
    penstock::Client looks = connect();
    EXPECT_EQ(looks.admin().stat("q").assigned, 0U);
    EXPECT_FALSE(looks.queue<int>("q").try_get());
}

TEST_P(AsyncSession, AChildOfAForkCanOnlyDestroyItsCopies)
{
    asio::io_context context;
    async::Client client(context.get_executor());
    async::Queue<int> queue = open_queue(context, client);
    const pid_t child = penstock::support::in_child([&] {
        // A context of the parent's is no context of ours, but it can be polled.
        std::optional<error_code> result;
        queue.async_put(1, 0ms, [&](error_code ec) { result = ec; });
        run_until(context, [&] { return result.has_value(); });
        EXPECT_EQ(*result, errc::forked);
        async::Queue<int> closed = std::move(queue);
        async::Client gone = std::move(client);
        return ::testing::Test::HasFailure() ? 1 : 0;
    });
    EXPECT_EQ(penstock::support::exit_code_of(child), 0);
    std::optional<error_code> result;
    queue.async_put(2, 0ms, [&](error_code ec) { result = ec; });
    run_until(context, [&] { return result.has_value(); });
    EXPECT_FALSE(*result) << result->message();
}

TEST_P(AsyncSession, AContextThatEndsFirstDestroysTheCoroutinesThatWait)
{
    auto alive = std::make_shared<int>();
    {
        asio::io_context context;
        bool waits = false;
        const auto body = [this,
                           &waits](std::shared_ptr<int> /*in the frame*/) -> asio::awaitable<void> {
            async::Client client(co_await asio::this_coro::executor);
            co_await client.async_connect(daemon_->address(), options());
            auto queue = co_await client.async_joinable_queue<int>("q");
            co_await queue.async_put(1);
            waits = true;
            co_await queue.async_join();
            ADD_FAILURE() << "nobody finishes the item";
        };
        asio::co_spawn(context, body(alive), asio::detached);
        run_until(context, [&] { return waits; });
        for (int i = 0; i < 10; ++i) context.run_for(1ms);
    }
    EXPECT_EQ(alive.use_count(), 1);
}

TEST_P(AsyncSession, AsioMayBeToldOfAForkWhileAClientIsOpen)
{
    asio::io_context context;
    async::Client client(context.get_executor());
    async::Queue<int> queue = open_queue(context, client);
    std::optional<int> got;
    queue.async_get(patience, [&](error_code, int value) { got = value; });
    for (int i = 0; i < 10; ++i) context.run_for(1ms);
    context.notify_fork(asio::execution_context::fork_prepare);
    const pid_t child = penstock::support::in_child([&] {
        context.notify_fork(asio::execution_context::fork_child);
        std::optional<error_code> result;
        queue.async_put(1, 0ms, [&](error_code ec) { result = ec; });
        run_until(context, [&] { return result.has_value(); });
        EXPECT_EQ(*result, errc::forked);
        EXPECT_FALSE(got);
        return ::testing::Test::HasFailure() ? 1 : 0;
    });
    context.notify_fork(asio::execution_context::fork_parent);
    EXPECT_EQ(penstock::support::exit_code_of(child), 0);
    queue.async_put(7, patience, [](error_code ec) { EXPECT_FALSE(ec) << ec.message(); });
    run_until(context, [&] { return got.has_value(); });
    EXPECT_EQ(got, 7);
}

INSTANTIATE_TEST_SUITE_P(,
                         AsyncSession,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
