// The rows of queues and pipes: whatever is done to one, a reader is told.
#include "tests/support/core/history.hpp"
#include "tests/support/core/queue_fixture.hpp"
#include "tests/support/core/subject.hpp"
#include "tests/support/seed.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <sstream>
#include <string>

namespace penstock::core {
namespace {

std::string text(const std::vector<SessionWait>& waits)
{
    std::ostringstream text;
    for (const SessionWait& wait : waits) {
        text << " " << wait.session << "x" << wait.operations << "@"
             << wait.since.time_since_epoch().count();
    }
    return text.str();
}

/// All that a row says.
std::string row_text(const Queue& queue)
{
    const QueueStats stats = queue.stats();
    std::ostringstream row;
    row << stats.name << " " << stats.object << " ready " << stats.ready << " " << stats.ready_bytes
        << " assigned " << stats.assigned << " unfinished " << stats.unfinished << " waiting "
        << stats.putters << " " << stats.getters << " " << stats.joiners << " handles "
        << stats.handles << " " << stats.producers << " " << stats.consumers << " totals "
        << stats.put_total << " " << stats.get_total << " ends " << stats.shut_down << stats.ended
        << stats.paused;
    const QueueWaits waits = queue.waits(3);
    row << " put" << text(waits.putters) << " get" << text(waits.getters) << " join"
        << text(waits.joiners) << " parties";
    for (const SessionParty& party : queue.parties(3)) {
        row << " " << party.session << ":" << party.producers << "," << party.consumers;
    }
    return row.str();
}

/// Follows a broker by its changes alone.
class Mirror {
public:
    void read(Broker& broker, std::size_t limit)
    {
        std::map<ObjectId, std::string> page;
        const ChangesTold told = broker.queue_changes().read(since_, [&](ObjectId id) {
            if (page.size() == limit) return false;
            page[id] = row_text(*broker.find(id));
            return true;
        });
        if (told.from_start) rows_.clear();
        for (const auto& [id, row] : page) rows_[id] = row;
        for (const ObjectId id : told.removed) rows_.erase(id);
        since_ = told.version;
        complete_ = !told.more;
    }

    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] const std::map<ObjectId, std::string>& rows() const { return rows_; }

private:
    std::uint64_t since_ = 0;
    std::map<ObjectId, std::string> rows_;
    bool complete_ = false;
};

std::map<ObjectId, std::string> rows_of(Broker& broker)
{
    std::map<ObjectId, std::string> rows;
    for (const QueueStats& stats : broker.list("", SIZE_MAX)) {
        rows[stats.object] = row_text(*broker.find(stats.object));
    }
    return rows;
}

TEST(QueueChanges, AMirrorFedByThemEqualsTheBrokerInRandomHistories)
{
    constexpr int histories = 200;
    constexpr int steps = 250;
    const std::uint64_t seed = support::printed_seed();
    for (std::uint64_t i = 0; i < histories; ++i) {
        std::mt19937_64 random(seed + i);
        Subject subject;
        History history(seed + i, subject);
        std::vector<Mirror> mirrors(2);
        for (int step = 0; step < steps; ++step) {
            ASSERT_FALSE(history.run(1));
            subject.broker.set_now(TimePoint(std::chrono::milliseconds(step)));
            Mirror& mirror = mirrors[random() % mirrors.size()];
            mirror.read(subject.broker, random() % 2 == 0 ? SIZE_MAX : 1);
            if (!mirror.complete()) continue;
            ASSERT_EQ(mirror.rows(), rows_of(subject.broker))
                << "PENSTOCK_TEST_SEED=" << seed + i << " step " << step;
        }
    }
}

class QueueRows : public QueueTest {
protected:
    /// The queues that changed since the last call.
    std::size_t changed()
    {
        std::size_t rows = 0;
        since_ = broker.queue_changes()
                     .read(since_,
                           [&rows](ObjectId) {
                               ++rows;
                               return true;
                           })
                     .version;
        return rows;
    }

