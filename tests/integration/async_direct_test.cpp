// Asynchronous ends of pipes without a broker: blocking ends and descriptors that are taken over.
#include "tests/support/async_over.hpp"

#include <penstock/async/pipe.hpp>
#include <penstock/error.hpp>
#include <penstock/pipe.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <optional>
#include <random>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
using boost::system::error_code;
using penstock::errc;
using penstock::support::as_tuple;
using penstock::support::patience;
using penstock::support::run;
using penstock::support::wait_until;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

std::array<int, 2> socket_pair()
{
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    return fds;
}

TEST(AsyncDirect, ABlockingEndGoesOnAsynchronously)
{
    constexpr int messages = 5000;
    auto [ours, theirs] = penstock::pipe<int>();
    std::thread echo([end = std::move(theirs)]() mutable {
        std::error_code ec;
        while (const auto item = end.recv(patience, ec)) end.send(*item + 1, patience);
        EXPECT_EQ(ec, errc::eof);
    });
    run([&]() -> asio::awaitable<void> {
        async::Connection<int> end(co_await asio::this_coro::executor, std::move(ours));
        EXPECT_TRUE(ours.closed());
        for (int i = 0; i < messages; ++i) {
            co_await end.async_send(i);
            EXPECT_EQ(co_await end.async_recv(patience), i + 1);
        }
    });
    echo.join();
}

TEST(AsyncDirect, AnEndThatHasReadAheadCannotBeTakenOver)
{
    auto [ours, theirs] = penstock::pipe<int>();
    theirs.send(1);
    theirs.send(2);
    EXPECT_EQ(ours.recv(patience), 1);
    asio::io_context context;
    try {
        async::Connection<int> end(context.get_executor(), std::move(ours));
        ADD_FAILURE() << "the second message would be lost";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), errc::unsupported);
    }
    EXPECT_EQ(ours.recv(patience), 2) << "it is as it was";
    async::Connection<int> end(context.get_executor(), std::move(ours));
}

TEST(AsyncDirect, TheFlagsOfTheSocketAreLeftAlone)
{
    const std::array<int, 2> fds = socket_pair();
    const int shared = ::dup(fds[0]);  // as another process has it
    run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto end = async::Connection<std::string>::from_fd(executor, fds[0]);
        auto other = async::Connection<std::string>::from_fd(executor, fds[1]);
        const std::string long_one(std::size_t{3} * 1024 * 1024, 'x');
        auto send = end.async_send(long_one, patience, asio::use_awaitable);
        auto receive = other.async_recv(patience, asio::use_awaitable);
        const std::string got = co_await (std::move(receive) && std::move(send));
        EXPECT_TRUE(got == long_one);
        auto [late, none] = co_await end.async_recv(10ms, as_tuple);
        EXPECT_EQ(late, errc::timed_out);
        EXPECT_EQ(::fcntl(shared, F_GETFL) & O_NONBLOCK, 0);
        end.close();
        co_await other.async_send("to whoever else has it");
    });
    std::error_code ec;
    auto rest = penstock::Connection<std::string>::from_fd(shared);
    EXPECT_EQ(rest.recv(patience), "to whoever else has it");
}

TEST(AsyncDirect, WhatIsNoSocketIsRefusedAndStaysTheCallers)
{
    asio::io_context context;
    std::array<int, 2> fds{};
    ASSERT_EQ(::pipe(fds.data()), 0);
    std::error_code ec;
    (void)async::Connection<int>::from_fd(context.get_executor(), fds[0], {}, ec);
    EXPECT_EQ(ec, std::errc::invalid_argument);
    EXPECT_GE(::fcntl(fds[0], F_GETFD), 0);
    ::close(fds[0]);
    ::close(fds[1]);
    EXPECT_THROW((void)async::Connection<int>::from_fd(context.get_executor(), fds[0]),
                 std::system_error);
}

