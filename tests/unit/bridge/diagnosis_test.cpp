#include "server/bridge/diagnosis.hpp"

#include "tests/unit/bridge/readings.hpp"

#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

class DiagnosisTest : public testing::Test {
protected:
    std::vector<Attention> judge(std::vector<QueueRow> rows)
    {
        mirror_.take(broker_.reading(std::move(rows)), {}, wall_ms, "");
        diagnosis_.observe(mirror_.broker());
        return diagnosis_.judge(mirror_);
    }
    void pass(Duration time) { broker_.stat.uptime += time; }

    FakeBroker broker_;
    Mirror mirror_{"b1"};
    Diagnosis diagnosis_;
};

TEST_F(DiagnosisTest, WhatIsAsItShouldBeNeedsNoAttention)
{
    EXPECT_TRUE(judge({queue_row(1, "a", 5)}).empty());
}

QueueRow full_row(Duration since)
{
    QueueRow row = queue_row(1, "jobs", 10);
    row.stat.maxsize = 10;
    row.stat.putters = 1;
    row.stat.consumers = 1;
    row.waits = {{WaitKind::put, 5, 1, since}};
    row.parties = {{6, 0, 1}};
    return row;
}

// Its producers take turns in waiting: no wait is long, and still it is full all the time.
TEST_F(DiagnosisTest, AQueueIsFullFromWhenItBeganToBeOnAndNotAtOnce)
{
    broker_.session(6, "worker");
    EXPECT_TRUE(judge({full_row(100s)}).empty());
    pass(3s);
    const auto lines = judge({full_row(103s)});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].code, "full");
    EXPECT_EQ(lines[0].since, Duration(100s));
    EXPECT_EQ(lines[0].queue, "jobs");
    EXPECT_EQ(lines[0].text, "jobs is full: 1 producer waits; its only consumer worker is at work");
    pass(1s);
    EXPECT_TRUE(judge({queue_row(1, "jobs", 9)}).empty());
}

TEST_F(DiagnosisTest, WhoWaitsInVainIsADeadlockAndTheFirstToBeTold)
{
    QueueRow row = full_row(50s);
    row.stat.consumers = 0;
    row.parties.clear();
    QueueRow old = queue_row(2, "old", 1);
    old.stat.consumers = 1;
    old.stat.oldest = 1s;
    broker_.stat.uptime = 1000s;
    const auto lines = judge({old, row});
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].code, "deadlock");
    EXPECT_EQ(lines[0].text, "jobs is full: 1 producer waits; nobody gets from it");
    EXPECT_EQ(lines[0].since, Duration(50s));
    EXPECT_EQ(lines[1].code, "old");
    EXPECT_EQ(lines[1].since, Duration(301s));
}

// A server that waits for requests and its idle clients wait for each other, too.
TEST_F(DiagnosisTest, ACircleOfGetsIsANoteOnly)
{
    QueueRow requests = queue_row(1, "requests");
    requests.stat.getters = requests.stat.producers = 1;
    requests.waits = {{WaitKind::get, 5, 1, 10s}};
    requests.parties = {{6, 1, 0}};
    QueueRow answers = queue_row(2, "answers");
    answers.stat.getters = answers.stat.producers = 1;
    answers.waits = {{WaitKind::get, 6, 1, 11s}};
    answers.parties = {{5, 1, 0}};
    broker_.session(5, "server").session(6, "client");
    const auto lines = judge({requests, answers});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].code, "circle");
    EXPECT_FALSE(lines[0].is_warning);
    EXPECT_EQ(lines[0].text,
              "requests is empty: 1 consumer waits; its only producer client waits in get on "
              "answers, which is empty; its only producer server waits in get on requests, which "
              "is empty, and so they wait for each other");
}

TEST_F(DiagnosisTest, WorkersThatWaitForWorkAreIdle)
{
    QueueRow jobs = queue_row(1, "jobs");
    jobs.stat.getters = 1;
    jobs.waits = {{WaitKind::get, 5, 1, 10s}};
    EXPECT_TRUE(judge({jobs}).empty());
}

