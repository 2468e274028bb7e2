// What an operator does to the queues and clients of a real broker: pause, resume, move, kick.
#include "tests/support/processes.hpp"

#include <penstock/penstock.hpp>

#include <atomic>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using penstock::errc;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::item_count;
using penstock::support::Processes;

namespace {

class Operator : public Processes {
protected:
    template <class Condition>
    static bool soon(Condition condition)
    {
        for (int i = 0; i < 3000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }
};

TEST_F(Operator, APausedQueueTakesPutsUpToMaxsizeAndGivesNothing)
{
    auto client = connect();
    const penstock::Admin admin = client.admin();
    auto queue = client.queue<int>("q", {.maxsize = 3});
    admin.pause("q");
    for (int i = 0; i < 3; ++i) queue.put(i);
    EXPECT_THROW(queue.put(3, 50ms), penstock::Full);
    EXPECT_THROW((void)queue.get(50ms), penstock::Empty);
    EXPECT_FALSE(queue.try_get());
    EXPECT_EQ(queue.qsize(), 3U);
    EXPECT_TRUE(admin.stat("q").paused);
    admin.resume("q");
    EXPECT_FALSE(admin.stat("q").paused);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.get(10s), i);
}

TEST_F(Operator, AGetThatWaitsInAnotherProcessGoesOnAfterResume)
{
    auto client = connect();
    const penstock::Admin admin = client.admin();
    auto queue = client.queue<std::string>("q");
    admin.pause("q");
    const pid_t getter = in_child([&] {
        auto other = connect();
        auto same = other.queue<std::string>("q");
        return same.get(30s) == "a" && same.get(30s) == "b" ? 0 : 1;
    });
    ASSERT_TRUE(soon([&] { return admin.stat("q").getters == 1; }));
    queue.put("a");
    queue.put("b");
    EXPECT_EQ(admin.stat("q").ready, 2U);
    admin.resume("q");
    EXPECT_EQ(exit_code_of(getter), 0);
}

TEST_F(Operator, MoveCountsOffHereAndCountsThere)
{
    auto client = connect();
    const penstock::Admin admin = client.admin();
    auto from = client.joinable_queue<int>("from");
    auto to = client.joinable_queue<int>("to", {.maxsize = 4});
    for (int i = 0; i < 6; ++i) from.put(i);
    EXPECT_EQ(admin.move("from", "to", 2), 2U);
    EXPECT_EQ(admin.move("from", "to"), 2U);  // as many as fit
    EXPECT_EQ(admin.move("from", "to"), 0U);
    EXPECT_EQ(admin.stat("from").unfinished, 2U);
    EXPECT_EQ(admin.stat("to").unfinished, 4U);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(to.get(10s), i);
    EXPECT_EQ(admin.move("from", "to"), 2U);
    from.join(10s);
    EXPECT_EQ(admin.stat("to").ready, 2U);
}

TEST_F(Operator, WhatCannotBeMovedIsSaidInWords)
{
    auto client = connect();
    const penstock::Admin admin = client.admin();
    auto from = client.queue<int>("from");
    auto ended = client.queue<int>("ended");
    ended.shutdown();
    const auto text_of = [&](const char* source, const char* target, std::uint64_t count) {
        try {
            (void)admin.move(source, target, count);
        } catch (const penstock::Error& error) {
            return std::string(error.what());
        }
        return std::string("moved");
    };
    EXPECT_EQ(text_of("from", "from", 1), "move from 'from': to itself; name another queue");
    EXPECT_EQ(text_of("from", "ended", 1), "move from 'from' to 'ended': the queue is shut down");
    EXPECT_NE(text_of("from", "no name", 1).find("A-Z"), std::string::npos);
    EXPECT_NE(text_of("no name", "from", 1).find("A-Z"), std::string::npos);
    EXPECT_NE(text_of("from", "ended", 0).find("1 item or more"), std::string::npos);
    std::error_code ec;
    (void)admin.move("from", "nowhere", 1, ec);
    EXPECT_EQ(ec, errc::not_found);
}

TEST_F(Operator, AnotherQueueOfTheSameNameIsLeftAlone)
{
    auto client = connect();
    const penstock::Admin admin = client.admin();
    auto first = client.queue<int>("q");
    const std::uint64_t seen = admin.stat("q").object;
    admin.remove("q");
    auto second = client.queue<int>("q");
    second.put(1);
    std::error_code ec;
    (void)admin.purge({"q", seen}, ec);
    EXPECT_EQ(ec, errc::not_found);
    admin.pause({"q", seen}, ec);
    EXPECT_EQ(ec, errc::not_found);
    EXPECT_EQ(second.qsize(), 1U);
    EXPECT_EQ(admin.purge({"q", admin.stat("q").object}), 1U);
}

/// Takes from both queues until all numbers have come, each once.
class Collector {
public:
    explicit Collector(int count) : seen_(static_cast<std::size_t>(count)) {}