TEST(AsyncDirect, AOneWayPipeHasOneWay)
{
    auto [blocking_receiver, blocking_sender] = penstock::one_way_pipe<std::string>();
    run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        async::Receiver<std::string> receiver(executor, std::move(blocking_receiver));
        async::Sender<std::string> sender(executor, std::move(blocking_sender));
        co_await sender.async_send("down");
        EXPECT_EQ(co_await receiver.async_recv(patience), "down");
        sender.close();
        auto [ec, none] = co_await receiver.async_recv(patience, as_tuple);
        EXPECT_EQ(ec, errc::eof);
    });
    auto [receives, sends] = penstock::one_way_pipe<std::string>();
    std::error_code ec;
    const int fd = sends.release();
    asio::io_context context;
    (void)async::Receiver<std::string>::from_fd(context.get_executor(), fd, {}, ec);
    EXPECT_EQ(ec, errc::unsupported);
    ::close(fd);
}

TEST(AsyncDirect, AMessageThatIsTooLongEndsReceivingAlone)
{
    const std::array<int, 2> fds = socket_pair();
    penstock::PipeOptions options;
    options.message_size_max = 10;
    auto theirs = penstock::Connection<std::string>::from_fd(fds[1]);
    run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto end = async::Connection<std::string>::from_fd(executor, fds[0], options);
        auto [unsent] = co_await end.async_send("eleven char", patience, as_tuple);
        EXPECT_EQ(unsent, errc::too_large);
        theirs.send("eleven char");
        auto [too_long, none] = co_await end.async_recv(patience, as_tuple);
        EXPECT_EQ(too_long, errc::too_large);
        auto [again, nothing] = co_await end.async_recv(patience, as_tuple);
        EXPECT_EQ(again, errc::unsupported);
        auto [no_poll, no] = co_await end.async_poll(patience, as_tuple);
        EXPECT_EQ(no_poll, errc::unsupported);
        co_await end.async_send("still");
    });
    EXPECT_EQ(theirs.recv(patience), "still");
}

TEST(AsyncDirect, AReceiverIsClosedByAMessageThatIsTooLong)
{
    auto [receives, sends] = penstock::one_way_pipe<std::string>();
    penstock::PipeOptions options;
    options.message_size_max = 10;
    run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        async::Receiver<std::string> receiver(executor, std::move(receives), options);
        sends.send("eleven char");
        auto [too_long, none] = co_await receiver.async_recv(patience, as_tuple);
        EXPECT_EQ(too_long, errc::too_large);
        auto [again, nothing] = co_await receiver.async_recv(patience, as_tuple);
        EXPECT_EQ(again, errc::closed);
    });
    std::error_code ec;
    EXPECT_FALSE(sends.send("nobody", patience, ec));
    EXPECT_EQ(ec, errc::closed);
}

TEST(AsyncDirect, WhatHasArrivedOfAMessageStaysForTheNextCall)
{
    const std::array<int, 2> fds = socket_pair();
    run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        auto end = async::Connection<std::string>::from_fd(executor, fds[0]);
        const std::string frame("\0\0\0\5hello", 9);
        for (std::size_t i = 0; i < frame.size(); ++i) {
            const auto timeout = i % 2 == 0 ? 0ms : 2ms;
            auto [late, none] = co_await end.async_recv(timeout, as_tuple);
            EXPECT_EQ(late, errc::timed_out);
            EXPECT_EQ(::send(fds[1], frame.data() + i, 1, 0), 1);
        }
        EXPECT_EQ(co_await end.async_recv(patience), "hello");
        EXPECT_EQ(::send(fds[1], frame.data(), 6, 0), 6);
        ::close(fds[1]);
        auto [broken, none] = co_await end.async_recv(patience, as_tuple);
        EXPECT_EQ(broken, errc::protocol) << "it ends inside a message";
    });
}

TEST(AsyncDirect, BytesComeWithWhatIsKnownOfThem)
{
    auto [ours, theirs] = penstock::pipe<penstock::Bytes>();
    run([&]() -> asio::awaitable<void> {
        async::Connection<penstock::Bytes> end(co_await asio::this_coro::executor, std::move(ours));
        const std::array<std::byte, 4> pickle{
            std::byte{0x80}, std::byte{4}, std::byte{'N'}, std::byte{'.'}};
        theirs.send_bytes(pickle);
        penstock::Message<penstock::Bytes> message = co_await end.async_recv_message(patience);
        EXPECT_EQ(message.content_type, penstock::ContentType::pickle);
        EXPECT_EQ(message.value, penstock::Bytes(pickle.begin(), pickle.end()));
        co_await end.async_send_bytes(pickle);
        EXPECT_EQ(theirs.recv(patience), message.value);
    });
}

