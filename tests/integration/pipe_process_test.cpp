// Pipes between processes: across fork and exec, and when one of them is killed.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"

#include <penstock/pipe.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

using namespace std::chrono_literals;
using penstock::Bytes;
using penstock::Connection;
using penstock::errc;
using penstock::forever;
using penstock::one_way_pipe;
using penstock::pipe;
using penstock::support::code_of;
using penstock::support::descriptors;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::patience;
using penstock::support::pattern;

namespace {

constexpr unsigned child_lifetime_s = 60;
/// As many as the socket holds.
constexpr std::size_t sent_before_death = 100;
constexpr int cycles = 10'000;

/// Runs pipe_child with the end.
template <class End>
pid_t exec_child(const char* what, End& end)
{
    return in_child([&] {
        ::alarm(child_lifetime_s);
        const char* program = std::getenv("PIPE_CHILD");
        const std::string fd = std::to_string(end.release());
        ::execl(program, program, what, fd.c_str(), nullptr);
        return 97;
    });
}

TEST(PipeProcess, ParentAndChildTalkAndTheChildsEndIsEndOfFile)
{
    auto [ours, theirs] = pipe<std::string>();
    const pid_t child = in_child([&ours = ours, &theirs = theirs] {
        ::alarm(child_lifetime_s);
        ours.close();
        theirs.send("hello");
        return theirs.recv() == "hello yourself" ? 0 : 1;
    });
    theirs.close();
    EXPECT_EQ(ours.recv(patience), "hello");
    ours.send("hello yourself");
    EXPECT_THROW((void)ours.recv(patience), penstock::EndOfFile);
    EXPECT_EQ(exit_code_of(child), 0);
}

TEST(PipeProcess, NothingThatAProcessSentBeforeItWasKilledIsLost)
{
    auto [receiver, sender] = one_way_pipe<Bytes>();
    auto [told, tell] = one_way_pipe<int>();
    const pid_t child = in_child([&sender = sender, &tell = tell] {
        ::alarm(child_lifetime_s);
        for (std::size_t i = 0; i < sent_before_death; ++i) sender.send(pattern(i));
        tell.send(1);
        while (true) ::pause();
        return 0;
    });
    sender.close();
    ASSERT_EQ(told.recv(patience), 1);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(exit_code_of(child), -SIGKILL);
    for (std::size_t i = 0; i < sent_before_death; ++i)
        ASSERT_EQ(receiver.recv(patience), pattern(i));
    EXPECT_THROW((void)receiver.recv(patience), penstock::EndOfFile);
}

TEST(PipeProcess, AReceiverThatWaitsIsToldOfADeathAtOnce)
{
    auto [ours, theirs] = pipe<std::string>();
    const pid_t child = in_child([&ours = ours] {
        ::alarm(child_lifetime_s);
        ours.close();
        while (true) ::pause();
        return 0;
    });
    theirs.close();
    std::thread killer([child] {
        std::this_thread::sleep_for(20ms);
        ::kill(child, SIGKILL);
    });
    EXPECT_EQ(code_of([&](auto& ec) { return ours.recv(patience, ec); }), errc::eof);
    killer.join();
    EXPECT_EQ(exit_code_of(child), -SIGKILL);
}

TEST(PipeProcess, AProgramMakesAnEndOfItsDescriptorAcrossExec)
{
    auto [ours, theirs] = pipe<std::string>();
    const pid_t child = exec_child("echo", theirs);
    theirs.close();
    for (const std::string& text : {std::string("one"), std::string(), std::string(300'000, 'x')}) {
        ours.send(text, patience);
        EXPECT_EQ(ours.recv(patience), text);
    }
    ours.close();
    EXPECT_EQ(exit_code_of(child), 0);
}

TEST(PipeProcess, OneWayEndsKnowTheirDirectionAcrossExec)
{
    auto [receiver, sender] = one_way_pipe<std::string>();
    EXPECT_EQ(exit_code_of(exec_child("send", receiver)), 40);
    EXPECT_EQ(exit_code_of(exec_child("receive", sender)), 40);
    const pid_t sends = exec_child("send", sender);
    for (const char* text : {"0", "1", "2"}) EXPECT_EQ(receiver.recv(patience), text);
    EXPECT_EQ(exit_code_of(sends), 0);
    const pid_t receives = exec_child("receive", receiver);
    for (int i = 0; i < 5; ++i) sender.send("x");
    sender.close();
    EXPECT_EQ(exit_code_of(receives), 5);
}

TEST(PipeProcess, AChildThatClosesOrDropsItsCopiesDisturbsNobody)
{
    auto [left, right] = pipe<std::string>();
    EXPECT_FALSE(left.poll(1ms)) << "it has waited, so it can be woken";
    auto [receiver, sender] = std::move(right).split();
    EXPECT_EQ(exit_code_of(in_child([&left = left, &receiver = receiver, &sender = sender] {
                  left.close();
                  {
                      const auto dropped = std::move(receiver);
                  }
                  sender.close();
                  return receiver.closed() && sender.closed() ? 0 : 1;
              })),
              0);
    sender.send("still open");
    EXPECT_EQ(left.recv(patience), "still open");
    left.send("so is this");
    EXPECT_EQ(receiver.recv(patience), "so is this");
    EXPECT_FALSE(left.poll(1ms));
}

TEST(PipeProcess, AChildCanWaitAndBeWokenForItself)
{
    auto [left, right] = pipe<std::string>();
    EXPECT_FALSE(left.poll(1ms));
    const pid_t child = in_child([&end = left] {
        ::alarm(child_lifetime_s);
        std::error_code ec;
        std::thread waits([&] { (void)end.recv(forever, ec); });
        std::this_thread::sleep_for(5ms);
        end.close();
        waits.join();
        return ec == errc::closed ? 0 : 1;
    });
    EXPECT_EQ(exit_code_of(child), 0);
    right.send("for the parent");
    EXPECT_EQ(left.recv(patience), "for the parent");
}

TEST(PipeProcess, AnEndThatAnotherThreadUsedDuringForkCanOnlyBeClosedInTheChild)
{
    auto [left, right] = pipe<std::string>();
    std::thread waits([&end = left] { EXPECT_EQ(end.recv(patience), "for the parent"); });
    std::this_thread::sleep_for(20ms);
    auto [told, tell] = one_way_pipe<int>();
    const pid_t child = in_child([&end = left, &tell = tell, &other = right] {
        ::alarm(child_lifetime_s);
        other.close();
        const bool forked =
            code_of([&](auto& ec) { return end.recv(0ms, ec); }) == errc::forked &&
            code_of([&](auto& ec) { return end.send("x", 0ms, ec); }) == errc::forked &&
            code_of([&](auto& ec) { return end.poll(0ms, ec); }) == errc::forked;
        {
            const Connection<std::string> dropped = std::move(end);
        }
        tell.send(forked ? 1 : 2);
        ::pause();
        return 0;
    });
    EXPECT_EQ(told.recv(patience), 1);
    right.send("for the parent");
    waits.join();
    left.close();
    EXPECT_THROW((void)right.recv(patience), penstock::EndOfFile) << "the child has closed it";
    ::kill(child, SIGKILL);
    EXPECT_EQ(exit_code_of(child), -SIGKILL);
}

TEST(PipeProcess, TenThousandPipesLeaveNoDescriptorBehind)
{
    const std::size_t before = descriptors();
    std::error_code ec;
    for (int i = 0; i < cycles; ++i) {
        auto [left, right] = pipe<std::string>();
        auto [receiver, sender] = one_way_pipe<std::string>();
        left.send("x");
        sender.send("y");
        if (i % 100 == 0) {
            EXPECT_FALSE(left.recv(1ms, ec));
        }
        switch (i % 4) {
            case 0:
                right.close();
                EXPECT_EQ(code_of([&](auto& code) { return left.recv(forever, code); }), errc::eof);
                break;
            case 1: {
                const auto halves = std::move(left).split();
                break;
            }
            case 2:
                ::close(sender.release());
                break;
            default:
                receiver = {};
        }
    }
    EXPECT_EQ(descriptors(), before);
}

}  // namespace
