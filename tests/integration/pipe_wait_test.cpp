// wait: over ends of pipes, descriptors, and whatever says of itself that it can be waited for.
#include "client/src/blocking/waitable.hpp"
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"

#include <penstock/wait.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using penstock::errc;
using penstock::forever;
using penstock::one_way_pipe;
using penstock::pipe;
using penstock::wait;
using penstock::Waitable;
using penstock::support::code_of;
using penstock::support::descriptors;
using penstock::support::patience;
using penstock::support::RawPair;
using penstock::support::text_of_error;

namespace {

using Indexes = std::vector<std::size_t>;

TEST(Wait, ReturnsAllThatAreReadyByTheirIndexes)
{
    auto [a, to_a] = one_way_pipe<std::string>();
    auto [b, to_b] = pipe<int>();
    auto [c, to_c] = one_way_pipe<std::string>();
    to_a.send("x");
    to_c.send("y");
    EXPECT_EQ(wait({a, b, c}), (Indexes{0, 2}));
    to_b.send(1);
    EXPECT_EQ(wait({a, b, c}, 0ms), (Indexes{0, 1, 2}));
    EXPECT_EQ(a.recv(), "x");
    EXPECT_EQ(b.recv(), 1);
    EXPECT_EQ(wait({a, b, c}, -1ms), (Indexes{2}));
}

TEST(Wait, ReturnsNothingWhenTheTimeIsOver)
{
    auto [a, to_a] = pipe<int>();
    for (const auto timeout : {-5ms, 0ms, 20ms}) EXPECT_EQ(wait({a, to_a}, timeout), Indexes{});
    EXPECT_EQ(wait({}, 1ms), Indexes{});
    EXPECT_EQ(code_of([](auto& ec) { return wait({}, forever, ec); }), std::errc::invalid_argument);
}

TEST(Wait, EndOfFileIsReady)
{
    auto [a, to_a] = pipe<int>();
    auto [b, to_b] = one_way_pipe<int>();
    to_b.close();
    EXPECT_EQ(wait({a, b}), Indexes{1});
    std::thread closes([&end = to_a] {
        std::this_thread::sleep_for(10ms);
        end.close();
    });
    EXPECT_EQ(wait({a}, patience), Indexes{0});
    closes.join();
}

TEST(Wait, WhatWasReadAheadIsReady)
{
    auto [a, to_a] = pipe<int>();
    to_a.send(1);
    to_a.send(2);
    EXPECT_EQ(a.recv(), 1);
    EXPECT_EQ(wait({a}, 0ms), Indexes{0});
    EXPECT_EQ(a.recv(), 2);
    EXPECT_EQ(wait({a}, 0ms), Indexes{});
}

TEST(Wait, HalfAMessageThatWasReadIsReady)
{
    RawPair raw;
    auto end = penstock::Receiver<std::string>::from_fd(raw.take(0));
    ASSERT_EQ(::write(raw.get(1), "\0\0\0\2x", 5), 5);
    std::error_code ec;
    EXPECT_FALSE(end.recv(0ms, ec));
    EXPECT_EQ(wait({end}, 0ms), Indexes{0});
}

TEST(Wait, DescriptorsAreReadyWhenTheyAreReadable)
{
    std::array<int, 2> fds{};
    ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
    auto [a, to_a] = pipe<int>();
    EXPECT_EQ(wait({fds[0], a}, 0ms), Indexes{});
    ASSERT_EQ(::write(fds[1], "x", 1), 1);
    EXPECT_EQ(wait({a, fds[0]}), Indexes{1});
    ::close(fds[1]);
    char byte = 0;
    ASSERT_EQ(::read(fds[0], &byte, 1), 1);
    EXPECT_EQ(wait({a, fds[0]}), Indexes{1}) << "end-of-file";
    ::close(fds[0]);
    EXPECT_EQ(code_of([&](auto& ec) {
                  return wait({a, fds[0]}, forever, ec);
              }),
              std::errc::bad_file_descriptor);
    EXPECT_EQ(code_of([&](auto& ec) {
                  return wait({-1, a}, forever, ec);
              }),
              std::errc::bad_file_descriptor);
}

TEST(Wait, AClosedMemberIsAnErrorThatNamesIt)
{
    auto [a, to_a] = pipe<int>();
    auto [b, to_b] = pipe<int>();
    to_a.send(1);
    b.close();
    EXPECT_EQ(code_of([&, &a = a, &b = b](auto& ec) {
                  return wait({a, b}, 0ms, ec);
              }),
              errc::closed);
    EXPECT_EQ(text_of_error([&, &a = a, &b = b] {
                  (void)wait({a, b});
              }),
              "wait for number 1: it is closed");
    auto [receiver, sender] = std::move(a).split();
    receiver.close();
    EXPECT_EQ(code_of([&half = receiver](auto& ec) { return wait({half}, 0ms, ec); }),
              errc::closed);
}

TEST(Wait, CloseInAnotherThreadEndsIt)
{
    for (int round = 0; round < 20; ++round) {
        auto [a, to_a] = pipe<int>();
        auto [b, to_b] = pipe<int>();
        std::error_code ec;
        std::thread waits([&, &a = a, &b = b] { (void)wait({a, b}, forever, ec); });
        if (round % 2 == 0) std::this_thread::sleep_for(2ms);
        b.close();
        waits.join();
        EXPECT_EQ(ec, errc::closed);
    }
}

TEST(Wait, AnEndThatWasClosedMeanwhileGivesItsDescriptorBack)
{
    const std::size_t before = descriptors();
    {
        auto [a, to_a] = pipe<int>();
        std::thread waits([&end = a] {
            std::error_code ec;
            (void)wait({end}, forever, ec);
        });
        std::this_thread::sleep_for(5ms);
        a.close();
        waits.join();
        EXPECT_THROW((void)to_a.recv(patience), penstock::EndOfFile);
    }
    EXPECT_EQ(descriptors(), before);
}

TEST(Wait, AnEndThatOnlySendsCanNotBeWaitedFor)
{
    auto [a, to_a] = one_way_pipe<int>();
    auto end = penstock::Connection<int>::from_fd(to_a.release());
    EXPECT_EQ(code_of([&](auto& ec) { return wait({a, end}, 0ms, ec); }), errc::unsupported);
}

TEST(Wait, MoreThanTheProcessMayHaveDescriptorsIsTooMany)
{
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur > 1'000'000) GTEST_SKIP() << "there may be so many";
    const std::vector<Waitable> list(limit.rlim_cur + 1, Waitable(STDIN_FILENO));
    EXPECT_EQ(code_of([&](auto& ec) { return wait(list, 0ms, ec); }), errc::too_many);
}

