// Crowds at the names of pipes: each name pairs exactly two, in whatever order and over whatever
// sockets they come; whoever else comes is told; and who dies while he waits was never there.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/shared_memory.hpp"

#include <penstock/penstock.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using penstock::Client;
using penstock::End;
using penstock::errc;
using penstock::support::Daemon;
using penstock::support::descriptors;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::look_again;
using penstock::support::printed_seed;
using penstock::support::sanitized;
using penstock::support::SharedArray;
using penstock::support::TemporaryFolder;

namespace {

using Pipe = penstock::Connection<std::uint64_t>;

constexpr std::size_t names = sanitized ? 400 : 2'000;
constexpr std::size_t processes = 8;
/// At each name: one for each end, and one more.
constexpr std::size_t parties_at_a_name = 3;
constexpr std::size_t waiters_per_process = sanitized ? 20 : 50;
constexpr std::size_t deaths_at_any_moment = sanitized ? 40 : 200;
constexpr unsigned child_lifetime_s = 240;
/// For thousands of threads on a machine that has other things to do.
constexpr auto patience = 60s;

struct Party {
    std::size_t name = 0;
    End end = End::left;
    bool over_tcp = false;
    std::size_t number = 0;  // of its fate
};

/// What became of a party; filled in by its process.
struct Fate {
    std::uint64_t said = 0;  // nobody else says that
    std::uint64_t heard = 0;
    std::uint64_t answered = 0;  // what the other one says to have heard
    bool refused = false;
    bool heard_more = false;
};

/// How far the processes have come together.
struct Stage {
    std::atomic<std::size_t> met = 0;
    std::atomic<bool> over = false;
    std::atomic<std::size_t> looked = 0;
    std::atomic<std::size_t> passed = 0;  // ends with a socket of their own
    std::atomic<std::size_t> relayed = 0;
};

template <class Condition>
[[nodiscard]] bool comes_true(Condition condition)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(look_again);
    }
    return true;
}

std::string name_of(std::size_t number)
{
    return "meet/" + std::to_string(number);
}

End random_end(std::mt19937_64& random)
{
    return random() % 2 == 0 ? End::left : End::right;
}

/// What a broker holds for others than who looks.
struct Holdings {
    std::size_t descriptors = 0;
    std::uint64_t sessions = 0;
    std::uint64_t memory = 0;
    std::uint64_t pending = 0;
    bool operator==(const Holdings&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Holdings& held)
{
    return out << held.descriptors << " descriptors, " << held.sessions << " sessions, "
               << held.memory << " bytes of items, " << held.pending << " pending";
}

/// A broker on both kinds of socket.
class Rendezvous : public ::testing::Test {
protected:
    [[nodiscard]] Client connect(bool over_tcp) const
    {
        return penstock::connect(daemon_.addresses()[over_tcp ? 0 : 1],
                                 {.timeout = patience, .key_file = key_file_});
    }

    [[nodiscard]] Holdings holdings(Client& client) const
    {
        std::error_code ec;
        (void)client.pipe<std::uint64_t>("nobody/comes", End::left, 0ms, ec);  // counted, too
        const penstock::BrokerStat stat = client.admin().broker_stat();
        return {descriptors(daemon_.pid()), stat.sessions, stat.memory_used, stat.pending_used};
    }

    void expect_holdings(Client& client, const Holdings& before) const
    {
        Holdings now;
        (void)comes_true([&] { return (now = holdings(client)) == before; });
        EXPECT_EQ(now, before);
    }

    void expect_to_meet(const std::string& name) const
    {
        Client one = connect(false);
        Client other = connect(true);
        std::thread opener([&] { one.pipe<std::uint64_t>(name, End::left, patience).send(7); });
        Pipe right = other.pipe<std::uint64_t>(name, End::right, patience);
        EXPECT_EQ(right.recv(patience), 7u) << name;
        opener.join();
    }

    /// What somebody is told who would be the left end of these, and doesn't wait.
    static bool all_say(Client& client, std::size_t count, errc what)
    {
        for (std::size_t i = 0; i < count; ++i) {
            std::error_code ec;
            (void)client.pipe<std::uint64_t>(name_of(i), End::left, 0ms, ec);
            if (ec != what) return false;
        }
        return true;
    }

