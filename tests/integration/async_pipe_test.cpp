// Asynchronous pipes of a name at a broker, over both transports, with blocking ends at the other
// side and without.
#include "tests/support/pipes_over.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/pipe.hpp>
#include <penstock/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using boost::system::error_code;
using penstock::End;
using penstock::errc;
using penstock::support::as_tuple;
using penstock::support::both_ends;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::pause_for;
using penstock::support::PipesOver;
using penstock::support::Text;
using penstock::support::wait_until;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

class AsyncPipe : public PipesOver {};

TEST_P(AsyncPipe, WhatIsSentAtOneEndIsReceivedAtTheOther)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends<std::string>(client);
        co_await left.async_send("one");
        co_await left.async_send("");
        EXPECT_EQ(co_await right.async_recv(), "one");
        EXPECT_EQ(co_await right.async_recv(patience), "");
        co_await right.async_send("back");
        EXPECT_EQ(co_await left.async_recv(patience), "back");
    });
}

TEST_P(AsyncPipe, LongMessagesPassEachOther)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends<std::string>(client);
        constexpr int messages = 6;
        const auto text = [](int i) {
            const bool is_long = i % 2 == 0;
            return std::string(is_long ? std::size_t{3} * 1024 * 1024 : 10,
                               static_cast<char>('a' + i));
        };
        const auto send = [&](Text& end) -> asio::awaitable<void> {
            for (int i = 0; i < messages; ++i) {
                const std::string item = text(i);
                co_await end.async_send(item, patience);
            }
        };
        const auto receive = [&](Text& end) -> asio::awaitable<void> {
            for (int i = 0; i < messages; ++i) {
                const std::string item = co_await end.async_recv(patience);
                EXPECT_EQ(item.size(), text(i).size());
                EXPECT_TRUE(item == text(i));
            }
        };
        co_await (send(left) && send(right) && receive(left) && receive(right));
    });
}

TEST_P(AsyncPipe, TheOtherSideMayBeABlockingEnd)
{
    constexpr int messages = 2000;
    std::thread echo([this] {
        auto client = connect();
        auto pipe = client.pipe<int>("p", End::right, patience);
        std::error_code ec;
        while (const auto item = pipe.recv(patience, ec)) pipe.send(*item, patience);
        EXPECT_EQ(ec, errc::eof);
    });
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto pipe = co_await client.async_pipe<int>("p", End::left, patience);
        auto [receiver, sender] = std::move(pipe).split();
        const auto send = [](async::Sender<int>& end) -> asio::awaitable<void> {
            for (int i = 0; i < messages; ++i) co_await end.async_send(i, patience);
        };
        const auto receive = [](async::Receiver<int>& end) -> asio::awaitable<void> {
            for (int i = 0; i < messages; ++i) EXPECT_EQ(co_await end.async_recv(patience), i);
        };
        co_await (send(sender) && receive(receiver));
        sender.close();
        auto [ec, none] = co_await receiver.async_recv(patience, as_tuple);
        EXPECT_EQ(ec, errc::eof);
    });
    echo.join();
}

TEST_P(AsyncPipe, EndOfFileComesBehindWhatWasSent)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends<std::string>(client);
        co_await left.async_send("last words");
        left.close();
        EXPECT_TRUE(co_await right.async_poll(patience));
        EXPECT_EQ(co_await right.async_recv(patience), "last words");
        EXPECT_TRUE(co_await right.async_poll(patience)) << "recv says at once what it is";
        for (int i = 0; i < 2; ++i) {
            auto [ec, none] = co_await right.async_recv(patience, as_tuple);
            EXPECT_EQ(ec, errc::eof);
        }
        auto [gone] = co_await right.async_send("anybody?", patience, as_tuple);
        EXPECT_EQ(gone, errc::closed);
        auto [ended, nothing] = co_await left.async_recv(patience, as_tuple);
        EXPECT_EQ(ended, errc::closed);
        auto [no_poll, no] = co_await left.async_poll(patience, as_tuple);
        EXPECT_EQ(no_poll, errc::closed);
        auto [unsent] = co_await left.async_send("no", patience, as_tuple);
        EXPECT_EQ(unsent, errc::closed);
    });
}

TEST_P(AsyncPipe, TimeoutsAreThoseOfTheBlockingEnds)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends<std::string>(client);
        for (const auto timeout : {0ms, 20ms}) {
            auto [late, none] = co_await right.async_recv(timeout, as_tuple);
            EXPECT_EQ(late, errc::timed_out);
            EXPECT_FALSE(co_await right.async_poll(timeout));
        }
        co_await left.async_send("now");
        EXPECT_TRUE(co_await right.async_poll(patience));
        EXPECT_EQ(co_await right.async_recv(0ms), "now") << "it is here";
    });
}

TEST_P(AsyncPipe, AReceiverBehindAnotherOneWaitsForItsTurnAsPartOfItsTimeout)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends<int>(client);
        std::optional<int> first;
        right.async_recv(patience, [&](error_code, int value) { first = value; });
        for (const auto timeout : {0ms, 20ms}) {
            auto [late, none] = co_await right.async_recv(timeout, as_tuple);
            EXPECT_EQ(late, errc::timed_out);
            EXPECT_FALSE(co_await right.async_poll(timeout));
        }
        co_await left.async_send(1);
        const auto done = [&] { return first.has_value(); };
        EXPECT_TRUE(co_await wait_until(done));
        EXPECT_EQ(first, 1);
    });
}

