// A client on a socket that its program has connected.
#include "tests/support/async_over.hpp"

#include <penstock/async/client.hpp>
#include <penstock/penstock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

using penstock::support::as_tuple;
using penstock::support::AsyncOver;
using penstock::support::Over;

namespace asio = boost::asio;

namespace {

bool is_open(int fd)
{
    return ::fcntl(fd, F_GETFD) >= 0;
}

class GivenSocket : public AsyncOver, public ::testing::Test {
protected:
    GivenSocket() : AsyncOver(Over::unix_socket) {}

    [[nodiscard]] int connected() const
    {
        const std::string path = daemon_->address().substr(std::string("unix:").size());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        EXPECT_EQ(::connect(fd, generic, sizeof(address)), 0) << std::strerror(errno);
        return fd;
    }

    static std::string why_not(std::string_view address, int fd)
    {
        try {
            (void)penstock::connect(address, {.socket = fd});
        } catch (const penstock::Error& error) {
            return error.what();
        }
        return "it connects";
    }
};

TEST_F(GivenSocket, ABlockingClientTakesItOverAndClosesIt)
{
    const int fd = connected();
    {
        penstock::Client client = penstock::connect({}, {.socket = fd});
        auto queue = client.queue<std::string>("q");
        queue.put("hello");
        EXPECT_EQ(queue.get(), "hello");
        EXPECT_TRUE(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
    EXPECT_FALSE(is_open(fd));
}

TEST_F(GivenSocket, AnAsynchronousClientTakesItOverAndClosesIt)
{
    const int fd = connected();
    penstock::support::run([fd]() -> asio::awaitable<void> {
        penstock::async::Client client(co_await asio::this_coro::executor);
        penstock::ConnectOptions options;
        options.socket = fd;
        co_await client.async_connect("", options);
        auto queue = co_await client.async_queue<std::string>("q");
        co_await queue.async_put("hello");
        EXPECT_EQ(co_await queue.async_get(), "hello");
    });
    EXPECT_FALSE(is_open(fd));
}

TEST_F(GivenSocket, AClientThatIsCancelledBeforeItBeganClosesItAllTheSame)
{
    const int fd = connected();
    asio::io_context context;
    {
        penstock::async::Client client(context.get_executor());
        penstock::ConnectOptions options;
        options.socket = fd;
        client.async_connect(
            {}, options, [](auto ec) { EXPECT_EQ(ec, asio::error::operation_aborted); });
        client.close();
    }
    context.run();
    EXPECT_FALSE(is_open(fd));
}

TEST_F(GivenSocket, AnAddressBesideItIsOneTooMany)
{
    const int fd = connected();
    EXPECT_NE(why_not(daemon_->address(), fd).find("give an address or a socket, not both"),
              std::string::npos);
    EXPECT_FALSE(is_open(fd));
}

TEST_F(GivenSocket, WhatIsNoConnectedStreamSocketIsRefusedAndClosed)
{
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    EXPECT_NE(why_not({}, pipe[0]).find("the given socket: Socket operation on non-socket"),
              std::string::npos);
    EXPECT_FALSE(is_open(pipe[0]));
    ::close(pipe[1]);

    const int datagrams = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT_NE(why_not({}, datagrams).find("the given socket: Protocol wrong type for socket"),
              std::string::npos);

    const int unconnected = ::socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_NE(
        why_not({}, unconnected).find("the given socket: Transport endpoint is not connected"),
        std::string::npos);
    EXPECT_FALSE(is_open(unconnected));
}

}  // namespace
