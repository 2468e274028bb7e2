// Pipes between threads: calls that wait, that come at once, and that another thread ends.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"

#include <penstock/pipe.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using penstock::Bytes;
using penstock::errc;
using penstock::forever;
using penstock::pipe;
using penstock::Sender;
using penstock::support::code_of;
using penstock::support::more_than_fits;
using penstock::support::patience;
using penstock::support::pattern;

namespace {

TEST(PipeThreads, ASendThatHasNotBegunInTimeIsNotSent)
{
    auto [left, right] = pipe<Bytes>();
    std::error_code ec;
    std::size_t sent = 0;
    while (left.send(pattern(1000), 0ms, ec)) ++sent;
    // The last one that the socket took may have been a part of one.
    if (ec == errc::in_doubt) ++sent;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(left.send(pattern(500), 10ms, ec));
        EXPECT_EQ(ec, errc::timed_out);
    }
    std::thread reader([&right = right, sent] {
        for (std::size_t i = 0; i < sent; ++i) EXPECT_EQ(right.recv(patience).size(), 1000u);
        EXPECT_EQ(right.recv(patience).size(), 1u);
    });
    left.send(pattern(1), patience);
    reader.join();
}

TEST(PipeThreads, TheRestOfAHalfSentMessageGoesOutBeforeTheNext)
{
    auto [left, right] = pipe<Bytes>();
    const Bytes message = pattern(more_than_fits);
    EXPECT_THROW(left.send(message, 20ms), penstock::InDoubt);
    // Still no room: the next one has not begun.
    EXPECT_EQ(code_of([&](auto& ec) { return left.send(pattern(9), 10ms, ec); }), errc::timed_out);
    EXPECT_EQ(code_of([&](auto& ec) { return left.release(ec); }), errc::unsupported);
    std::thread reader([&right = right, &message] {
        EXPECT_TRUE(right.recv(patience) == message);
        EXPECT_EQ(right.recv(patience), pattern(7));
    });
    left.send(pattern(7), patience);
    reader.join();
}

TEST(PipeThreads, CloseInAnotherThreadEndsWaitingCalls)
{
    for (int round = 0; round < 20; ++round) {
        auto [left, right] = pipe<Bytes>();
        std::array<std::error_code, 4> codes;
        std::array<std::thread, 4> threads = {
            std::thread([&, &end = left] { (void)end.recv(forever, codes[0]); }),
            std::thread([&, &end = left] { (void)end.poll(forever, codes[1]); }),
            std::thread(
                [&, &end = left] { (void)end.send(pattern(more_than_fits), forever, codes[2]); }),
            std::thread(
                [&, &end = left] { (void)end.send(pattern(more_than_fits), forever, codes[3]); }),
        };
        if (round % 2 == 0) std::this_thread::sleep_for(2ms);
        left.close();
        for (std::thread& thread : threads) thread.join();
        for (const std::error_code& ec : codes) EXPECT_EQ(ec, errc::closed);
    }
}

TEST(PipeThreads, ThreadsThatSendAndReceiveAtOnceNeitherMixNorLoseMessages)
{
    auto [left, right] = pipe<Bytes>();
    constexpr int threads_each = 3;
    constexpr int count = 2000;
    std::array<std::atomic<int>, 2> received{};
    std::vector<std::thread> threads;
    for (int i = 0; i < threads_each; ++i) {
        for (auto* end : {&left, &right}) {
            threads.emplace_back([end] {
                for (std::size_t n = 0; n < count; ++n) end->send(pattern(n % 777));
            });
            threads.emplace_back([end, &sum = received[end == &left ? 0 : 1]] {
                for (int n = 0; n < count; ++n) {
                    const Bytes message = end->recv(patience);
                    if (message == pattern(message.size())) ++sum;
                }
            });
        }
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(received[0], threads_each * count);
    EXPECT_EQ(received[1], threads_each * count);
}

TEST(PipeThreads, ACallWaitsForItsTurnNoLongerThanItsTimeout)
{
    auto [left, right] = pipe<Bytes>();
    std::thread first([&right = right] { EXPECT_EQ(right.recv(patience), pattern(3)); });
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(code_of([&](auto& ec) { return right.recv(20ms, ec); }), errc::timed_out);
    EXPECT_FALSE(right.poll(10ms));
    left.send(pattern(3));
    first.join();
}

TEST(PipeThreads, ASplitEndsHalvesEndEachForThemselves)
{
    auto [left, right] = pipe<std::string>();
    auto [receiver, sender] = std::move(left).split();
    EXPECT_TRUE(left.closed());
    sender.send("one");
    EXPECT_EQ(code_of([&](auto& ec) { return sender.release(ec); }), errc::unsupported);
    {
        const Sender<std::string> gone = std::move(sender);
    }
    EXPECT_EQ(right.recv(), "one");
    EXPECT_THROW((void)right.recv(), penstock::EndOfFile);
    right.send("two");
    EXPECT_EQ(receiver.recv(), "two");
    receiver.close();
    EXPECT_TRUE(receiver.closed());
    EXPECT_EQ(code_of([&](auto& ec) { return right.send("x", forever, ec); }), errc::closed);
}

TEST(PipeThreads, AMessageThatIsTooLongEndsAReceivingHalfOnly)
{
    auto [left, right] = pipe<Bytes>();
    auto [receiver, sender] = std::move(left).split();
    right.send(pattern(11));
    EXPECT_EQ(code_of([&half = receiver](auto& ec) { return half.recv_bytes(10, patience, ec); }),
              errc::too_large);
    EXPECT_TRUE(receiver.closed());
    EXPECT_EQ(code_of([&end = right](auto& ec) { return end.send(pattern(1), patience, ec); }),
              errc::closed);
    sender.send(pattern(2));
    EXPECT_EQ(right.recv(patience), pattern(2));
}

TEST(PipeThreads, ClosingAHalfEndsItsWaitingCallsOnly)
{
    auto [left, right] = pipe<std::string>();
    auto [receiver, sender] = std::move(left).split();
    std::error_code receiving;
    std::error_code sending;
    const std::string long_text(more_than_fits, 'x');
    std::thread receives([&, &half = receiver] { (void)half.recv(forever, receiving); });
    std::thread sends([&, &half = sender] { (void)half.send(long_text, forever, sending); });
    std::this_thread::sleep_for(10ms);
    receiver.close();
    receives.join();
    EXPECT_EQ(receiving, errc::closed);
    EXPECT_EQ(right.recv(patience), long_text) << "the other half goes on";
    sends.join();
    EXPECT_FALSE(sending);
    std::thread again([&, &half = sender] { (void)half.send(long_text, forever, sending); });
    std::this_thread::sleep_for(10ms);
    sender.close();
    again.join();
    EXPECT_EQ(sending, errc::closed);
}

}  // namespace