    void take_from(penstock::Queue<std::int32_t>& queue)
    {
        std::error_code ec;
        while (left_ > 0) {
            if (const auto item = queue.get(20ms, ec)) take(*item);
        }
    }
    [[nodiscard]] int doubles() const { return doubles_; }
    [[nodiscard]] int left() const { return left_; }

private:
    void take(int item)
    {
        if (seen_[static_cast<std::size_t>(item)].exchange(true)) {
            ++doubles_;
        } else {
            --left_;
        }
    }

    std::vector<std::atomic<bool>> seen_;
    std::atomic<int> left_ = static_cast<int>(seen_.size());
    std::atomic<int> doubles_ = 0;
};

TEST_F(Operator, ItemsThatAreMovedUnderLoadComeOnceEach)
{
    const int count = item_count() / 2;
    const pid_t producer = in_child([&] {
        auto client = connect();
        auto from = client.queue<std::int32_t>("from", {.maxsize = 100});
        for (int i = 0; i < count; ++i) from.put(i, 60s);
        return 0;
    });
    auto client = connect();
    auto from = client.queue<std::int32_t>("from", {.maxsize = 100});
    auto to = client.queue<std::int32_t>("to", {.maxsize = 50});
    Collector collector(count);
    std::thread here([&] { collector.take_from(from); });
    std::thread there([&] { collector.take_from(to); });
    auto other = connect();
    std::uint64_t moved = 0;
    while (collector.left() > 0) {
        moved += other.admin().move("from", "to", 7);
        if (moved % 3 == 0) other.admin().pause("from");
        other.admin().resume("from");
    }
    here.join();
    there.join();
    EXPECT_EQ(exit_code_of(producer), 0);
    EXPECT_GT(moved, 0U);
    EXPECT_EQ(collector.doubles(), 0);
    EXPECT_TRUE(from.empty());
    EXPECT_TRUE(to.empty());
}

TEST_F(Operator, AKickedProducerThatWaitsIsToldWhoDidItAndItsItemIsNotThere)
{
    auto victim = connect();  // the broker's first connection
    auto queue = victim.queue<std::string>("q", {.maxsize = 1});
    queue.put("there");
    auto client = connect();
    const penstock::Admin admin = client.admin();
    std::string said;
    std::thread producer([&] {
        try {
            queue.put("waits");
        } catch (const penstock::InDoubt& error) {
            said = error.what();
        }
    });
    ASSERT_TRUE(soon([&] { return admin.stat("q").putters == 1; }));
    admin.kick(1);
    producer.join();
    EXPECT_NE(said.find("closed by an operator"), std::string::npos) << said;
    std::error_code ec;
    (void)queue.get(10s, ec);
    EXPECT_EQ(ec, errc::disconnected);
    EXPECT_EQ(admin.stat("q").putters, 0U);
    EXPECT_EQ(admin.stat("q").handles, 0U);
    EXPECT_EQ(client.queue<std::string>("q").get(10s), "there");
    EXPECT_EQ(admin.stat("q").ready, 0U);
}

TEST_F(Operator, WhatAKickedConsumerHadComesAgain)
{
    auto victim = connect();
    auto queue = victim.joinable_queue<std::string>("q");
    queue.put("work");
    const auto item = queue.get_item(10s);
    auto client = connect();
    auto same = client.joinable_queue<std::string>("q");
    client.admin().kick(1);
    const auto again = same.get_item(10s);
    EXPECT_EQ(again.value, "work");
    EXPECT_EQ(again.attempts, 2);
}

TEST_F(Operator, ANumberThatNoConnectionHasIsNotFound)
{
    auto client = connect();
    std::error_code ec;
    client.admin().kick(77, ec);
    EXPECT_EQ(ec, errc::not_found);
    EXPECT_THROW(client.admin().kick(77), penstock::Error);
    client.admin().kick(1, ec);  // this one
    EXPECT_FALSE(ec);
    EXPECT_TRUE(soon([&] {
        (void)client.admin().list(ec);
        return ec == errc::disconnected;
    }));
}

}  // namespace
