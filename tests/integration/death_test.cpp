// Consumers that are killed: what they had not acknowledged is got by the next, what they waited
// for is not theirs.
#include "tests/support/daemon.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/penstock.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;
using penstock::support::Daemon;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::TemporaryFolder;

namespace {

/// Far more than any call should need, so that a test that hangs says where.
constexpr auto patience = 20s;
constexpr auto look_again = 5ms;
/// Of a child that a test which failed has left.
constexpr unsigned child_lifetime_s = 60;
/// What `attempts` says of an item that comes for the first, and for the second time.
constexpr std::uint16_t first_delivery = 1;
constexpr std::uint16_t second_delivery = 2;

/// What a process does before it gets.
void nothing(penstock::Client& /*client*/) {}

enum class Over { unix_socket, tcp };

/// A broker, and what the tests ask it.
class Setting {
protected:
    explicit Setting(Over over) : key_file_(folder_.write_key())
    {
        if (over == Over::tcp) {
            daemon_ = std::make_unique<Daemon>("tcp:127.0.0.1:0",
                                               std::vector<std::string>{"--key-file", key_file_});
        } else {
            daemon_ = std::make_unique<Daemon>("unix:" + folder_.path() + "/s");
        }
    }

    [[nodiscard]] penstock::Client connect() const
    {
        return penstock::connect(daemon_->address(), {.timeout = patience, .key_file = key_file_});
    }

    /// Looks until the queue's figures are so.
    template <class Condition>
    void wait_for(penstock::Client& client, Condition condition) const
    {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!condition(client.admin().stat("q"))) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "waited in vain";
            std::this_thread::sleep_for(look_again);
        }
    }

    static void kill(pid_t pid)
    {
        ASSERT_EQ(::kill(pid, SIGKILL), 0);
        ASSERT_EQ(exit_code_of(pid), -SIGKILL);
    }

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

    const TemporaryFolder folder_;
    const std::string key_file_;
    std::unique_ptr<Daemon> daemon_;
};

class Death : public ::testing::TestWithParam<Over>, protected Setting {
protected:
    Death() : Setting(GetParam()) {}
};

/// Unix sockets only: over TCP the kernel tells nobody whose a connection is.
class DeathOfAParent : public ::testing::Test, protected Setting {
protected:
    DeathOfAParent() : Setting(Over::unix_socket) {}

    /// Forks a child that lives on and holds the same socket; says which.
    static void leave_a_child(penstock::Client& client)
    {
        const pid_t child = ::fork();
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