TEST_F(DiagnosisTest, AQueueThatGrowsWhileNobodyGetsFromIt)
{
    QueueRow row = queue_row(1, "logs", 1);
    row.stat.put_total = 1;
    EXPECT_TRUE(judge({row}).empty());
    pass(1s);
    EXPECT_TRUE(judge({row}).empty());  // it lies there, and doesn't grow
    row.stat.ready = row.stat.put_total = 2;
    pass(1s);
    auto lines = judge({row});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].code, "no_consumer");
    EXPECT_EQ(lines[0].since, Duration(100s));
    EXPECT_EQ(lines[0].text, "logs grows, and nobody gets from it");
    row.stat.consumers = 1;
    EXPECT_TRUE(judge({row}).empty());
}

TEST_F(DiagnosisTest, AQueueFromWhichSomebodyGetsNowAndThenIsNotAlone)
{
    QueueRow row = queue_row(1, "logs", 1);
    row.stat.put_total = 1;
    (void)judge({row});
    for (int i = 0; i < 5; ++i) {
        pass(1s);
        ++row.stat.put_total;
        ++row.stat.get_total;
        EXPECT_TRUE(judge({row}).empty());
    }
}

TEST_F(DiagnosisTest, APausedQueueWithConsumersThatWait)
{
    QueueRow row = queue_row(1, "jobs", 3);
    row.stat.paused = true;
    row.stat.getters = 2;
    row.stat.consumers = 2;
    row.waits = {{WaitKind::get, 5, 2, 90s}};
    const auto lines = judge({row});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].code, "paused");
    EXPECT_EQ(lines[0].text,
              "jobs is paused, and 2 consumers wait; resume it to hand out what is there");
}

TEST_F(DiagnosisTest, AReaderThatWasClosedForNotReadingIsToldForFiveMinutes)
{
    Reading reading = broker_.reading({});
    reading.events.events.push_back(
        {1, "warning", "peer_does_not_read", 99s, {{"client", "worker-3"}}});
    mirror_.take(std::move(reading), {}, wall_ms, "");
    diagnosis_.observe(mirror_.broker());
    const auto lines = diagnosis_.judge(mirror_);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].code, "slow_reader");
    EXPECT_EQ(lines[0].text, "worker-3 was closed: it did not read what it was sent");
    pass(301s);
    EXPECT_TRUE(judge({}).empty());
}

TEST_F(DiagnosisTest, ManyFailuresWithinAMinuteAreABurstAndThenItIsOver)
{
    broker_.stat.event_counts = {{"auth_failed", 100}};
    EXPECT_TRUE(judge({}).empty());  // whenever they were
    pass(1s);
    broker_.stat.event_counts = {{"auth_failed", 109}};
    EXPECT_TRUE(judge({}).empty());
    pass(1s);
    broker_.stat.event_counts = {{"auth_failed", 110}};
    auto lines = judge({});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].code, "auth_failures");
    EXPECT_EQ(lines[0].since, Duration(101s));
    pass(61s);
    EXPECT_TRUE(judge({}).empty());
}

TEST_F(DiagnosisTest, MemoryThatRunsShort)
{
    broker_.stat.memory_max = 1000;
    broker_.stat.memory_used = 899;
    EXPECT_TRUE(judge({}).empty());
    pass(1s);
    broker_.stat.memory_used = 901;
    (void)judge({});
    pass(1s);
    const auto lines = judge({});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].code, "memory");
    EXPECT_EQ(lines[0].since, Duration(101s));
}

// Else each tick would send them again.
TEST_F(DiagnosisTest, TheSameStateGivesTheSameLines)
{
    broker_.session(6, "worker");
    (void)judge({full_row(50s)});
    pass(10s);
    const auto before = judge({});
    ASSERT_FALSE(before.empty());
    pass(1s);
    EXPECT_EQ(judge({}), before);
}

TEST_F(DiagnosisTest, ThereAreAtMostFiftyLines)
{
    std::vector<QueueRow> rows;
    for (std::uint64_t id = 1; id <= 200; ++id) {
        rows.push_back(queue_row(id, "q" + std::to_string(id), 1));
        rows.back().stat.oldest = 1s;
    }
    broker_.stat.uptime = 1000s;
    EXPECT_EQ(judge(rows).size(), attention_max);
}

}  // namespace

}  // namespace penstock::bridge
