// What a broker tells of its changes, over real sockets and by both clients.
#include "tests/support/async_over.hpp"
#include "tests/support/seed.hpp"

#include <penstock/async/admin.hpp>
#include <penstock/async/client.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using penstock::Admin;
using penstock::Changes;
using penstock::Client;
using penstock::ConnectionStat;
using penstock::Event;
using penstock::Events;
using penstock::PipeStat;
using penstock::PipeTransport;
using penstock::QueueRow;
using penstock::QueueStat;
using penstock::WaitKind;
using penstock::support::AsyncOver;
using penstock::support::look_again;
using penstock::support::Over;
using penstock::support::patience;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

class ChangesOver : public AsyncOver, public ::testing::TestWithParam<Over> {
protected:
    ChangesOver() : AsyncOver(GetParam()) {}
};

/// What a reader of the changes knows.
template <class Row>
struct Mirror {
    std::uint64_t since = 0;
    std::map<std::uint64_t, Row> rows;

    /// False: there is more already.
    bool take(Changes<Row> changes, std::uint64_t (*number)(const Row&))
    {
        if (changes.from_start) rows.clear();
        for (Row& row : changes.rows) {
            const std::uint64_t id = number(row);
            rows.insert_or_assign(id, std::move(row));
        }
        for (const std::uint64_t id : changes.removed) rows.erase(id);
        since = changes.version;
        return !changes.more;
    }
};

std::uint64_t number_of(const QueueRow& row)
{
    return row.stat.object;
}

void read(Mirror<QueueRow>& mirror, const Admin& admin)
{
    while (!mirror.take(admin.queue_changes(mirror.since), number_of)) {
    }
}

std::string text_of(const QueueStat& stat)
{
    std::string text = stat.name;
    for (const std::uint64_t figure : {stat.object,
                                       stat.ready,
                                       stat.ready_bytes,
                                       stat.assigned,
                                       stat.unfinished,
                                       stat.putters,
                                       stat.getters,
                                       stat.handles,
                                       stat.put_total,
                                       stat.get_total,
                                       stat.producers,
                                       stat.consumers}) {
        text += " " + std::to_string(figure);
    }
    return text + (stat.paused ? " paused" : "") + (stat.oldest ? " waits" : "");
}

TEST_P(ChangesOver, AMirrorFedByThemEqualsTheListWheneverAllIsQuiet)
{
    std::mt19937_64 random(penstock::support::printed_seed());
    const auto below = [&random](std::uint64_t n) { return random() % n; };
    Client client = connect();
    Client watcher = connect();
    Mirror<QueueRow> mirror;
    std::map<std::string, penstock::Queue<std::string>> queues;
    const auto name = [&] { return "q" + std::to_string(below(12)); };
    for (int round = 0; round < 40; ++round) {
        for (int step = 0; step < 25; ++step) {
            const std::string which = name();
            auto found = queues.find(which);
            if (found == queues.end()) {
                found = queues.emplace(which, client.queue<std::string>(which)).first;
            }
            const std::uint64_t what = below(20);
            if (what < 9) {
                found->second.put(std::string(below(100), 'x'));
            } else if (what < 16) {
                (void)found->second.try_get();
            } else if (what == 16) {
                (void)client.admin().purge(which);
            } else if (what == 17) {
                client.admin().pause(which);
            } else if (what == 18) {
                client.admin().resume(which);
            } else {
                queues.erase(found);
                (void)client.admin().remove(which);
            }
            if (below(5) == 0) read(mirror, watcher.admin());
        }
        // An ACK may still be on its way: until both say the same, or time is up.
        const auto deadline = std::chrono::steady_clock::now() + patience;
        std::set<std::string> told;
        std::set<std::string> listed;
        do {
            told.clear();
            listed.clear();
            read(mirror, watcher.admin());
            for (const auto& [id, row] : mirror.rows) told.insert(text_of(row.stat));
            for (const QueueStat& stat : watcher.admin().list()) listed.insert(text_of(stat));
        } while (told != listed && std::chrono::steady_clock::now() < deadline);
        ASSERT_EQ(told, listed) << "round " << round;
    }
}