TEST_P(AsyncPipe, ASendThatTimesOutLeavesTheStreamWhole)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends<std::string>(client);
        // More than any of the system's buffers and the broker's line take.
        const std::string block(std::size_t{300} * 1024, 'x');
        std::vector<std::string> sent;
        error_code ec;
        for (int i = 0; i < 100 && !ec; ++i) {
            const std::string item = std::to_string(i) + block;
            std::tie(ec) = co_await left.async_send(item, 50ms, as_tuple);
            if (ec != errc::timed_out) sent.push_back(item);
        }
        EXPECT_TRUE(ec == errc::timed_out || ec == errc::in_doubt) << ec.message();
        auto [late] = co_await left.async_send("nor this", 20ms, as_tuple);
        EXPECT_EQ(late, errc::timed_out);
        std::optional<error_code> last;
        left.async_send("the last", patience, [&](error_code why) { last = why; });
        sent.emplace_back("the last");
        for (const std::string& item : sent) {
            const std::string got = co_await right.async_recv(patience);
            EXPECT_TRUE(got == item) << got.substr(0, 10) << " instead of " << item.substr(0, 10);
        }
        const auto done = [&] { return last.has_value(); };
        EXPECT_TRUE(co_await wait_until(done));
        EXPECT_EQ(last, error_code());
    });
}

TEST_P(AsyncPipe, ReceiversAreServedInTheOrderOfTheirCalls)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        constexpr int calls = 1000;
        auto [left, right] = co_await both_ends<int>(client);
        std::vector<int> got;
        for (int i = 0; i < calls; ++i) {
            right.async_recv(patience, [&got, i](error_code ec, int value) {
                EXPECT_FALSE(ec) << ec.message();
                EXPECT_EQ(value, i);
                got.push_back(value);
            });
        }
        for (int i = 0; i < calls; ++i) co_await left.async_send(i);
        const auto done = [&] { return got.size() == calls; };
        EXPECT_TRUE(co_await wait_until(done));
    });
}

TEST_P(AsyncPipe, TheHalvesOfASplitEndEndByThemselves)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends<std::string>(client);
        auto [receiver, sender] = std::move(left).split();
        co_await sender.async_send("one");
        sender.close();
        auto [unsent] = co_await sender.async_send("two", patience, as_tuple);
        EXPECT_EQ(unsent, errc::closed);
        EXPECT_EQ(co_await right.async_recv(patience), "one");
        auto [end, none] = co_await right.async_recv(patience, as_tuple);
        EXPECT_EQ(end, errc::eof);
        co_await right.async_send("still here");
        EXPECT_EQ(co_await receiver.async_recv(patience), "still here");
        std::optional<error_code> waits;
        receiver.async_recv(patience, [&](error_code ec, std::string) { waits = ec; });
        co_await pause_for(10ms);
        receiver = async::Receiver<std::string>();
        const auto done = [&] { return waits.has_value(); };
        EXPECT_TRUE(co_await wait_until(done));
        EXPECT_EQ(waits, errc::closed);
        error_code gone;
        for (int i = 0; i < 1000 && !gone; ++i) {
            std::tie(gone) = co_await right.async_send("nobody", patience, as_tuple);
        }
        EXPECT_EQ(gone, errc::closed);
    });
}

TEST_P(AsyncPipe, AReceiverAndASenderMakeAOneWayPipe)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [receiver, sender] = co_await (
            client.async_pipe_receiver<std::string>("one-way", patience, asio::use_awaitable) &&
            client.async_pipe_sender<std::string>("one-way", patience, asio::use_awaitable));
        co_await sender.async_send("down");
        penstock::Message<std::string> message = co_await receiver.async_recv_message(patience);
        EXPECT_EQ(message.value, "down");
        sender = async::Sender<std::string>();
        auto [ec, none] = co_await receiver.async_recv(patience, as_tuple);
        EXPECT_EQ(ec, errc::eof);
    });
}

TEST_P(AsyncPipe, AMessageThatCannotBeDecodedIsConsumed)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await (
            client.async_pipe<std::string>("p", End::left, patience, asio::use_awaitable) &&
            client.async_pipe<int>("p", End::right, patience, asio::use_awaitable));
        co_await left.async_send("not an int");
        co_await left.async_send(std::string(4, '\0'));
        auto [ec, none] = co_await right.async_recv(patience, as_tuple);
        EXPECT_EQ(ec, errc::bad_message);
        EXPECT_EQ(co_await right.async_recv(patience), 0);
    });
}

TEST_P(AsyncPipe, ABrokerThatGoesEndsWhatItRelays)
{
    if (GetParam() == Over::unix_socket) GTEST_SKIP() << "there it passes sockets";
    with_client([this](async::Client& client) -> asio::awaitable<void> {
        auto [left, right] = co_await both_ends<int>(client);
        std::thread kills([this] {
            std::this_thread::sleep_for(20ms);
            (void)daemon_->end(SIGKILL);
        });
        auto [ec, none] = co_await right.async_recv(patience, as_tuple);
        EXPECT_EQ(ec, errc::disconnected) << ec.message();
        kills.join();
        auto [again, nothing] = co_await right.async_recv(patience, as_tuple);
        EXPECT_EQ(again, errc::disconnected);
    });
}

INSTANTIATE_TEST_SUITE_P(,
                         AsyncPipe,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
