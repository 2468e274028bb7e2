// Pipes by name: two parties meet at a broker, over a Unix socket (which hands each a socket) and
// over TCP (which relays).
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"

#include <penstock/penstock.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using penstock::End;
using penstock::errc;
using penstock::support::BrokerOver;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::text_of_error;

namespace {

constexpr unsigned child_lifetime_s = 60;

using Text = penstock::Connection<std::string>;

class NamedPipe : public BrokerOver, public ::testing::TestWithParam<Over> {
protected:
    NamedPipe() : BrokerOver(GetParam()) {}

    /// Both ends of a pipe, each of a session of its own.
    std::pair<Text, Text> meet(penstock::Client& one, penstock::Client& other, const char* name)
    {
        Text left;
        std::thread opener([&] { left = one.pipe<std::string>(name, End::left, patience); });
        Text right = other.pipe<std::string>(name, End::right, patience);
        opener.join();
        return {std::move(left), std::move(right)};
    }

    /// What a recv that waits ends with when `closed` is closed.
    static std::error_code end_of_wait(Text& receiver, Text& closed)
    {
        std::error_code ec;
        std::thread waits([&] { (void)receiver.recv(penstock::forever, ec); });
        std::this_thread::sleep_for(20ms);
        closed.close();
        waits.join();
        return ec;
    }
};

TEST_P(NamedPipe, WhatOneSendsTheOtherReceives)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    auto [left, right] = meet(one, other, "p");
    for (const char* text : {"one", "", "three"}) left.send(text);
    right.send("back");
    EXPECT_EQ(right.recv(patience), "one");
    EXPECT_TRUE(right.poll(patience));
    EXPECT_EQ(right.recv(patience), "");
    EXPECT_EQ(right.recv(patience), "three");
    EXPECT_EQ(left.recv(patience), "back");
    std::error_code ec;
    EXPECT_FALSE(left.recv(1ms, ec));
    EXPECT_EQ(ec, errc::timed_out);
    EXPECT_FALSE(left.poll());
}

TEST_P(NamedPipe, NobodyComesIsTimedOutAndAThirdPartyIsTold)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    std::error_code ec;
    (void)one.pipe<std::string>("p", End::left, 20ms, ec);
    EXPECT_EQ(ec, errc::timed_out);
    auto [left, right] = meet(one, other, "p");
    (void)one.pipe<std::string>("p", End::left, patience, ec);
    EXPECT_EQ(ec, errc::end_taken);
    left.close();
    (void)one.pipe<std::string>("p", End::left, 0ms, ec);
    EXPECT_EQ(ec, errc::end_taken);
    right.close();
    one.flush();
    (void)one.ping();
    (void)other.ping();
    (void)one.pipe<std::string>("p", End::left, 0ms, ec);
    EXPECT_EQ(ec, errc::timed_out);
}

TEST_P(NamedPipe, AQueuesNameIsNoPipes)
{
    penstock::Client client = connect();
    auto queue = client.queue<std::string>("q");
    const std::string text =
        text_of_error([&] { (void)client.pipe<std::string>("q", End::left, patience); });
    EXPECT_EQ(text, "pipe 'q': there is a queue of that name");
}

TEST_P(NamedPipe, ClosingIsEndOfFileAfterAllThatWasSent)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    auto [left, right] = meet(one, other, "p");
    for (int i = 0; i < 100; ++i) left.send(std::to_string(i));
    left.close();
    for (int i = 0; i < 100; ++i) ASSERT_EQ(right.recv(patience), std::to_string(i));
    EXPECT_THROW((void)right.recv(patience), penstock::EndOfFile);
    std::error_code ec;
    while (right.send("x", patience, ec)) {
    }
    EXPECT_EQ(ec, errc::closed);
}

TEST_P(NamedPipe, AMessageThatIsTooLongClosesAReceiverAndItsSenderIsTold)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    penstock::Receiver<penstock::Bytes> receiver;
    std::thread opener([&] { receiver = one.pipe_receiver<penstock::Bytes>("p", patience); });
    auto sender = other.pipe_sender<penstock::Bytes>("p", patience);
    opener.join();
    sender.send(penstock::Bytes(11));
    std::error_code ec;
    (void)receiver.recv_bytes(10, patience, ec);
    EXPECT_EQ(ec, errc::too_large);
    EXPECT_TRUE(receiver.closed());
    while (sender.send(penstock::Bytes(1), patience, ec)) {
    }
    EXPECT_EQ(ec, errc::closed);
}

TEST_P(NamedPipe, AKilledProcessIsEndOfFileAfterAllThatItSent)
{
    const pid_t child = in_child([&] {
        ::alarm(child_lifetime_s);
        penstock::Client client = connect();
        auto sender = client.pipe_sender<int>("p", patience);
        for (int i = 0; i < 1000; ++i) sender.send(i);
        ::raise(SIGKILL);
        return 0;
    });
    penstock::Client client = connect();
    auto receiver = client.pipe_receiver<int>("p", patience);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(receiver.recv(patience), i);
    EXPECT_THROW((void)receiver.recv(patience), penstock::EndOfFile);
    EXPECT_EQ(exit_code_of(child), -SIGKILL);
}

