#include "server/bridge/wait_words.hpp"

#include "tests/unit/bridge/readings.hpp"

#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

constexpr std::uint64_t main_program = 1;
constexpr std::uint64_t worker_2 = 2;

QueueRow full_row(std::uint64_t object, std::string name)
{
    QueueRow row = queue_row(object, std::move(name), 10);
    row.stat.maxsize = 10;
    return row;
}

void add_wait(QueueRow& row, WaitKind kind, std::uint64_t session, std::uint64_t count = 1)
{
    row.waits.push_back({kind, session, count, 50s});
    if (kind == WaitKind::put) row.stat.putters += count;
    if (kind == WaitKind::get) row.stat.getters += count;
    if (kind == WaitKind::join) row.stat.joiners += count;
}

void add_consumer(QueueRow& row, std::uint64_t session)
{
    row.parties.push_back({session, 0, 1});
    ++row.stat.consumers;
}

void add_producer(QueueRow& row, std::uint64_t session)
{
    row.parties.push_back({session, 1, 0});
    ++row.stat.producers;
}

class WaitWordsTest : public testing::Test {
protected:
    WaitWordsTest()
    {
        broker_.session(main_program, "main").session(worker_2, "worker-2");
        for (std::uint64_t i = 3; i < 20; ++i) broker_.session(i, "s" + std::to_string(i));
    }

    /// What is said of the first queue's waits of that kind.
    WaitWords words(const std::vector<QueueRow>& rows, WaitKind kind)
    {
        mirror_.take(broker_.reading(rows), {}, wall_ms, "");
        graph_.emplace(mirror_);
        const WaitPlace place = place_of(rows.front().stat.name, kind);
        stuck_ = graph_->stuck(place);
        return words_of(mirror_, *graph_, place);
    }
    [[nodiscard]] WaitPlace place_of(std::string_view name, WaitKind kind) const
    {
        return {mirror_.queue_called(name), kind};
    }

    FakeBroker broker_;
    Mirror mirror_{"b1"};
    std::optional<WaitGraph> graph_;
    bool stuck_ = false;
};

TEST_F(WaitWordsTest, TheConsumerOfAFullQueueWaitsAtAnotherFullOneThatNobodyGetsFrom)
{
    QueueRow jobs = full_row(1, "jobs");
    add_wait(jobs, WaitKind::put, main_program, 3);
    add_consumer(jobs, worker_2);
    QueueRow results = full_row(2, "results");
    add_wait(results, WaitKind::put, worker_2);
    EXPECT_EQ(words({jobs, results}, WaitKind::put).text,
              "jobs is full: 3 producers wait; its only consumer worker-2 waits in put on results, "
              "which is full; nobody gets from it");
    EXPECT_TRUE(stuck_);
}

TEST_F(WaitWordsTest, TwoQueuesThatWaitForEachOtherAreACircle)
{
    QueueRow jobs = full_row(1, "jobs");
    add_wait(jobs, WaitKind::put, main_program, 3);
    add_consumer(jobs, worker_2);
    QueueRow results = full_row(2, "results");
    add_wait(results, WaitKind::put, worker_2);
    add_consumer(results, main_program);
    const WaitWords found = words({jobs, results}, WaitKind::put);
    EXPECT_EQ(found.text,
              "jobs is full: 3 producers wait; its only consumer worker-2 waits in put on results, "
              "which is full; its only consumer main waits in put on jobs, which is full, and so "
              "they wait for each other");
    EXPECT_TRUE(found.circle);
    EXPECT_TRUE(stuck_);
    EXPECT_EQ(found.told.size(), 2u);
}

TEST_F(WaitWordsTest, AConsumerAtWorkMakesItNoDeadlock)
{
    QueueRow jobs = full_row(1, "jobs");
    add_wait(jobs, WaitKind::put, main_program);
    add_consumer(jobs, worker_2);
    EXPECT_EQ(words({jobs}, WaitKind::put).text,
              "jobs is full: 1 producer waits; its only consumer worker-2 is at work");
    EXPECT_FALSE(stuck_);
}

TEST_F(WaitWordsTest, OneOfSeveralThatIsAtWorkIsEnough)
{
    QueueRow jobs = full_row(1, "jobs");
    add_wait(jobs, WaitKind::put, main_program);
    add_consumer(jobs, worker_2);
    add_consumer(jobs, 3);
    QueueRow results = full_row(2, "results");
    add_wait(results, WaitKind::put, worker_2);
    EXPECT_EQ(words({jobs, results}, WaitKind::put).text,
              "jobs is full: 1 producer waits; of its 2 consumers some are at work");
    EXPECT_FALSE(stuck_);
}

