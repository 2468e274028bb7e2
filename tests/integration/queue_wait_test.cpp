// wait: over queues, and over ends of pipes that a broker relays, beside all else.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"

#include <penstock/penstock.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <gtest/gtest.h>
#include <string>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using penstock::End;
using penstock::errc;
using penstock::forever;
using penstock::wait;
using penstock::Waitable;
using penstock::support::BrokerOver;
using penstock::support::code_of;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::Over;
using penstock::support::patience;

namespace {

using Indexes = std::vector<std::size_t>;

/// Something else to wait for.
class Event {
public:
    Event() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { ::close(fd_); }
    [[nodiscard]] int fd() const { return fd_; }
    void set() const { EXPECT_EQ(::eventfd_write(fd_, 1), 0); }
    void clear() const
    {
        eventfd_t value = 0;
        EXPECT_EQ(::eventfd_read(fd_, &value), 0);
    }

private:
    int fd_;
};

class QueueWait : public BrokerOver, public ::testing::TestWithParam<Over> {
protected:
    QueueWait() : BrokerOver(GetParam()) {}

    /// Calls `then` when the waiting thread has probably begun to wait.
    template <class Then>
    static std::thread soon(Then then)
    {
        return std::thread([then] {
            std::this_thread::sleep_for(20ms);
            then();
        });
    }

