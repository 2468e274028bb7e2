// The library and the broker as programs use them: real processes, real sockets.
#include "tests/support/processes.hpp"

#include <penstock/penstock.hpp>

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <thread>

using namespace std::chrono_literals;
using penstock::errc;
using penstock::support::Daemon;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::item_count;
using penstock::support::private_address;
using penstock::support::Processes;

namespace {

TEST_F(Processes, PassItemsEachWayThroughQueuesOfOneWithoutLossDoubleOrDisorder)
{
    const int count = item_count();
    const pid_t echo = in_child([&] {
        auto client = connect();
        auto there = client.queue<std::int32_t>("there", {.maxsize = 1});
        auto back = client.queue<std::int32_t>("back", {.maxsize = 1});
        for (int i = 0; i < count; ++i) {
            const std::int32_t got = there.get(60s);
            if (got != i) return 1;
            back.put(got, 60s);
        }
        return there.try_get().has_value() ? 2 : 0;
    });
    auto client = connect();
    auto there = client.queue<std::int32_t>("there", {.maxsize = 1});
    auto back = client.queue<std::int32_t>("back", {.maxsize = 1});
    // A second thread takes what returns, so that both ways are full at the same time.
    std::thread reader([&] {
        for (int i = 0; i < count; ++i) ASSERT_EQ(back.get(60s), i);
    });
    for (int i = 0; i < count; ++i) there.put(i, 60s);
    reader.join();
    EXPECT_EQ(exit_code_of(echo), 0);
    EXPECT_TRUE(there.empty());
    EXPECT_TRUE(back.empty());
}

TEST_F(Processes, PutReallyWaitsForRoom)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q", {.maxsize = 1});
    queue.put("a");
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THROW(queue.put("b", 200ms), penstock::Full);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 200ms);
    EXPECT_TRUE(queue.full());
    const pid_t taker = in_child([&] {
        auto other = connect();
        std::this_thread::sleep_for(200ms);
        return other.queue<std::string>("q").get(10s) == "a" ? 0 : 1;
    });
    queue.put("c", 10s);
    EXPECT_EQ(exit_code_of(taker), 0);
    EXPECT_EQ(queue.get_nowait(), "c");
}

TEST_F(Processes, AnItemOfAKilledConsumerComesAgainFlagged)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    queue.put("work");
    const pid_t consumer = in_child([&] {
        auto other = connect();
        auto same = other.queue<std::string>("q");
        (void)same.get();
        ::raise(SIGKILL);
        return 0;
    });
    EXPECT_EQ(exit_code_of(consumer), -SIGKILL);
    const auto item = queue.get_item(10s);
    EXPECT_EQ(item.value, "work");
    EXPECT_EQ(item.attempts, 2);
}

TEST_F(Processes, JoinWaitsForAnotherProcessesTasks)
{
    auto client = connect();
    auto queue = client.joinable_queue<std::string>("q");
    for (int i = 0; i < 3; ++i) queue.put("task");
    std::error_code ec;
    EXPECT_FALSE(queue.join(50ms, ec));
    EXPECT_EQ(ec, errc::timed_out);
    const pid_t worker = in_child([&] {
        auto other = connect();
        auto same = other.joinable_queue<std::string>("q");
        for (int i = 0; i < 2; ++i) {
            (void)same.get(10s);
            same.task_done();
        }
        same.done(same.get_item(10s));
        return 0;
    });
    queue.join();
    EXPECT_EQ(exit_code_of(worker), 0);
    EXPECT_THROW(queue.task_done(), penstock::Error);
}

TEST_F(Processes, ShutdownLetsGettersDrainAndEndsEverybody)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    const pid_t getter = in_child([&] {
        auto other = connect();
        auto same = other.queue<std::string>("q");
        if (same.get(10s) != "last") return 1;
        std::error_code ec;
        (void)same.get(10s, ec);
        return ec == errc::shut_down ? 0 : 2;
    });
    queue.put("last");
    queue.shutdown();
    EXPECT_THROW(queue.put("more"), penstock::ShutDown);
    EXPECT_EQ(exit_code_of(getter), 0);
}

TEST_F(Processes, ThreadsShareOneClientAndEachItemComesOnce)
{
    auto client = connect();
    auto queue = client.queue<std::int32_t>("q", {.maxsize = 7});
    constexpr int threads = 4;
    constexpr int each = 500;
    std::mutex mutex;
    std::multiset<std::int32_t> got;
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t) {
        running.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) queue.put(t * each + i);
        });
        running.emplace_back([&] {
            for (int i = 0; i < each; ++i) {
                const std::int32_t value = queue.get();
                const std::lock_guard lock(mutex);
                got.insert(value);
            }
        });
    }
    for (std::thread& thread : running) thread.join();
    EXPECT_EQ(got.size(), std::size_t{threads * each});
    EXPECT_EQ(std::set(got.begin(), got.end()).size(), got.size());
}

TEST_F(Processes, CloseInAnotherThreadEndsAWaitingGet)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    std::error_code ec;
    std::thread waiting([&] { (void)queue.get(penstock::forever, ec); });
    std::this_thread::sleep_for(100ms);
    queue.close();
    waiting.join();
    EXPECT_EQ(ec, errc::closed);
}

TEST_F(Processes, AKilledBrokerLeavesPutsInDoubtAndGetsDisconnected)
{
    auto client = connect();
    auto full = client.queue<std::string>("full", {.maxsize = 1});
    auto empty = client.queue<std::string>("empty");
    full.put("a");
    std::error_code put_ec;
    std::error_code get_ec;
    std::thread putter([&] { full.put("b", penstock::forever, put_ec); });
    std::thread getter([&] { (void)empty.get(penstock::forever, get_ec); });
    std::this_thread::sleep_for(100ms);
    (void)daemon_.end(SIGKILL);
    putter.join();
    getter.join();
    EXPECT_EQ(put_ec, errc::in_doubt);
    EXPECT_EQ(get_ec, errc::disconnected);
    EXPECT_FALSE(empty.put("c", penstock::forever, put_ec));
    EXPECT_EQ(put_ec, errc::disconnected);
}

TEST_F(Processes, ABrokerThatEndsSaysGoodbyeToThoseWhoWait)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    std::error_code ec;
    std::thread getter([&] { (void)queue.get(penstock::forever, ec); });
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(daemon_.end(SIGTERM), 0);
    getter.join();
    EXPECT_EQ(ec, errc::disconnected);
}

TEST_F(Processes, AnItemHandedOutBeforeTheBrokerEndsArrives)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    const pid_t getter = in_child([&] {
        auto other = connect();
        return other.queue<std::string>("q").get(60s) == "last" ? 0 : 1;
    });
    while (client.admin().stat("q").getters == 0) std::this_thread::sleep_for(10ms);
    ::kill(getter, SIGSTOP);  // so that item and goodbye are read at once
    queue.put("last");
    ASSERT_EQ(::kill(daemon_.pid(), SIGTERM), 0);
    std::this_thread::sleep_for(200ms);
    ::kill(getter, SIGCONT);
    EXPECT_EQ(exit_code_of(getter), 0);
}

TEST(Connecting, WithoutABrokerIsAClearError)
{
    std::error_code ec;
    (void)penstock::connect("unix:/tmp/penstock-nobody-here", {}, ec);
    EXPECT_TRUE(ec);
    try {
        (void)penstock::connect("unix:/tmp/penstock-nobody-here");
        FAIL();
    } catch (const penstock::Error& error) {
        EXPECT_NE(std::string(error.what()).find("/tmp/penstock-nobody-here"), std::string::npos);
    }
}

}  // namespace