TEST_F(WaitWordsTest, SeveralConsumersThatAllWaitAtOnePlaceAreNamed)
{
    QueueRow jobs = full_row(1, "jobs");
    add_wait(jobs, WaitKind::put, main_program);
    QueueRow results = full_row(2, "results");
    for (const std::uint64_t session : {2, 3, 4, 5, 6}) {
        add_consumer(jobs, session);
        add_wait(results, WaitKind::put, session);
    }
    EXPECT_EQ(
        words({jobs, results}, WaitKind::put).text,
        "jobs is full: 1 producer waits; its 5 consumers, worker-2, s3, s4 and 2 more, wait in "
        "put on results, which is full; nobody gets from it");
    EXPECT_TRUE(stuck_);
}

// Its 17th handle is not in the row: it may be the one that goes on.
TEST_F(WaitWordsTest, NothingIsClaimedWhereNotAllConsumersAreKnown)
{
    QueueRow jobs = full_row(1, "jobs");
    add_wait(jobs, WaitKind::put, main_program);
    add_consumer(jobs, worker_2);
    add_wait(jobs, WaitKind::put, worker_2);
    jobs.stat.consumers = 17;
    EXPECT_EQ(words({jobs}, WaitKind::put).text, "jobs is full: 2 producers wait");
    EXPECT_FALSE(stuck_);
}

TEST_F(WaitWordsTest, APausedQueueHandsOutNothing)
{
    QueueRow jobs = full_row(1, "jobs");
    jobs.stat.paused = true;
    add_wait(jobs, WaitKind::put, main_program);
    add_consumer(jobs, worker_2);
    EXPECT_EQ(words({jobs}, WaitKind::put).text,
              "jobs: 1 producer waits; nothing is handed out while it is paused");
    EXPECT_TRUE(stuck_);
}

TEST_F(WaitWordsTest, OneWhoWaitsForHimself)
{
    QueueRow jobs = full_row(1, "jobs");
    add_wait(jobs, WaitKind::put, main_program);
    add_consumer(jobs, main_program);
    const WaitWords found = words({jobs}, WaitKind::put);
    EXPECT_EQ(
        found.text,
        "jobs is full: 1 producer waits; its only consumer main waits in put on jobs, which is "
        "full, and so they wait for each other");
    EXPECT_TRUE(stuck_);
}

// The worker forgot task_done, and waits for more.
TEST_F(WaitWordsTest, AJoinWaitsForAWorkerThatWaitsForTheJoiner)
{
    QueueRow jobs = queue_row(1, "jobs");
    jobs.stat.unfinished = 2;
    add_wait(jobs, WaitKind::join, main_program);
    add_wait(jobs, WaitKind::get, worker_2);
    add_consumer(jobs, worker_2);
    add_producer(jobs, main_program);
    const WaitWords found = words({jobs}, WaitKind::join);
    EXPECT_EQ(found.text,
              "jobs is not done: 1 join waits; its only consumer worker-2 waits in get on jobs, "
              "which is empty; its only producer main waits in join on jobs, and so they wait for "
              "each other");
    EXPECT_TRUE(stuck_);
}

// In a busy queue somebody always waits.
TEST_F(WaitWordsTest, WaitsOfAMomentCountForNothing)
{
    QueueRow jobs = full_row(1, "jobs");
    add_wait(jobs, WaitKind::put, main_program);
    jobs.waits.back().since = 99s;  // the broker is 100 s old
    EXPECT_FALSE(graph_ && stuck_);
    (void)words({jobs}, WaitKind::put);
    EXPECT_TRUE(graph_->places().empty());
    EXPECT_FALSE(stuck_);
}

// Longer than the words go: they end, and claim no circle.
TEST_F(WaitWordsTest, ALongChainEndsSomewhere)
{
    std::vector<QueueRow> rows;
    for (std::uint64_t i = 1; i < 15; ++i) {
        QueueRow row = full_row(i, "q" + std::to_string(i));
        add_wait(row, WaitKind::put, i);
        add_consumer(row, i + 1);
        rows.push_back(row);
    }
    const WaitWords found = words(rows, WaitKind::put);
    EXPECT_FALSE(found.circle);
    EXPECT_FALSE(stuck_);  // the last one's consumer is at work
    EXPECT_LE(found.told.size(), 8u);
}

}  // namespace

}  // namespace penstock::bridge