    const TemporaryFolder folder_;
    const std::string key_file_ = folder_.write_key();
    const Daemon daemon_{"tcp:127.0.0.1:0",
                         {"--key-file", key_file_, "--listen", "unix:" + folder_.path() + "/s"}};
};

void take_part(Client& client, const Party& party, Fate& fate, Pipe& pipe)
{
    std::error_code ec;
    pipe = client.pipe<std::uint64_t>(name_of(party.name), party.end, patience, ec);
    fate.refused = ec == errc::end_taken;
    if (ec) return;
    pipe.send(fate.said, patience);
    fate.heard = pipe.recv(patience);
    pipe.send(fate.heard, patience);
    fate.answered = pipe.recv(patience);
}

/// Those that a broker relays have their session's descriptor.
void count_kinds(const std::vector<Pipe>& pipes, Stage& stage)
{
    std::map<int, std::size_t> ends_of;
    for (const Pipe& pipe : pipes) {
        if (!pipe.closed()) ++ends_of[pipe.fileno()];
    }
    for (const auto& [fd, count] : ends_of) (count == 1 ? stage.passed : stage.relayed) += count;
}

/// The parties of one process: a thread for each, all at once.
int run_parties(std::array<Client, 2>& clients,
                const std::vector<Party>& parties,
                const SharedArray<Fate>& fates,
                Stage& stage)
{
    std::vector<Pipe> pipes(parties.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < parties.size(); ++i) {
        threads.emplace_back([&, i] {
            const Party& party = parties[i];
            take_part(clients[party.over_tcp ? 1 : 0], party, fates[party.number], pipes[i]);
        });
    }
    for (std::thread& thread : threads) thread.join();
    count_kinds(pipes, stage);
    ++stage.met;
    if (!comes_true([&] { return stage.over.load(); })) return 2;
    for (std::size_t i = 0; i < parties.size(); ++i) {
        if (!pipes[i].closed()) fates[parties[i].number].heard_more = pipes[i].poll(0ms);
    }
    ++stage.looked;
    return comes_true([&] { return stage.looked == processes; }) ? 0 : 3;
}

std::vector<Party> parties_in_random_order(std::mt19937_64& random)
{
    std::vector<Party> parties;
    for (std::size_t name = 0; name < names; ++name) {
        for (const End end : {End::left, End::right, random_end(random)}) {
            parties.push_back({name, end, random() % 3 == 0, parties.size()});
        }
    }
    std::shuffle(parties.begin(), parties.end(), random);
    return parties;
}

/// Two of the three at this name have met, and nobody else said anything to them.
void expect_a_pair(const SharedArray<Fate>& fates, std::size_t name)
{
    std::vector<Fate> met;
    std::size_t refused = 0;
    for (std::size_t i = 0; i < parties_at_a_name; ++i) {
        const Fate& fate = fates[name * parties_at_a_name + i];
        if (fate.refused) ++refused;
        if (fate.heard != 0) met.push_back(fate);
        EXPECT_FALSE(fate.heard_more) << name_of(name);
    }
    EXPECT_EQ(refused, 1u) << name_of(name);
    ASSERT_EQ(met.size(), 2u) << name_of(name);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(met[i].heard, met[1 - i].said) << name_of(name);
        EXPECT_EQ(met[i].answered, met[i].said) << name_of(name);
    }
}

