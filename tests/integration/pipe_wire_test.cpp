// The end of a pipe whose other side is a bare socket: what goes over it, and what may come.
#include "tests/support/broker_over.hpp"
#include "tests/support/descriptor_along.hpp"
#include "tests/support/pipes.hpp"

#include <penstock/pipe.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

using namespace std::chrono_literals;
using namespace std::string_literals;
using penstock::Connection;
using penstock::errc;
using penstock::forever;
using penstock::Receiver;
using penstock::Sender;
using penstock::support::code_of;
using penstock::support::descriptors;
using penstock::support::patience;
using penstock::support::RawPair;
using penstock::support::send_with_descriptor;
using penstock::support::text_of_error;

namespace {

using Text = Connection<std::string>;

void write_all(int fd, std::string_view bytes)
{
    ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
}

std::string framed(const std::string& text)
{
    std::string frame(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<char>(text.size() >> (24 - 8 * i));
    return frame + text;
}

std::string read_exactly(int fd, std::size_t size)
{
    std::string bytes(size, '\0');
    EXPECT_EQ(::recv(fd, bytes.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
    return bytes;
}

TEST(PipeWire, AMessageIsItsLengthAndItsBytes)
{
    RawPair raw;
    auto end = Text::from_fd(raw.take(0));
    end.send("hello");
    end.send("");
    EXPECT_EQ(read_exactly(raw.get(1), 13), framed("hello") + framed(""));
}

TEST(PipeWire, BytesThatComeOneByOneGiveTheSameMessages)
{
    RawPair raw;
    auto end = Text::from_fd(raw.take(0));
    const std::string long_text(300, 'x');
    std::error_code ec;
    for (const std::string& text : {"abc"s, ""s, long_text, "z"s}) {
        const std::string frame = framed(text);
        for (std::size_t i = 0; i + 1 < frame.size(); ++i) {
            write_all(raw.get(1), frame.substr(i, 1));
            EXPECT_TRUE(end.poll()) << "a message has begun";
            ASSERT_FALSE(end.recv(0ms, ec));
            ASSERT_EQ(ec, errc::timed_out);
            EXPECT_TRUE(end.poll()) << "what has arrived stays";
        }
        write_all(raw.get(1), frame.substr(frame.size() - 1));
        EXPECT_EQ(end.recv(patience), text);
        EXPECT_FALSE(end.poll());
    }
}

TEST(PipeWire, AnEndThatComesInsideAMessageIsAnErrorOfItsOwn)
{
    const std::string frames = framed("abc") + framed("") + framed("de");
    for (std::size_t cut = 0; cut <= frames.size(); ++cut) {
        RawPair raw;
        auto end = Text::from_fd(raw.take(0));
        write_all(raw.get(1), frames.substr(0, cut));
        raw.close(1);
        std::error_code ec;
        while (end.recv(patience, ec)) {
        }
        const bool between = cut == 0 || cut == 7 || cut == 11 || cut == frames.size();
        EXPECT_EQ(ec, between ? errc::eof : errc::protocol) << cut;
        EXPECT_TRUE(end.poll());
        EXPECT_FALSE(end.recv(patience, ec));
        EXPECT_EQ(ec, between ? errc::eof : errc::protocol) << cut << ", asked again";
    }
}

TEST(PipeWire, WhatIsNoLengthEndsReceivingForGood)
{
    const std::string none[] = {
        "\xff\xff\xff\xfe"s, "\x80\0\0\0"s, "\xff\xff\xff\xff\0\0\0\0\x7f\xff\xff\xff"s};
    for (const std::string& length : none) {
        RawPair raw;
        auto end = Text::from_fd(raw.take(0));
        write_all(raw.get(1), length + framed("abc"));
        for (int i = 0; i < 2; ++i) {
            EXPECT_EQ(code_of([&](auto& ec) { return end.recv(patience, ec); }), errc::protocol);
        }
        end.send("still");
        EXPECT_EQ(read_exactly(raw.get(1), 9), framed("still"));
    }
}

TEST(PipeWire, AnAnnouncedLengthOverTheLimitIsRefusedBeforeItsBytesCome)
{
    for (const std::string& length :
         {"\x10\0\0\x01"s, "\x7f\xff\xff\xff"s, "\xff\xff\xff\xff\0\0\0\x01\0\0\0\0"s}) {
        RawPair raw;
        auto end = Text::from_fd(raw.take(0));
        write_all(raw.get(1), length);
        EXPECT_EQ(code_of([&](auto& ec) { return end.recv(patience, ec); }), errc::too_large);
    }
    RawPair raw;
    auto end = Text::from_fd(raw.take(0));
    write_all(raw.get(1), "\x10\0\0\0"s);
    EXPECT_EQ(code_of([&](auto& ec) { return end.recv(1ms, ec); }), errc::timed_out);
}

TEST(PipeWire, DescriptorsThatComeUninvitedAreClosed)
{
    RawPair raw;
    auto end = Text::from_fd(raw.take(0));
    EXPECT_FALSE(end.poll());
    std::array<int, 2> gift{};
    ASSERT_EQ(::pipe2(gift.data(), O_CLOEXEC), 0);
    const std::size_t before = descriptors();
    const std::string frame = framed("with a gift");
    const auto bytes = std::as_bytes(std::span(frame));
    ASSERT_EQ(send_with_descriptor(raw.get(1), bytes, gift[1]), static_cast<ssize_t>(frame.size()));
    EXPECT_EQ(end.recv(patience), "with a gift");
    EXPECT_EQ(descriptors(), before);
    ::close(gift[1]);
    char byte = 0;
    EXPECT_EQ(::read(gift[0], &byte, 1), 0) << "nobody else has its writing end";
    ::close(gift[0]);
}

// Other processes share it.
TEST(PipeWire, TheSocketsFlagsAreLeftAlone)
{
    RawPair raw;
    const int flags = ::fcntl(raw.get(0), F_GETFL);
    auto end = Text::from_fd(::dup(raw.get(0)));
    end.send("x");
    EXPECT_EQ(code_of([&](auto& ec) { return end.recv(5ms, ec); }), errc::timed_out);
    EXPECT_EQ(::fcntl(raw.get(0), F_GETFL), flags);
    end.close();
    write_all(raw.get(0), "shut down by nobody");
}

TEST(PipeWire, EndsAreCloseOnExecUntilTheyAreReleased)
{
    auto [left, right] = penstock::pipe<std::string>();
    EXPECT_EQ(::fcntl(left.fileno(), F_GETFD), FD_CLOEXEC);
    const int fd = left.fileno();
    EXPECT_EQ(left.release(), fd);
    EXPECT_TRUE(left.closed());
    EXPECT_EQ(::fcntl(fd, F_GETFD), 0);
    auto again = Text::from_fd(fd);
    EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
    again.send("as before");
    EXPECT_EQ(right.recv(), "as before");
}

TEST(PipeWire, WhatWasReadAheadKeepsAnEndFromBeingReleased)
{
    auto [left, right] = penstock::pipe<std::string>();
    left.send("one");
    left.send("two");
    EXPECT_EQ(right.recv(), "one");
    EXPECT_EQ(code_of([&](auto& ec) { return right.release(ec); }), errc::unsupported);
    EXPECT_EQ(right.recv(), "two");
    ::close(right.release());
}

TEST(PipeWire, OnlyConnectedStreamSocketsMakeAnEndAndOthersStayTheCallers)
{
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    const int unconnected = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::listen(listening, 1), 0);
    std::array<int, 2> packets{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, packets.data()), 0);
    for (const int fd : {pipe[0], pipe[1], unconnected, listening, packets[0], packets[1]}) {
        EXPECT_EQ(code_of([&](auto& ec) { return Text::from_fd(fd, {}, ec).closed(); }),
                  std::errc::invalid_argument);
        EXPECT_NE(text_of_error([&] { (void)Text::from_fd(fd); }).find("stream socket"),
                  std::string::npos);
        EXPECT_EQ(::close(fd), 0);
    }
    for (const int fd : {-1, pipe[0]}) {
        EXPECT_EQ(code_of([&](auto& ec) { return Text::from_fd(fd, {}, ec).closed(); }),
                  std::errc::bad_file_descriptor);
    }
}

TEST(PipeWire, AnEndMadeOfADescriptorKnowsItsDirection)
{
    auto [receiver, sender] = penstock::one_way_pipe<std::string>();
    const int receives = receiver.release();
    const int sends = sender.release();
    EXPECT_EQ(
        code_of([&](auto& ec) { return Sender<std::string>::from_fd(receives, {}, ec).closed(); }),
        errc::unsupported);
    EXPECT_EQ(
        code_of([&](auto& ec) { return Receiver<std::string>::from_fd(sends, {}, ec).closed(); }),
        errc::unsupported);
    EXPECT_NE(text_of_error([&] {
                  (void)Sender<std::string>::from_fd(receives);
              }).find("this end only receives"),
              std::string::npos);
    auto left = Text::from_fd(receives);
    auto right = Text::from_fd(sends);
    EXPECT_NE(text_of_error([&] { left.send("x"); }).find("this end only receives"),
              std::string::npos);
    EXPECT_NE(text_of_error([&] { (void)right.recv(); }).find("this end only sends"),
              std::string::npos);
    EXPECT_EQ(code_of([&](auto& ec) { return right.poll(forever, ec); }), errc::unsupported);
    right.send("the right way");
    EXPECT_EQ(left.recv(), "the right way");
}

TEST(PipeWire, ASignalDoesNotEndACall)
{
    struct sigaction action {};
    action.sa_handler = [](int) {};
    struct sigaction before {};
    ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
    auto [left, right] = penstock::pipe<std::string>();
    std::thread reader([&right = right] { EXPECT_EQ(right.recv(patience), "at last"); });
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(::pthread_kill(reader.native_handle(), SIGUSR1), 0);
        std::this_thread::sleep_for(1ms);
    }
    left.send("at last");
    reader.join();
    ::sigaction(SIGUSR1, &before, nullptr);
}

/// Both sides of a connection over loopback.
std::pair<int, int> tcp_pair()
{
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    sockaddr_in address{};
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::getsockname(listener, generic, &size), 0);
    const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(one, generic, size), 0);
    const int other = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    ::close(listener);
    return {one, other};
}

TEST(PipeWire, TcpConnectionsDoAsWell)
{
    const auto [one, other] = tcp_pair();
    auto left = Text::from_fd(one);
    auto right = Text::from_fd(other);
    const std::string long_text(8 << 20, 'x');
    std::thread sender([&] { left.send(long_text, patience); });
    EXPECT_EQ(right.recv(patience), long_text);
    sender.join();
    right.send("short");
    EXPECT_EQ(left.recv(patience), "short");
    right.close();
    EXPECT_THROW((void)left.recv(patience), penstock::EndOfFile);
}

TEST(PipeWire, ATcpConnectionThatIsResetIsEndOfFile)
{
    const auto [one, other] = tcp_pair();
    auto left = Text::from_fd(one);
    const linger at_once{1, 0};
    ASSERT_EQ(::setsockopt(other, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    ::close(other);
    EXPECT_THROW((void)left.recv(patience), penstock::EndOfFile);
    EXPECT_EQ(code_of([&](auto& ec) { return left.send("x", patience, ec); }), errc::closed);
}

}  // namespace