    std::uint64_t since_ = 0;
};

TEST_F(QueueRows, WhatChangesNothingIsNoChange)
{
    put(1, 1, {"a"});
    EXPECT_EQ(changed(), 1u);
    EXPECT_EQ(changed(), 0u);
    (void)queue.stats();
    (void)queue.peek(0, 1);
    EXPECT_EQ(broker.open({.name = "q", .mode = Mode::existing}).object, queue.id());
    EXPECT_EQ(changed(), 0u);
}

TEST_F(QueueRows, SayWhoWaitsSinceWhenTheLongestFirst)
{
    broker.set_now(start + 1s);
    get(7, 1, 2);
    broker.set_now(start + 2s);
    get(3, 1);
    broker.set_now(start + 3s);
    get(7, 3);
    const QueueWaits waits = queue.waits(16);
    ASSERT_EQ(waits.getters.size(), 2u);
    EXPECT_EQ(waits.getters[0].session, 7u);
    EXPECT_EQ(waits.getters[0].operations, 3u);
    EXPECT_EQ(waits.getters[0].since, start + 1s);
    EXPECT_EQ(waits.getters[1].session, 3u);
    EXPECT_EQ(waits.getters[1].since, start + 2s);
    EXPECT_TRUE(waits.putters.empty() && waits.joiners.empty());

    put(1, 1, {"a", "b"});
    const QueueWaits later = queue.waits(16);
    ASSERT_EQ(later.getters.size(), 2u);
    EXPECT_EQ(later.getters[0].session, 3u);
    EXPECT_EQ(later.getters[1].session, 7u);
    EXPECT_EQ(later.getters[1].since, start + 3s);
    EXPECT_EQ(queue.waits(1).getters.size(), 1u);
}

/// Whose turn it is not for want of credit waits as well.
TEST_F(QueueRows, SayThatOneWaitsWhoHasNoCredit)
{
    credit(5).bytes = 0;
    get(5, 1);
    put(1, 1, {"a"});
    get(5, 2);
    const QueueWaits waits = queue.waits(16);
    ASSERT_EQ(waits.getters.size(), 1u);
    EXPECT_EQ(waits.getters[0].operations, 2u);
}

TEST_F(QueueRows, SayWhoPutsAndWhoGets)
{
    for (const SessionId session : {9, 2, 2}) queue.party_joins(Party::producer, session);
    queue.party_joins(Party::consumer, 9);
    queue.party_joins(Party::consumer, 1);
    const std::vector<SessionParty> parties = queue.parties(1);
    // The first producer and the first consumer, and all that these two have.
    ASSERT_EQ(parties.size(), 2u);
    EXPECT_EQ(parties[0].session, 1u);
    EXPECT_EQ(parties[0].consumers, 1u);
    EXPECT_EQ(parties[1].session, 2u);
    EXPECT_EQ(parties[1].producers, 2u);
    ASSERT_EQ(queue.parties(16).size(), 3u);
    EXPECT_EQ(queue.parties(16)[2].producers, 1u);
    EXPECT_EQ(queue.parties(16)[2].consumers, 1u);
    queue.party_leaves(Party::producer, 2, out);
    EXPECT_EQ(queue.parties(16)[1].producers, 1u);
    queue.party_leaves(Party::producer, 2, out);
    EXPECT_EQ(queue.parties(16).size(), 2u);
}

TEST_F(QueueRows, KnowWhenTheQueueWasCreated)
{
    broker.set_now(start + 5s);
    const ObjectId object = broker.open({.name = "later"}).object;
    broker.set_now(start + 9s);
    EXPECT_EQ(broker.find(object)->stats().created, start + 5s);
}

class PipeRows : public testing::Test {
protected:
    /// The pipes that changed since the last call.
    std::size_t changed()
    {
        std::size_t rows = 0;
        const ChangesTold told = broker.pipe_changes().read(since_, [&rows](ObjectId) {
            ++rows;
            return true;
        });
        since_ = told.version;
        removed = told.removed;
        return rows;
    }

    Broker broker;
    Completions out;
    std::vector<std::uint64_t> removed;

private:
    std::uint64_t since_ = 0;
};

TEST_F(PipeRows, ChangeWithTheirLinesWhichAreNoRows)
{
    const ObjectId object =
        broker.open_pipe({End::left, {1, 1}}, {.name = "p"}, base::no_deadline, out);
    const Pipe& pipe = *broker.find_pipe(object);
    EXPECT_EQ(changed(), 1u);
    EXPECT_EQ(pipe.session(End::left), 1u);
    EXPECT_EQ(pipe.session(End::right), 0u);

    (void)broker.open_pipe({End::right, {2, 1}}, {.name = "p"}, base::no_deadline, out);
    EXPECT_EQ(changed(), 1u);
    EXPECT_EQ(pipe.session(End::right), 2u);
    EXPECT_EQ(changed(), 0u);

    std::vector<base::Rope> payload;
    payload.push_back(rope("hello"));
    broker.find_pipe(object)->sends_to(End::left)->put({1, 2}, payload, {}, base::no_deadline, out);
    EXPECT_EQ(changed(), 1u);
    EXPECT_EQ(broker.queue_changes().size(), 0u);

    broker.close_end(object, End::left, out);
    EXPECT_EQ(changed(), 1u);
    EXPECT_EQ(pipe.session(End::left), 0u);
    broker.close_end(object, End::right, out);
    EXPECT_EQ(changed(), 0u);
    EXPECT_EQ(removed, std::vector<std::uint64_t>{object});
    broker.check_invariants();
}

}  // namespace
}  // namespace penstock::core