TEST_P(ChangesOver, AnIdleBrokerGivesEmptyAnswers)
{
    Client client = connect();
    auto queue = client.queue<std::string>("q");
    queue.put("x");
    Client watcher = connect();
    const Admin admin = watcher.admin();
    std::uint64_t queues = 0;
    std::uint64_t connections = 0;
    std::uint64_t pipes = 0;
    std::uint64_t events = 0;
    const auto ask = [&] {
        const auto queue_page = admin.queue_changes(queues);
        const auto connection_page = admin.connection_changes(connections);
        const auto pipe_page = admin.pipe_changes(pipes);
        const auto event_page = admin.events(events);
        queues = queue_page.version;
        connections = connection_page.version;
        pipes = pipe_page.version;
        events = event_page.version;
        return queue_page.rows.size() + connection_page.rows.size() + pipe_page.rows.size() +
               event_page.events.size();
    };
    EXPECT_EQ(ask(), 1U + 2U + 0U + 3U);  // `listening`, and two sessions that began
    (void)ask();                          // what was on its way
    EXPECT_EQ(ask(), 0U);
    EXPECT_EQ(ask(), 0U);
}

TEST_P(ChangesOver, ARowNamesWhoWaitsAndWhoUsesTheQueue)
{
    Client client = connect();
    auto queue = client.queue<std::string>("q");
    Client worker = penstock::connect(
        daemon_->address(), {.timeout = patience, .key_file = key_file_, .name = "worker-2"});
    std::thread getter([&worker] { (void)worker.queue<std::string>("q").get(); });
    wait_for(client, [](const QueueStat& stat) { return stat.getters == 1; });
    const Changes<QueueRow> changes = client.admin().queue_changes(0);
    const Changes<ConnectionStat> connections = client.admin().connection_changes(0);
    queue.put("x");
    getter.join();

    ASSERT_EQ(changes.rows.size(), 1U);
    const QueueRow& row = changes.rows[0];
    ASSERT_EQ(row.waits.size(), 1U);
    EXPECT_EQ(row.waits[0].kind, WaitKind::get);
    EXPECT_EQ(row.waits[0].operations, 1U);
    EXPECT_LE(row.waits[0].since, changes.uptime);
    EXPECT_LE(row.stat.created, row.waits[0].since);
    const auto found =
        std::ranges::find(connections.rows, row.waits[0].session, &ConnectionStat::session);
    ASSERT_NE(found, connections.rows.end());
    EXPECT_EQ(found->client, "worker-2");
    EXPECT_EQ(found->state, "live");
    EXPECT_EQ(found->waiting, 1U);
    EXPECT_TRUE(found->address.starts_with(GetParam() == Over::tcp ? "tcp:127.0.0.1:" : "unix:"));
    EXPECT_EQ(found->pid, GetParam() == Over::tcp ? 0U : static_cast<unsigned>(::getpid()));
    ASSERT_EQ(row.parties.size(), 1U);
    EXPECT_EQ(row.parties[0].session, row.waits[0].session);
    EXPECT_EQ(row.parties[0].consumers, 1U);
}

TEST_P(ChangesOver, ARelayedPipeIsARowUntilBothEndsAreClosed)
{
    Client left_client = connect();
    Client right_client = connect();
    std::optional<penstock::Connection<std::string>> right;
    std::thread other(
        [&] { right.emplace(right_client.pipe<std::string>("p", penstock::End::right)); });
    auto left = left_client.pipe<std::string>("p", penstock::End::left);
    other.join();
    left.send("hello");
    const Admin admin = left_client.admin();
    const Changes<PipeStat> changes = admin.pipe_changes(0);
    ASSERT_EQ(changes.rows.size(), 1U);
    const PipeStat& row = changes.rows[0];
    EXPECT_EQ(row.name, "p");
    EXPECT_NE(row.left_session, 0U);
    EXPECT_NE(row.right_session, 0U);
    const bool relayed = GetParam() == Over::tcp;
    EXPECT_EQ(row.transport, relayed ? PipeTransport::relay : PipeTransport::direct);
    EXPECT_EQ(row.from_left.sent_total, relayed ? 1U : 0U);
    EXPECT_EQ(right->recv(), "hello");
    left.close();
    right->close();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    Mirror<PipeStat> mirror{changes.version, {{row.object, row}}};
    while (!mirror.rows.empty()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
        mirror.take(admin.pipe_changes(mirror.since),
                    [](const PipeStat& stat) { return stat.object; });
        std::this_thread::sleep_for(look_again);
    }
}