TEST_F(Rendezvous, ThousandsAtOnceArePairedByTwosAndEachThirdIsTold)
{
    std::mt19937_64 random(printed_seed());
    const std::vector<Party> parties = parties_in_random_order(random);
    const SharedArray<Fate> fates(parties.size());
    for (std::size_t i = 0; i < parties.size(); ++i) fates[i].said = random() | 1;
    const SharedArray<Stage> stages(1);
    Stage& stage = stages[0];
    Client client = connect(false);
    const Holdings before = holdings(client);

    std::vector<pid_t> children;
    for (std::size_t i = 0; i < processes; ++i) {
        children.push_back(in_child([&] {
            ::alarm(child_lifetime_s);
            const std::size_t begin = parties.size() * i / processes;
            const std::size_t end = parties.size() * (i + 1) / processes;
            const std::vector<Party> own(parties.begin() + static_cast<std::ptrdiff_t>(begin),
                                         parties.begin() + static_cast<std::ptrdiff_t>(end));
            std::array<Client, 2> clients{connect(false), connect(true)};
            return run_parties(clients, own, fates, stage);
        }));
    }
    EXPECT_TRUE(comes_true([&] { return stage.met == processes; }));
    for (std::size_t name = 0; name < names; ++name) {
        std::error_code ec;
        (void)client.pipe<std::uint64_t>(name_of(name), random_end(random), patience, ec);
        EXPECT_EQ(ec, errc::end_taken) << name_of(name);
    }
    stage.over = true;
    for (const pid_t child : children) EXPECT_EQ(exit_code_of(child), 0);
    for (std::size_t name = 0; name < names; ++name) expect_a_pair(fates, name);
    std::cout << stage.passed << " ends were passed, " << stage.relayed << " relayed\n";
    EXPECT_GT(stage.passed, 0u);
    EXPECT_GT(stage.relayed, 0u);
    EXPECT_EQ(stage.passed + stage.relayed, 2 * names);
    expect_holdings(client, before);
    expect_to_meet(name_of(0));
}

TEST_F(Rendezvous, ThoseKilledWhileTheyWaitLeaveNoTrace)
{
    constexpr std::size_t waiters = processes * waiters_per_process;
    Client client = connect(false);
    const Holdings before = holdings(client);
    std::vector<pid_t> children;
    for (std::size_t i = 0; i < processes; ++i) {
        children.push_back(in_child([&] {
            ::alarm(child_lifetime_s);
            Client waits = connect(i % 2 == 0);
            std::vector<std::thread> threads;
            for (std::size_t k = 0; k < waiters_per_process; ++k) {
                const std::string name = name_of(i * waiters_per_process + k);
                threads.emplace_back(
                    [&waits, name] { (void)waits.pipe<std::uint64_t>(name, End::left); });
            }
            for (std::thread& thread : threads) thread.join();
            return 1;
        }));
    }
    EXPECT_TRUE(comes_true([&] { return all_say(client, waiters, errc::end_taken); }));
    for (const pid_t child : children) ASSERT_EQ(::kill(child, SIGKILL), 0);
    for (const pid_t child : children) EXPECT_EQ(exit_code_of(child), -SIGKILL);
    EXPECT_TRUE(comes_true([&] { return all_say(client, waiters, errc::timed_out); }));
    expect_holdings(client, before);
    for (std::size_t i = 0; i < waiters; i += waiters / 10) expect_to_meet(name_of(i));
    expect_holdings(client, before);
}

TEST_F(Rendezvous, WhoDiesAtAnyMomentOfItLeavesNoTrace)
{
    std::mt19937_64 random(printed_seed());
    Client client = connect(false);
    const Holdings before = holdings(client);
    std::size_t met = 0;
    for (std::size_t i = 0; i < deaths_at_any_moment; ++i) {
        const bool over_tcp = random() % 2 == 0;
        const pid_t child = in_child([&] {
            ::alarm(child_lifetime_s);
            Client other = connect(over_tcp);
            Pipe pipe = other.pipe<std::uint64_t>(name_of(i), End::right);
            return pipe.recv() == 0 ? 1 : 2;
        });
        std::thread killer([child, after = std::chrono::microseconds(random() % 6'000)] {
            std::this_thread::sleep_for(after);
            ::kill(child, SIGKILL);
        });
        std::error_code ec;
        Pipe pipe = client.pipe<std::uint64_t>(name_of(i), End::left, 8ms, ec);
        if (!ec) {
            ++met;
            EXPECT_FALSE(pipe.recv(patience, ec));
            EXPECT_EQ(ec, errc::eof);
        } else {
            EXPECT_EQ(ec, errc::timed_out) << ec.message();
        }
        killer.join();
        EXPECT_EQ(exit_code_of(child), -SIGKILL);
    }
    std::cout << met << " of " << deaths_at_any_moment << " had met\n";
    EXPECT_TRUE(comes_true([&] { return all_say(client, deaths_at_any_moment, errc::timed_out); }));
    expect_holdings(client, before);
    expect_to_meet(name_of(0));
}

}  // namespace
