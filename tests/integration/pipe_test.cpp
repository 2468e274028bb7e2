// Pipes within one process: what their calls do, between ends and threads.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"

#include <penstock/pipe.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using penstock::Bytes;
using penstock::Connection;
using penstock::errc;
using penstock::forever;
using penstock::one_way_pipe;
using penstock::pipe;
using penstock::Receiver;
using penstock::Sender;
using penstock::support::code_of;
using penstock::support::mib;
using penstock::support::patience;
using penstock::support::pattern;
using penstock::support::text_of_error;

namespace {

template <class End>
concept CanSend = requires(End end)
{
    end.send("x");
};
template <class End>
concept CanReceive = requires(End end)
{
    end.recv();
};
template <class End>
concept CanSendBytes = requires(End end, std::span<const std::byte> bytes)
{
    end.send_bytes(bytes);
};

static_assert(CanSend<Connection<std::string>> && CanReceive<Connection<std::string>>);
static_assert(CanSend<Sender<std::string>> && !CanReceive<Sender<std::string>>);
static_assert(!CanSend<Receiver<std::string>> && CanReceive<Receiver<std::string>>);
static_assert(CanSendBytes<Sender<Bytes>> && !CanSendBytes<Sender<std::string>>);

TEST(Pipe, BothEndsSendAndReceiveInOrder)
{
    auto [left, right] = pipe<std::string>();
    left.send("one");
    left.send("two");
    right.send("back");
    EXPECT_EQ(right.recv(), "one");
    EXPECT_EQ(right.recv(), "two");
    EXPECT_EQ(left.recv(patience), "back");
}

TEST(Pipe, AOneWayPipeGivesTheReceiverFirst)
{
    auto [receiver, sender] = one_way_pipe<int>();
    sender.send(7);
    EXPECT_EQ(receiver.recv(), 7);
}

TEST(Pipe, KeepsTheBoundariesOfMessagesOfAllSizesEmptyOnesToo)
{
    auto [left, right] = pipe<Bytes>();
    const std::vector<std::size_t> sizes = {
        0, 1, 0, 3, 4, 5, 4091, 4092, 4093, 65531, 65532, 65533, 0, 262140, 262144, 300000, 2};
    std::thread sender([&left = left, &sizes] {
        for (const std::size_t size : sizes) left.send(pattern(size));
    });
    for (const std::size_t size : sizes) {
        const Bytes message = right.recv(patience);
        EXPECT_EQ(message.size(), size);
        EXPECT_TRUE(message == pattern(size));
    }
    sender.join();
    EXPECT_FALSE(right.poll());
}

TEST(Pipe, A64MibMessageArrivesWhole)
{
    auto [receiver, sender] = one_way_pipe<Bytes>();
    const Bytes message = pattern(64 * mib);
    std::thread thread([&sender = sender, &message] { sender.send(message, patience); });
    EXPECT_TRUE(receiver.recv(patience) == message);
    thread.join();
}

TEST(Pipe, RecvAndPollTakeNoLongerThanTheirTimeout)
{
    auto [left, right] = pipe<Bytes>();
    for (const auto timeout : {0ms, 20ms, -5ms}) {
        EXPECT_EQ(code_of([&](auto& ec) { return right.recv(timeout, ec); }), errc::timed_out);
        EXPECT_FALSE(right.poll(timeout));
    }
    left.send_bytes({});
    EXPECT_TRUE(right.poll(forever));
    EXPECT_TRUE(right.poll());
    EXPECT_EQ(right.recv(0ms), Bytes{});
}

TEST(Pipe, PollIsTrueForWhatWasReadAhead)
{
    auto [left, right] = pipe<Bytes>();
    for (int i = 0; i < 3; ++i) left.send(pattern(10));
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(right.poll());
        (void)right.recv(0ms);
    }
    EXPECT_FALSE(right.poll());
}

TEST(Pipe, WhatWasSentBeforeAnEndClosedIsReceivedThenEndOfFile)
{
    auto [left, right] = pipe<std::string>();
    left.send("last words");
    left.close();
    EXPECT_TRUE(left.closed());
    EXPECT_TRUE(right.poll());
    EXPECT_EQ(right.recv(), "last words");
    EXPECT_TRUE(right.poll()) << "end-of-file is ready";
    for (int i = 0; i < 2; ++i) EXPECT_THROW((void)right.recv(), penstock::EndOfFile);
    EXPECT_EQ(code_of([&](auto& ec) { return right.send("x", forever, ec); }), errc::closed);
    EXPECT_NE(text_of_error([&] { right.send("x"); }).find("the other side is gone"),
              std::string::npos);
    EXPECT_FALSE(right.closed());
}

// The kernel then says "connection reset" first.
TEST(Pipe, AnEndThatClosesWithMessagesUnreadIsEndOfFileTooAfterWhatItSent)
{
    auto [left, right] = pipe<std::string>();
    right.send("never read");
    left.send("last words");
    left.close();
    EXPECT_EQ(right.recv(), "last words");
    EXPECT_THROW((void)right.recv(), penstock::EndOfFile);
}

