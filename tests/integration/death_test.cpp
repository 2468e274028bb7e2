// Consumers that are killed: what they had not acknowledged is got by the next, what they waited
// for is not theirs.
#include "tests/support/broker_over.hpp"

#include <penstock/penstock.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;
using penstock::support::BrokerOver;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::Over;
using penstock::support::patience;

namespace {

/// Of a child that a test which failed has left.
constexpr unsigned child_lifetime_s = 60;
/// What `attempts` says of an item that comes for the first, and for the second time.
constexpr std::uint16_t first_delivery = 1;
constexpr std::uint16_t second_delivery = 2;

/// What a process does before it gets.
void nothing(penstock::Client& /*client*/) {}

/// What the tests do with a broker.
class Setting : protected BrokerOver {
protected:
    using BrokerOver::BrokerOver;

    /// Another process that waits for an item, for ever. `before` runs in it once it is connected.
    template <class Before>
    [[nodiscard]] pid_t getter_that_waits(Before before) const
    {
        return in_child([&] {
            auto client = connect();
            auto queue = client.queue<std::string>("q");
            before(client);
            (void)queue.get();
            return 1;
        });
    }

    /// Another process that is killed once it has got the old item, before it acknowledges it.
    template <class Before>
    [[nodiscard]] pid_t getter_that_dies(Before before) const
    {
        return in_child([&] {
            auto client = connect();
            auto queue = client.queue<std::string>("q");
            before(client);
            if (queue.get(patience) != "old") return 1;
            ::raise(SIGKILL);
            return 2;
        });
    }

    /// Kills one that waits: the next item is still for the first time.
    void kill_and_expect_nothing_taken(pid_t getter,
                                       penstock::Client& client,
                                       penstock::Queue<std::string>& queue) const
    {
        wait_for(client, [](const auto& stat) { return stat.getters == 1; });
        kill(getter);
        queue.put("item");
        const auto item = queue.get_item(patience);
        EXPECT_EQ(item.value, "item");
        EXPECT_EQ(item.attempts, first_delivery) << "the dead one had it";
    }

    /// The old item first, for the second time; then what was put behind it.
    static void expect_redelivery(penstock::Queue<std::string>& queue)
    {
        const auto old = queue.get_item(patience);
        EXPECT_EQ(old.value, "old");
        EXPECT_EQ(old.attempts, second_delivery);
        for (const char* value : {"young", "younger"}) {
            const auto item = queue.get_item(patience);
            EXPECT_EQ(item.value, value);
            EXPECT_EQ(item.attempts, first_delivery);
        }
    }
};

class Death : public ::testing::TestWithParam<Over>, protected Setting {
protected:
    Death() : Setting(GetParam()) {}
};

/// Unix sockets only: over TCP the kernel tells nobody whose a connection is.
class DeathOfAParent : public ::testing::Test, protected Setting {
protected:
    DeathOfAParent() : Setting(Over::unix_socket) {}

    /// Forks a child that lives on and holds the same socket; says which. It is no ordinary fork():
    /// the library would close the socket in the child.
    static void leave_a_child(penstock::Client& client)
    {
        const pid_t child = ::_Fork();
        if (child == 0) {
            ::alarm(child_lifetime_s);
            while (true) ::pause();
        }
        client.queue<std::int32_t>("children").put(child);
    }
};

/// The child that was left.
class Child {
public:
    explicit Child(penstock::Client& client)
        : pid_(client.queue<std::int32_t>("children").get(patience))
    {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { ::kill(pid_, SIGKILL); }
    [[nodiscard]] bool lives() const { return ::kill(pid_, 0) == 0; }

private:
    pid_t pid_;
};

TEST_P(Death, AGetterKilledWhileItWaitsTakesNoItem)
{
    const pid_t getter = getter_that_waits(nothing);
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    kill_and_expect_nothing_taken(getter, client, queue);
}

TEST_P(Death, WhatAKilledGetterHadNotAcknowledgedComesBeforeAllYoungerItems)
{
    const pid_t getter = getter_that_dies(nothing);
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    for (const char* item : {"old", "young", "younger"}) queue.put(item);
    EXPECT_EQ(exit_code_of(getter), -SIGKILL);
    expect_redelivery(queue);
}

TEST_P(Death, WhatAKilledGetterNeverReadComesBeforeAllYoungerItems)
{
    const pid_t getter = getter_that_waits(nothing);
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    wait_for(client, [](const auto& stat) { return stat.getters == 1; });
    ASSERT_EQ(::kill(getter, SIGSTOP), 0);
    for (const char* item : {"old", "young", "younger"}) queue.put(item);
    wait_for(client, [](const auto& stat) { return stat.assigned == 1 && stat.ready == 2; });
    kill(getter);
    expect_redelivery(queue);
}

TEST_P(Death, AGetterThatWaitsGetsWhatAKilledOneHadNotAcknowledged)
{
    const pid_t first = in_child([&] {
        auto client = connect();
        auto queue = client.queue<std::string>("q");
        if (queue.get(patience) != "old") return 1;
        ::pause();
        return 2;
    });
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    queue.put("old");
    wait_for(client, [](const auto& stat) { return stat.assigned == 1; });
    std::thread next([&] { expect_redelivery(queue); });
    wait_for(client, [](const auto& stat) { return stat.getters == 1; });
    kill(first);
    for (const char* item : {"young", "younger"}) queue.put(item);
    next.join();
}

TEST_P(Death, AProducerKilledInPutLeavesAWholeItemOrNone)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    const std::string item(std::size_t{64} * 1024 * 1024, 'x');
    // The broker stands still, so that a part of the item is all that can be on its way.
    const pid_t producer = in_child([&] {
        auto other = connect();
        auto same = other.queue<std::string>("q");
        ::kill(daemon_->pid(), SIGSTOP);
        ::alarm(1);
        same.put(item);
        return 1;
    });
    EXPECT_EQ(exit_code_of(producer), -SIGALRM);
    ASSERT_EQ(::kill(daemon_->pid(), SIGCONT), 0);
    wait_for(client, [](const auto& stat) { return stat.handles == 1; });
    EXPECT_EQ(client.admin().stat("q").put_total, 0u);
    queue.put("next");
    EXPECT_EQ(queue.get(patience), "next");
}

TEST_F(DeathOfAParent, AGetterKilledWhileItWaitsTakesNoItemThoughItsChildLivesOn)
{
    const pid_t getter = getter_that_waits(leave_a_child);
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    const Child child(client);
    kill_and_expect_nothing_taken(getter, client, queue);
    EXPECT_TRUE(child.lives());
}

TEST_F(DeathOfAParent, WhatItHadNotAcknowledgedComesFirstThoughItsChildLivesOn)
{
    const pid_t getter = getter_that_dies(leave_a_child);
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    const Child child(client);
    for (const char* item : {"old", "young", "younger"}) queue.put(item);
    EXPECT_EQ(exit_code_of(getter), -SIGKILL);
    expect_redelivery(queue);
    EXPECT_TRUE(child.lives());
}

INSTANTIATE_TEST_SUITE_P(,
                         Death,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