TEST_P(NamedPipe, AReceiverThatWaitsIsToldOfTheEnd)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    auto [left, right] = meet(one, other, "p");
    EXPECT_EQ(end_of_wait(right, left), errc::eof);
}

TEST_P(NamedPipe, HalvesOfASplitEndEndOneByOne)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    auto [left, right] = meet(one, other, "p");
    auto [receiver, sender] = std::move(left).split();
    std::error_code ec;
    std::thread waits([&end = right, &ec] {
        EXPECT_EQ(end.recv(patience), "last");
        (void)end.recv(patience, ec);
    });
    sender.send("last");
    sender.close();
    waits.join();
    EXPECT_EQ(ec, errc::eof);
    right.send("still");
    EXPECT_EQ(receiver.recv(patience), "still");
    receiver.close();
    while (right.send("x", patience, ec)) {
    }
    EXPECT_EQ(ec, errc::closed);
    right.close();
}

TEST_P(NamedPipe, WhatTheReceivingHalfLeavesUnreadIsDropped)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    auto [left, right] = meet(one, other, "p");
    auto [receiver, sender] = std::move(left).split();
    std::error_code ec;
    std::thread sends([&end = right, &ec] {  // more than fits
        const std::string block(std::size_t{256} * 1024, 'x');
        while (end.send(block, patience, ec)) {
        }
    });
    std::this_thread::sleep_for(20ms);
    receiver.close();
    sends.join();
    EXPECT_EQ(ec, errc::closed);
    sender.send("the other way");
    EXPECT_EQ(right.recv(patience), "the other way");
}

TEST_P(NamedPipe, OneWayEndsHaveNoOtherHalf)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    penstock::Receiver<int> receiver;
    std::thread opener([&] { receiver = one.pipe_receiver<int>("p", patience); });
    auto end = other.pipe<int>("p", End::right, patience);
    opener.join();
    end.send(1);
    EXPECT_EQ(receiver.recv(patience), 1);
    std::error_code ec;
    EXPECT_FALSE(end.recv(patience, ec));
    EXPECT_EQ(ec, errc::eof) << "nobody will ever send";
}

TEST_P(NamedPipe, ACloseInAnotherThreadEndsAWaitingCall)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    auto [left, right] = meet(one, other, "p");
    EXPECT_EQ(end_of_wait(right, right), errc::closed);
    EXPECT_EQ(right.fileno(), -1);
}

TEST_P(NamedPipe, ACloseInAnotherThreadEndsASendThatWaitsForRoom)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    auto [left, right] = meet(one, other, "p");
    std::error_code ec;
    std::thread sends([&end = left, &ec] {
        const std::string block(std::size_t{256} * 1024, 'x');
        while (end.send(block, penstock::forever, ec)) {
        }
    });
    std::this_thread::sleep_for(50ms);
    left.close();
    sends.join();
    EXPECT_EQ(ec, errc::closed);
}

TEST_P(NamedPipe, LargeMessagesAndManySmallOnesComeWhole)
{
    penstock::Client one = connect();
    penstock::Client other = connect();
    auto [left, right] = meet(one, other, "p");
    std::thread sender([&end = left] {
        for (int i = 0; i < 20; ++i) {
            end.send(std::string(std::size_t{200'000}, static_cast<char>('a' + i)));
            for (int k = 0; k < 100; ++k) end.send(std::to_string(k));
        }
    });
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(right.recv(patience), std::string(200'000, static_cast<char>('a' + i)));
        for (int k = 0; k < 100; ++k) ASSERT_EQ(right.recv(patience), std::to_string(k));
    }
    sender.join();
}

TEST_P(NamedPipe, InAChildTheEndIsForkedAndItsParentsDeathIsSeen)
{
    const pid_t parent = in_child([&] {
        ::alarm(child_lifetime_s);
        penstock::Client client = connect();
        Text end = client.pipe<std::string>("p", End::left, patience);
        const pid_t child = in_child([&end] {
            ::alarm(child_lifetime_s);
            std::error_code ec;
            (void)end.recv(patience, ec);
            if (ec != errc::forked || end.fileno() != -1) return 1;
            if (end.send("x", patience, ec) || ec != errc::forked) return 2;
            end.close();
            return 0;
        });
        const bool good = exit_code_of(child) == 0;
        const pid_t survivor = ::fork();  // holds whatever it inherited
        if (survivor == 0) {
            ::alarm(child_lifetime_s);
            ::pause();
        }
        end.send(good ? std::to_string(survivor) : "bad");
        ::raise(SIGKILL);
        return 0;
    });
    penstock::Client client = connect();
    Text end = client.pipe<std::string>("p", End::right, patience);
    const std::string survivor = end.recv(patience);
    EXPECT_NE(survivor, "bad");
    std::error_code ec;
    EXPECT_FALSE(end.recv(patience, ec));
    EXPECT_EQ(ec, errc::eof);
    EXPECT_EQ(exit_code_of(parent), -SIGKILL);
    if (survivor != "bad") ::kill(std::stoi(survivor), SIGKILL);
}

INSTANTIATE_TEST_SUITE_P(,
                         NamedPipe,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