TEST(Pipe, EachCallOfAClosedEndSaysSo)
{
    auto [left, right] = pipe<Bytes>();
    right.close();
    right.close();
    Connection<Bytes> none;
    Connection<Bytes> moved = std::move(left);
    std::array<std::byte, 4> buffer{};
    for (Connection<Bytes>* end : {&right, &none, &left}) {
        EXPECT_TRUE(end->closed());
        EXPECT_EQ(end->fileno(), -1);
        const auto calls = {
            code_of([&](auto& ec) { return end->send({}, forever, ec); }),
            code_of([&](auto& ec) { return end->send_bytes({}, forever, ec); }),
            code_of([&](auto& ec) { return end->recv(forever, ec).has_value(); }),
            code_of([&](auto& ec) { return end->recv_bytes(1, forever, ec).size(); }),
            code_of([&](auto& ec) { return end->recv_bytes_into(buffer, forever, ec); }),
            code_of([&](auto& ec) { return end->poll(forever, ec); }),
            code_of([&](auto& ec) { return end->release(ec); }),
        };
        for (const std::error_code& ec : calls) EXPECT_EQ(ec, errc::closed);
        EXPECT_NE(text_of_error([&] { (void)end->recv(); }).find("it is closed"),
                  std::string::npos);
    }
    EXPECT_FALSE(moved.closed());
}

TEST(Pipe, ReceivesIntoABufferAndSaysHowMuch)
{
    auto [left, right] = pipe<Bytes>();
    std::array<std::byte, 5> buffer{};
    left.send(pattern(5));
    EXPECT_EQ(right.recv_bytes_into(buffer), 5u);
    EXPECT_TRUE(std::ranges::equal(buffer, pattern(5)));
    left.send({});
    EXPECT_EQ(right.recv_bytes_into({}), 0u);
}

TEST(Pipe, ABufferTooShortCarriesTheWholeMessageWhichIsConsumed)
{
    auto [left, right] = pipe<Bytes>();
    std::array<std::byte, 5> buffer{};
    left.send(pattern(6));
    left.send(pattern(2));
    try {
        (void)right.recv_bytes_into(buffer);
        FAIL() << "it can't have fitted";
    } catch (const penstock::BufferTooShort& error) {
        EXPECT_EQ(error.message(), pattern(6));
    }
    EXPECT_EQ(right.recv(), pattern(2));
}

TEST(Pipe, AMessageLongerThanMaxlengthEndsReceivingButNotSending)
{
    auto [left, right] = pipe<Bytes>();
    left.send(pattern(10));
    EXPECT_EQ(right.recv_bytes(10), pattern(10));
    left.send(pattern(11));
    left.send(pattern(1));
    EXPECT_EQ(code_of([&](auto& ec) { return right.recv_bytes(10, forever, ec); }),
              errc::too_large);
    EXPECT_EQ(code_of([&](auto& ec) { return right.recv(forever, ec); }), errc::unsupported);
    EXPECT_EQ(code_of([&](auto& ec) { return right.poll(forever, ec); }), errc::unsupported);
    EXPECT_NE(text_of_error([&] { (void)right.recv(); }).find("this end only sends"),
              std::string::npos);
    right.send(pattern(3));
    EXPECT_EQ(left.recv(), pattern(3));
}

TEST(Pipe, AMessageLongerThanMaxlengthClosesAnEndThatOnlyReceives)
{
    auto [receiver, sender] = one_way_pipe<Bytes>();
    sender.send(pattern(11));
    EXPECT_EQ(code_of([&](auto& ec) { return receiver.recv_bytes(10, forever, ec); }),
              errc::too_large);
    EXPECT_TRUE(receiver.closed());
    EXPECT_EQ(code_of([&](auto& ec) { return sender.send({}, forever, ec); }), errc::closed);
}

TEST(Pipe, NoMessageIsLongerThanItsLimit)
{
    auto [left, right] = pipe<Bytes>({.message_size_max = 100});
    left.send(pattern(100));
    EXPECT_EQ(code_of([&](auto& ec) { return left.send(pattern(101), forever, ec); }),
              errc::too_large);
    left.send(pattern(1));
    EXPECT_EQ(right.recv(), pattern(100));
    EXPECT_EQ(right.recv(), pattern(1));
}

TEST(Pipe, AMessageThatTheCodecCanNotDecodeIsConsumedAndInTheException)
{
    auto [left, right] = pipe<std::string>();
    auto numbers = Receiver<std::uint32_t>::from_fd(right.release());
    left.send("abc");
    left.send("abcd");
    try {
        (void)numbers.recv();
        FAIL() << "three bytes are no number";
    } catch (const penstock::BadMessage& error) {
        EXPECT_EQ(error.bytes().size(), 3u);
    }
    EXPECT_EQ(numbers.recv(), 0x64636261u);
}

TEST(Pipe, OnlyWhatLooksLikeAPickleHasAContentType)
{
    auto [left, right] = pipe<std::string>();
    using enum penstock::ContentType;
    const auto type_of = [&left = left, &right = right](const std::string& text) {
        left.send(text);
        const auto message = right.recv_message();
        EXPECT_EQ(message.value, text);
        return message.content_type;
    };
    EXPECT_EQ(type_of("\x80\x04N."), pickle);
    EXPECT_EQ(type_of("\x80\x02}."), pickle);
    EXPECT_EQ(type_of("\x80\x06N."), bytes);
    EXPECT_EQ(type_of("\x80\x04N"), bytes);
    EXPECT_EQ(type_of("\x80."), bytes);
    EXPECT_EQ(type_of("."), bytes);
    EXPECT_EQ(type_of(""), bytes);
}

}  // namespace