TEST_P(ChangesOver, EventsAreThoseOfTheLogAndAreCounted)
{
    Client client = connect();
    {
        Client other = connect();
    }
    const Events all = client.admin().events(0);
    ASSERT_GE(all.events.size(), 4U);
    EXPECT_EQ(all.events[0].code, "listening");
    EXPECT_EQ(all.events[1].code, "session_began");
    EXPECT_EQ(all.events[1].level, "info");
    EXPECT_EQ(all.events.back().number, all.version);
    const auto ended = std::ranges::count(all.events, "session_ended", &Event::code);
    EXPECT_EQ(ended, 1);
    const penstock::BrokerStat stat = client.admin().broker_stat();
    const auto count =
        std::ranges::find(stat.event_counts, "session_began", &penstock::EventCount::code);
    ASSERT_NE(count, stat.event_counts.end());
    EXPECT_EQ(count->count, 2U);
    const bool tcp = GetParam() == Over::tcp;
    EXPECT_EQ(tcp ? stat.tcp_connections_total : stat.unix_connections_total, 2U);
    EXPECT_EQ(stat.descriptors_used, tcp ? 1U : 2U);
    EXPECT_GE(stat.descriptors_max, stat.descriptors_used);
    EXPECT_TRUE(client.admin().events(all.version).events.empty());
}

TEST_P(ChangesOver, ManyQueuesComeInPages)
{
    Client client = connect();
    constexpr int many = 2'000;
    for (int i = 0; i < many; ++i) {
        client.queue<std::string>("queue." + std::string(80, 'x') + std::to_string(i)).close();
    }
    const Changes<QueueRow> first = client.admin().queue_changes(0);
    EXPECT_TRUE(first.more && first.from_start);
    Mirror<QueueRow> mirror;
    read(mirror, client.admin());
    EXPECT_EQ(mirror.rows.size(), static_cast<std::size_t>(many));
}

TEST_P(ChangesOver, TheAsynchronousClientGetsTheSame)
{
    Client blocking = connect();
    auto queue = blocking.queue<std::string>("q");
    queue.put("x");
    with_client([&](async::Client& client) -> asio::awaitable<void> {
        async::Admin admin = client.admin();
        const Changes<QueueRow> queues = co_await admin.async_queue_changes(0);
        EXPECT_EQ(queues.rows.size(), 1U);
        EXPECT_EQ(queues.rows.at(0).stat.ready, 1U);
        const Changes<QueueRow> nothing = co_await admin.async_queue_changes(queues.version);
        EXPECT_TRUE(nothing.rows.empty());
        const Changes<ConnectionStat> connections = co_await admin.async_connection_changes(0);
        EXPECT_EQ(connections.rows.size(), 2U);
        const Changes<PipeStat> pipes = co_await admin.async_pipe_changes(0);
        EXPECT_TRUE(pipes.rows.empty());
        const Events events = co_await admin.async_events(0);
        EXPECT_EQ(events.events.size(), 3U);
        const Events later = co_await admin.async_events(events.version);
        EXPECT_TRUE(later.events.empty());
    });
}

INSTANTIATE_TEST_SUITE_P(Sockets,
                         ChangesOver,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& how) { return how.param == Over::tcp ? "Tcp" : "Unix"; });

}  // namespace