/// Says that it is ready when it was told so twice.
class Stubborn : public penstock::blocking::Waitable {
public:
    ~Stubborn() override { ::close(fd_); }
    void tell() const
    {
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(fd_, &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
    }
    Watch begin_wait(std::error_code& ec) override
    {
        ec.clear();
        ++begun;
        return {false, {fd_, -1}};
    }
    bool ready(std::error_code&) override
    {
        std::uint64_t count = 0;
        EXPECT_EQ(::read(fd_, &count, sizeof(count)), static_cast<ssize_t>(sizeof(count)));
        return ++asked == 2;
    }
    void end_wait() noexcept override { --begun; }

    std::atomic<int> asked = 0;
    int begun = 0;

private:
    int fd_ = ::eventfd(0, EFD_CLOEXEC);
};

TEST(Wait, GoesOnWhileWhatHasNewsIsNotReady)
{
    const auto stubborn = std::make_shared<Stubborn>();
    auto [a, to_a] = pipe<int>();
    std::thread tells([&] {
        stubborn->tell();
        while (stubborn->asked == 0) std::this_thread::yield();
        stubborn->tell();
    });
    EXPECT_EQ(wait({a, Waitable(stubborn)}, patience), Indexes{1});
    tells.join();
    EXPECT_EQ(stubborn->begun, 0);
    a.close();
    EXPECT_EQ(code_of([&, &a = a](auto& ec) {
                  return wait({Waitable(stubborn), a}, patience, ec);
              }),
              errc::closed);
    EXPECT_EQ(stubborn->begun, 0) << "what was begun is ended";
}

}  // namespace
