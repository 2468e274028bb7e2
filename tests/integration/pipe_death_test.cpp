// One side of a named pipe is killed at any moment: the other one gets all that was sent, whole and
// in order, and is told of the end. Over sockets that were passed, and relayed.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/shared_memory.hpp"

#include <penstock/penstock.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <iostream>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;
using penstock::Bytes;
using penstock::errc;
using penstock::forever;
using penstock::support::BrokerOver;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::look_again;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::printed_seed;
using penstock::support::sanitized;
using penstock::support::SharedArray;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int rounds = sanitized ? 30 : 200;
constexpr unsigned child_lifetime_s = 120;
/// From a death to the end of the other side's call, on a machine that has other things to do.
constexpr auto promptly = 5s;

/// The `number`th message of a round: mostly short ones, some longer than a socket or a frame
/// holds. Each byte tells it from those of its neighbours.
Bytes message_of(std::uint64_t seed, std::uint64_t number)
{
    std::mt19937_64 random(seed * 1'000'003 + number);
    const std::uint64_t kind = random() % 100;
    const std::size_t size_max = kind < 80 ? 200 : kind < 98 ? 20'000 : 500'000;
    Bytes bytes(random() % (size_max + 1));
    const auto first = static_cast<std::uint8_t>(random());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(first + i * 7 + i / 251);
    }
    return bytes;
}

/// Each round has its own: nobody waits until the broker has seen the deaths of the last one.
std::string name_of(std::uint64_t round)
{
    return "p/" + std::to_string(round);
}

/// How the side that lives goes about it.
enum class Pace { at_once, slowly, behind_the_death };

class PipeDeath : public BrokerOver, public ::testing::TestWithParam<Over> {
protected:
    PipeDeath() : BrokerOver(GetParam()) {}

    /// Sends until it is killed; `sent` counts the calls that have returned.
    pid_t sender(std::uint64_t seed, std::atomic<std::uint64_t>& sent) const
    {
        return in_child([&] {
            ::alarm(child_lifetime_s);
            penstock::Client client = connect();
            auto end = client.pipe_sender<Bytes>(name_of(seed), patience);
            for (std::uint64_t i = 0;; sent = ++i) end.send(message_of(seed, i), forever);
            return 1;
        });
    }

    /// Counts what it sees.
    void round(std::uint64_t seed);
    std::uint64_t received_ = 0;
    int cut_ = 0;

    void expect_all(penstock::Receiver<Bytes>& end,
                    std::uint64_t seed,
                    Pace pace,
                    std::uint64_t& received,
                    std::error_code& ec) const;
};

/// What comes, until nothing more does.
void PipeDeath::expect_all(penstock::Receiver<Bytes>& end,
                           std::uint64_t seed,
                           Pace pace,
                           std::uint64_t& received,
                           std::error_code& ec) const
{
    for (received = 0;; ++received) {
        const auto message = end.recv(patience, ec);
        if (ec) return;
        ASSERT_TRUE(*message == message_of(seed, received)) << "message " << received;
        if (pace == Pace::slowly && received % 8 == 0) std::this_thread::sleep_for(1ms);
    }
}

void PipeDeath::round(std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    const auto pace = static_cast<Pace>(random() % 3);
    const std::chrono::microseconds life(random() % 20'000);
    const SharedArray<std::atomic<std::uint64_t>> sent(1);
    const pid_t child = sender(seed, sent[0]);
    penstock::Client client = connect();
    auto end = client.pipe_receiver<Bytes>(name_of(seed), patience);

    Clock::time_point death;
    std::thread killer([&] {
        std::this_thread::sleep_for(life);
        ::kill(child, SIGKILL);
        EXPECT_EQ(exit_code_of(child), -SIGKILL);
        death = Clock::now();
    });
    if (pace == Pace::behind_the_death) killer.join();
    std::uint64_t received = 0;
    std::error_code ec;
    expect_all(end, seed, pace, received, ec);
    const Clock::time_point told = Clock::now();
    if (killer.joinable()) killer.join();

    EXPECT_GE(received, sent[0]) << "lost";
    EXPECT_LE(received, sent[0] + 1) << "nobody sent that";
    // A socket may have had room for a part of the last message only.
    const bool cut = GetParam() == Over::unix_socket && received == sent[0] && ec == errc::protocol;
    EXPECT_TRUE(ec == errc::eof || cut) << ec.message();
    // Who is slow has the rest to receive first.
    if (pace == Pace::at_once) {
        EXPECT_LT(told - death, promptly);
    }
    EXPECT_FALSE(end.recv(0ms, ec)) << "there was more";
    received_ += received;
    if (cut) ++cut_;
}

TEST_P(PipeDeath, WhatAKilledProcessHadSentComesWholeAndInOrder)
{
    const std::uint64_t first = printed_seed();
    for (std::uint64_t i = 0; i < rounds && !HasFailure(); ++i) {
        SCOPED_TRACE("PENSTOCK_TEST_SEED=" + std::to_string(first + i));
        round(first + i);
    }
    std::cout << received_ << " messages in " << rounds << " rounds; " << cut_
              << " ended inside a message\n";
    EXPECT_GT(received_, 0u);
}

TEST_P(PipeDeath, ACallThatWaitsEndsWhenTheOtherSideIsKilled)
{
    std::mt19937_64 random(printed_seed());
    for (std::uint64_t i = 0; i < rounds / 2 && !HasFailure(); ++i) {
        const bool sends = i % 2 == 0;
        const pid_t child = in_child([&] {
            ::alarm(child_lifetime_s);
            penstock::Client client = connect();
            auto end = client.pipe<Bytes>(name_of(i), penstock::End::left, patience);
            (void)end.recv(patience);  // of more than it will ever take
            while (true) ::pause();
            return 1;
        });
        penstock::Client client = connect();
        auto end = client.pipe<Bytes>(name_of(i), penstock::End::right, patience);
        end.send({}, patience);
        Clock::time_point death;
        std::thread killer([&, life = std::chrono::microseconds(random() % 20'000)] {
            std::this_thread::sleep_for(life);
            death = Clock::now();
            ::kill(child, SIGKILL);
        });
        std::error_code ec;
        while (sends && end.send(Bytes(10'000), patience, ec)) {
        }
        if (!sends) {
            EXPECT_FALSE(end.recv(patience, ec));
        }
        const Clock::time_point told = Clock::now();
        killer.join();
        EXPECT_EQ(ec, sends ? errc::closed : errc::eof) << ec.message();
        EXPECT_LT(told - death, promptly);
        EXPECT_EQ(exit_code_of(child), -SIGKILL);
    }
}

INSTANTIATE_TEST_SUITE_P(,
                         PipeDeath,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