TEST(AsyncDirect, ClosingEndsWhatWaits)
{
    auto [ours, theirs] = penstock::pipe<std::string>();
    run([&]() -> asio::awaitable<void> {
        std::optional<async::Connection<std::string>> end(
            std::in_place, co_await asio::this_coro::executor, std::move(ours));
        int closed = 0;
        const auto count = [&](error_code ec) { closed += ec == errc::closed ? 1 : 0; };
        for (int i = 0; i < 3; ++i) {
            end->async_recv(patience, [&](error_code ec, std::string) { count(ec); });
            end->async_send(std::string(std::size_t{1024} * 1024, 'x'), patience, count);
        }
        asio::steady_timer pause(co_await asio::this_coro::executor, 10ms);
        co_await pause.async_wait(asio::use_awaitable);
        EXPECT_EQ(closed, 0);
        end.reset();
        const auto all = [&] { return closed == 6; };
        EXPECT_TRUE(co_await wait_until(all));
    });
    std::error_code ec;
    EXPECT_FALSE(theirs.recv(patience, ec));
    EXPECT_EQ(ec, errc::protocol) << "it ends inside a message";
}

TEST(AsyncDirect, NothingKeepsTheExecutorFromRunningDryWhenNobodyWaits)
{
    auto [ours, theirs] = penstock::pipe<int>();
    asio::io_context context;
    async::Connection<int> end(context.get_executor(), std::move(ours));
    std::optional<error_code> late;
    end.async_recv(5ms, [&](error_code ec, int) { late = ec; });
    context.run();
    EXPECT_EQ(late, error_code(errc::timed_out));
}

TEST(AsyncDirect, WithoutADescriptorToWaitWithACallSaysSo)
{
    auto [ours, theirs] = penstock::pipe<int>();
    asio::io_context context;
    async::Connection<int> end(context.get_executor(), std::move(ours));
    asio::steady_timer makes_the_reactor(context, 0ms);
    makes_the_reactor.async_wait([](error_code) {});
    context.run();
    context.restart();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none_left{static_cast<rlim_t>(next), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    std::optional<error_code> result;
    end.async_recv(patience, [&](error_code ec, int) { result = ec; });
    context.run();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, std::errc::too_many_files_open) << result->message();
    context.restart();
    theirs.send(1);
    std::optional<int> got;
    end.async_recv(patience, [&](error_code, int value) { got = value; });
    context.run();
    EXPECT_EQ(got, 1);
}

TEST(AsyncDirect, ACancelledReceiveLosesNothingOfALongMessage)
{
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::minstd_rand random(seed);
    constexpr int messages = 200;
    auto [ours, theirs] = penstock::pipe<std::string>();
    const auto text = [](int i) {
        return std::string(static_cast<std::size_t>(i) * 7919 % 500'000,
                           static_cast<char>('a' + i % 26));
    };
    std::thread sends([&, end = std::move(theirs)]() mutable {
        for (int i = 0; i < messages; ++i) end.send(text(i), patience);
    });
    run([&]() -> asio::awaitable<void> {
        async::Connection<std::string> end(co_await asio::this_coro::executor, std::move(ours));
        asio::steady_timer timer(co_await asio::this_coro::executor);
        for (int i = 0; i < messages;) {
            timer.expires_after(std::chrono::microseconds(random() % 200));
            std::variant<std::string, std::monostate> result =
                co_await (end.async_recv(patience, asio::use_awaitable) ||
                          timer.async_wait(asio::use_awaitable));
            if (result.index() != 0) continue;
            EXPECT_TRUE(std::get<0>(result) == text(i)) << i;
            ++i;
        }
    });
    sends.join();
}

}  // namespace