    penstock::Client client_ = connect();
    penstock::Client other_ = connect();
    penstock::Queue<int> q_ = client_.queue<int>("q");
    penstock::Queue<int> r_ = client_.queue<int>("r");
    penstock::Queue<int> to_q_ = other_.queue<int>("q");
    penstock::Queue<int> to_r_ = other_.queue<int>("r");
};

TEST_P(QueueWait, AQueueIsReadyWhenAGetWouldBeAnsweredAtOnce)
{
    for (const auto timeout : {-5ms, 0ms, 20ms}) {
        EXPECT_EQ(wait({q_}, timeout), Indexes{});
        EXPECT_EQ(wait({q_, r_}, timeout), Indexes{});
    }
    to_r_.put(1);
    EXPECT_EQ(wait({q_, r_}, 0ms), Indexes{1});
    EXPECT_EQ(wait({r_}), Indexes{0});
    EXPECT_EQ(r_.qsize(), 1U) << "nothing is taken";
    to_q_.put(2);
    EXPECT_EQ(wait({q_, r_, q_}), (Indexes{0, 1, 2}));
    EXPECT_EQ(q_.get(), 2);
    EXPECT_EQ(r_.get(), 1);
    EXPECT_EQ(wait({q_, r_}, 0ms), Indexes{});
}

TEST_P(QueueWait, WakesWhenAnItemComes)
{
    for (int round = 0; round < 20; ++round) {
        auto& to = round % 2 == 0 ? to_q_ : to_r_;
        std::thread puts = soon([&to] { to.put(1); });
        const Indexes ready = wait({q_, r_}, patience);
        EXPECT_EQ(ready, Indexes{round % 2 == 0 ? std::size_t{0} : std::size_t{1}});
        EXPECT_EQ((round % 2 == 0 ? q_ : r_).get(), 1);
        puts.join();
    }
    std::thread puts = soon([this] { to_q_.put(1); });
    EXPECT_EQ(wait({q_}), Indexes{0}) << "alone";
    puts.join();
}

TEST_P(QueueWait, AQueueThatHasEndedIsReady)
{
    std::thread ends = soon([this] { to_q_.shutdown(); });
    EXPECT_EQ(wait({r_, q_}, patience), Indexes{1});
    ends.join();
    EXPECT_EQ(wait({r_, q_}, 0ms), Indexes{1});
    EXPECT_THROW((void)q_.get(0ms), penstock::ShutDown);
}

TEST_P(QueueWait, QueuesOfSeveralClientsPipesAndDescriptorsMix)
{
    auto [here, there] = penstock::pipe<int>();
    const Event event;
    const auto all = [&, &end = here](auto timeout) {
        return wait({q_, end, to_r_, event.fd()}, timeout);
    };
    EXPECT_EQ(all(10ms), Indexes{});
    there.send(1);
    EXPECT_EQ(all(forever), Indexes{1});
    r_.put(1);
    EXPECT_EQ(all(forever), (Indexes{1, 2})) << "what is always ready hides nothing";
    event.set();
    to_q_.put(1);
    EXPECT_EQ(all(0ms), (Indexes{0, 1, 2, 3}));
    (void)here.recv();
    (void)q_.get();
    (void)r_.get();
    event.clear();
    std::thread sends = soon([&end = there] { end.send(2); });
    EXPECT_EQ(all(patience), Indexes{1});
    sends.join();
}

TEST_P(QueueWait, ClosedMembersAndQueuesThatWereRemovedAreErrors)
{
    auto closed = client_.queue<int>("q");
    closed.close();
    std::error_code ec;
    EXPECT_EQ(wait({r_, closed}, 0ms, ec), Indexes{});
    EXPECT_EQ(ec, errc::closed);
    const penstock::Queue<int> none;
    (void)wait({none}, 0ms, ec);
    EXPECT_EQ(ec, errc::closed);

    std::thread closes = soon([this] { r_.close(); });
    (void)wait({q_, r_}, patience, ec);
    EXPECT_EQ(ec, errc::closed);
    closes.join();

    std::thread removes = soon([this] { other_.admin().remove("q"); });
    (void)wait({q_}, patience, ec);
    EXPECT_EQ(ec, errc::closed);
    removes.join();
    std::size_t which = 9;
    const std::vector<Waitable> list{to_r_, q_};
    (void)wait(list, 0ms, ec, which);
    EXPECT_EQ(ec, errc::closed);
    EXPECT_EQ(which, 1U);
}

TEST_P(QueueWait, ALostBrokerIsReadyAndTheGetSaysSo)
{
    std::thread kills = soon([this] { (void)daemon_->end(SIGKILL); });
    EXPECT_EQ(wait({q_, r_}, patience), (Indexes{0, 1}));
    kills.join();
    std::error_code ec;
    EXPECT_FALSE(q_.get(0ms, ec));
    EXPECT_EQ(ec, errc::disconnected);
    EXPECT_EQ(wait({q_}, patience), Indexes{0});
}

TEST_P(QueueWait, WhatIsReadyWaitsAsleepForASlowBroker)
{
    const Event event;
    event.set();
    ASSERT_EQ(::kill(daemon_->pid(), SIGSTOP), 0);
    const std::clock_t before = std::clock();
    EXPECT_EQ(wait({q_, event.fd()}), Indexes{1});
    const std::clock_t used = std::clock() - before;
    ASSERT_EQ(::kill(daemon_->pid(), SIGCONT), 0);
    EXPECT_LT(used, CLOCKS_PER_SEC / 10) << "of one second";
}

TEST_P(QueueWait, WhatIsReadyIsFoundHoweverSlowTheBroker)
{
    to_q_.put(1);
    for (const auto timeout : {0ms, 20ms}) {
        ASSERT_EQ(::kill(daemon_->pid(), SIGSTOP), 0);
        std::thread goes_on([this] {
            std::this_thread::sleep_for(100ms);
            ASSERT_EQ(::kill(daemon_->pid(), SIGCONT), 0);
        });
        EXPECT_EQ(wait({q_}, timeout), Indexes{0}) << "as a get would be answered";
        goes_on.join();
    }
}

TEST_P(QueueWait, AThousandQueuesAreWaitedForAtOnce)
{
    std::vector<penstock::Queue<int>> queues;
    std::vector<Waitable> list;
    for (int i = 0; i < 1000; ++i) {
        queues.push_back(client_.queue<int>("n" + std::to_string(i)));
        list.emplace_back(queues.back());
    }
    EXPECT_EQ(wait(list, 0ms), Indexes{});
    for (const std::size_t i : {0U, 63U, 64U, 500U, 999U}) {
        auto to = other_.queue<int>("n" + std::to_string(i));
        std::thread puts = soon([&to] { to.put(1); });
        EXPECT_EQ(wait(list, patience), Indexes{i});
        puts.join();
        (void)queues[i].get();
    }
}

/// What a broker was asked is called off when something else came first: it answers only so many
/// such requests at once.
TEST_P(QueueWait, WaitsThatEndedLeaveNothingBehind)
{
    for (int round = 0; round < 150; ++round) {
        const Event event;
        std::thread sets([&event] {
            std::this_thread::sleep_for(1ms);
            event.set();
        });
        EXPECT_EQ(wait({q_, r_, event.fd()}, forever), Indexes{2});
        sets.join();
    }
    for (int round = 0; round < 150; ++round) (void)wait({q_, r_}, 1ms);
    EXPECT_EQ(q_.qsize(), 0U);
    to_q_.put(1);
    EXPECT_EQ(wait({q_}), Indexes{0});
}

TEST_P(QueueWait, ThreadsOfOneClientWaitBesideEachOtherAndBesideCalls)
{
    constexpr int items = 2000;
    std::atomic<int> taken = 0;
    const auto consume = [&] {
        std::error_code ec;
        while (taken < items) {
            for (const std::size_t i : wait({q_, r_}, 50ms, ec)) {
                if ((i == 0 ? q_ : r_).get(0ms, ec)) ++taken;
            }
            EXPECT_TRUE(!ec || ec == errc::empty) << ec.message();
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(consume);
    for (auto* queue : {&q_, &to_r_}) {  // one of them at the connection of those that wait
        threads.emplace_back([queue] {
            for (int i = 0; i < items / 2; ++i) queue->put(i);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(taken, items);
}

TEST_P(QueueWait, MoreThanAClientMayAskForAtOnceIsTooMany)
{
    constexpr std::size_t most = 32;
    std::vector<std::thread> threads;
    std::atomic<int> ended = 0;
    for (std::size_t i = 0; i < most; ++i) {
        threads.emplace_back([&] {
            std::error_code ec;
            Indexes ready;
            do {
                ready = wait({q_}, patience, ec);
            } while (ec == errc::too_many);  // the one below was faster
            EXPECT_EQ(ready, Indexes{0});
            ++ended;
        });
    }
    std::error_code ec;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (ec != errc::too_many && std::chrono::steady_clock::now() < until) {
        (void)wait({r_}, 5ms, ec);
    }
    EXPECT_EQ(ec, errc::too_many);
    EXPECT_EQ(ended, 0);
    EXPECT_EQ(r_.qsize(), 0U) << "other calls go on";
    to_q_.put(1);
    for (std::thread& thread : threads) thread.join();
}

TEST_P(QueueWait, InAChildItIsForked)
{
    const pid_t child = in_child([this] {
        std::error_code ec;
        (void)wait({q_}, 0ms, ec);
        return ec == errc::forked ? 0 : 1;
    });
    EXPECT_EQ(exit_code_of(child), 0);
    to_q_.put(1);
    EXPECT_EQ(wait({q_, r_}, patience), Indexes{0}) << "the parent's goes on";
}

TEST_P(QueueWait, EndsOfNamedPipesAreWaitedForBesideQueues)
{
    penstock::Connection<int> left;
    std::thread opens([&] { left = client_.pipe<int>("p", End::left, patience); });
    penstock::Connection<int> right = other_.pipe<int>("p", End::right, patience);
    opens.join();
    EXPECT_EQ(wait({left, q_}, 0ms), Indexes{});
    std::thread sends = soon([&right] {
        right.send(1);
        right.send(2);
    });
    EXPECT_EQ(wait({q_, left}, patience), Indexes{1});
    sends.join();
    EXPECT_EQ(left.recv(), 1);
    EXPECT_EQ(wait({left}, 0ms), Indexes{0}) << "here already, or at the broker";
    EXPECT_EQ(left.recv(), 2);
    EXPECT_EQ(wait({left}, 0ms), Indexes{});
    std::thread closes = soon([&right] { right.close(); });
    EXPECT_EQ(wait({q_, left}, patience), Indexes{1}) << "end-of-file";
    closes.join();
    EXPECT_THROW((void)left.recv(0ms), penstock::EndOfFile);
    EXPECT_EQ(wait({left}), Indexes{0});
    left.close();
    EXPECT_EQ(code_of([&](auto& ec) { return wait({q_, left}, 0ms, ec); }), errc::closed);
}

INSTANTIATE_TEST_SUITE_P(,
                         QueueWait,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
