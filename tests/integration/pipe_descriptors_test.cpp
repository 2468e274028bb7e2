// Named pipes that came and went, however they ended, leave no descriptor: neither at the broker
// nor in the processes that had them.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"
#include "tests/support/sanitized.hpp"

#include <penstock/penstock.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

using namespace std::chrono_literals;
using penstock::Client;
using penstock::End;
using penstock::errc;
using penstock::support::BrokerOver;
using penstock::support::descriptors;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::look_again;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::sanitized;

namespace {

using Text = penstock::Connection<std::string>;

constexpr int cycles = sanitized ? 1'500 : 10'000;
/// Those that need a process or a connection of their own are rarer.
constexpr int costly_every = 50;
constexpr unsigned child_lifetime_s = 60;

class PipeDescriptors : public BrokerOver, public ::testing::TestWithParam<Over> {
protected:
    PipeDescriptors() : BrokerOver(GetParam()), one_(connect()), other_(connect()) {}

    [[nodiscard]] std::pair<Text, Text> meet()
    {
        Text left;
        std::thread opener([&] { left = one_.pipe<std::string>("p", End::left, patience); });
        Text right = other_.pipe<std::string>("p", End::right, patience);
        opener.join();
        return {std::move(left), std::move(right)};
    }

    /// Whoever has left "p" may not be gone yet.
    void wait_until_left_is(errc what)
    {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        std::error_code ec;
        do {
            (void)other_.pipe<std::string>("p", End::left, 0ms, ec);
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << ec.message();
        } while (ec != what);
    }

    void both_close(int i)
    {
        auto [left, right] = meet();
        left.send("x");
        if (i % 3 != 0) {  // else it is lost with the pipe
            ASSERT_EQ(right.recv(patience), "x");
        }
        if (i % 2 == 0) left.close();
        right.close();
    }

    void halves_end()
    {
        auto [left, right] = meet();
        auto [receiver, sender] = std::move(left).split();
        sender.close();
        receiver.close();
        EXPECT_THROW((void)right.recv(patience), penstock::EndOfFile);
    }

    void nobody_comes()
    {
        std::error_code ec;
        (void)one_.pipe<std::string>("p", End::left, 100us, ec);
        ASSERT_EQ(ec, errc::timed_out);
    }

    void it_is_closed_before_the_second_comes()
    {
        Client client = connect();
        std::error_code ec;
        std::thread waits([&] { (void)client.pipe<std::string>("p", End::left, patience, ec); });
        wait_until_left_is(errc::end_taken);
        client.close();
        waits.join();
        EXPECT_EQ(ec, errc::disconnected) << ec.message();
    }

    void a_party_dies()
    {
        const pid_t child = in_child([&] {
            ::alarm(child_lifetime_s);
            Client client = connect();
            Text left = client.pipe<std::string>("p", End::left, patience);
            ::raise(SIGKILL);
            return 1;
        });
        Text right = other_.pipe<std::string>("p", End::right, patience);
        EXPECT_THROW((void)right.recv(patience), penstock::EndOfFile);
        EXPECT_EQ(exit_code_of(child), -SIGKILL);
    }

    /// Its socket is on its way and arrives nowhere.
    void a_party_dies_before_it_takes_its_end()
    {
        const pid_t child = in_child([&] {
            ::alarm(child_lifetime_s);
            (void)connect().pipe<std::string>("p", End::left, patience);
            return 1;
        });
        wait_until_left_is(errc::end_taken);
        ASSERT_EQ(::kill(child, SIGSTOP), 0);
        Text right = other_.pipe<std::string>("p", End::right, patience);
        right.send("to nobody", patience);
        kill(child);
        EXPECT_THROW((void)right.recv(patience), penstock::EndOfFile);
    }

    void cycle(int i)
    {
        switch (i % costly_every) {
            case 10:
                return it_is_closed_before_the_second_comes();
            case 20:
                return a_party_dies();
            case 30:
                return a_party_dies_before_it_takes_its_end();
            default:
                break;
        }
        switch (i % 5) {
            case 0:
                return nobody_comes();
            case 1:
                return halves_end();
            default:
                return both_close(i);
        }
    }

    Client one_;
    Client other_;
};

TEST_P(PipeDescriptors, TenThousandPipesLeaveNone)
{
    both_close(1);  // what is made once is there
    ASSERT_NO_FATAL_FAILURE(wait_until_left_is(errc::timed_out));
    const std::size_t before = descriptors();
    const std::size_t at_the_broker = descriptors(daemon_->pid());
    for (int i = 0; i < cycles; ++i) {
        cycle(i);
        if (HasFatalFailure()) return;
        ASSERT_NO_FATAL_FAILURE(wait_until_left_is(errc::timed_out)) << "cycle " << i;
    }
    EXPECT_EQ(descriptors(), before);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (descriptors(daemon_->pid()) != at_the_broker &&
           std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(look_again);  // it may not have seen the last deaths
    }
    EXPECT_EQ(descriptors(daemon_->pid()), at_the_broker);
    std::cout << "here " << before << " before, " << descriptors() << " behind " << cycles
              << " pipes; at the broker " << at_the_broker << ", " << descriptors(daemon_->pid())
              << "\n";
}

INSTANTIATE_TEST_SUITE_P(,
                         PipeDescriptors,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
