#include "server/core/broker.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::core {
namespace {

using namespace std::chrono_literals;

const TimePoint start{1000s};

struct BrokerTest : testing::Test {
    Broker broker;
    GetCredit credit{1000};
    Completions out;

    OpenResult open(std::string_view name,
                    Mode mode = Mode::or_create,
                    std::optional<std::int64_t> maxsize = {})
    {
        return broker.open({.name = name, .mode = mode, .maxsize = maxsize});
    }

    Queue& queue(std::string_view name)
    {
        open(name);
        return *broker.find(name);
    }

    void put(Queue& queue, Ticket who, TimePoint deadline = base::no_deadline)
    {
        std::vector<base::Rope> payloads(who.n,
                                         base::Rope(base::Slice::copy_of(base::as_bytes("x"))));
        queue.put(who, payloads, {}, deadline, out);
    }

    std::vector<std::string> names(std::string_view after, std::size_t limit)
    {
        std::vector<std::string> result;
        for (const QueueStats& stats : broker.list(after, limit)) result.push_back(stats.name);
        return result;
    }
};

TEST_F(BrokerTest, OpenCreatesAQueueOnceAndFindsItAgain)
{
    const OpenResult first = open("jobs", Mode::or_create, 7);
    EXPECT_EQ(first.outcome, Outcome::ok);
    EXPECT_TRUE(first.created);
    EXPECT_EQ(first.maxsize, 7);

    const OpenResult again = open("jobs");
    EXPECT_EQ(again.outcome, Outcome::ok);
    EXPECT_FALSE(again.created);
    EXPECT_EQ(again.object, first.object);
    EXPECT_EQ(again.maxsize, 7);
    EXPECT_EQ(broker.find(first.object), broker.find("jobs"));
}

TEST_F(BrokerTest, OpenOfAnExistingQueueNeedsOne)
{
    EXPECT_EQ(open("jobs", Mode::existing).outcome, Outcome::not_found);
    EXPECT_EQ(broker.find("jobs"), nullptr);
    open("jobs");
    EXPECT_EQ(open("jobs", Mode::existing).outcome, Outcome::ok);
}

TEST_F(BrokerTest, OpenOfAFreshQueueRefusesAnExistingOne)
{
    EXPECT_EQ(open("jobs", Mode::fresh).outcome, Outcome::ok);
    const OpenResult result = open("jobs", Mode::fresh);
    EXPECT_EQ(result.outcome, Outcome::exists);
    EXPECT_EQ(result.object, 0u);
}

TEST_F(BrokerTest, OptionsAreComparedOnlyWhenGiven)
{
    open("jobs", Mode::or_create, 7);
    EXPECT_EQ(open("jobs").outcome, Outcome::ok);
    EXPECT_EQ(open("jobs", Mode::or_create, 7).outcome, Outcome::ok);
    EXPECT_EQ(open("jobs", Mode::existing, 8).outcome, Outcome::options_differ);
    EXPECT_EQ(open("jobs", Mode::existing, 0).outcome, Outcome::options_differ);
}

TEST_F(BrokerTest, EveryMaxsizeBelowOneMeansUnbounded)
{
    EXPECT_EQ(open("jobs", Mode::or_create, -3).maxsize, 0);
    EXPECT_EQ(open("jobs", Mode::existing, 0).outcome, Outcome::ok);
    EXPECT_EQ(open("jobs", Mode::existing, -1).outcome, Outcome::ok);
    EXPECT_EQ(open("jobs", Mode::existing, 1).outcome, Outcome::options_differ);
}

TEST_F(BrokerTest, WhoMayCreateNoQueueStillOpensThoseThatAreThere)
{
    open("old");
    OpenSpec spec;
    spec.may_create = false;
    spec.name = "new";
    EXPECT_EQ(broker.open(spec).outcome, Outcome::too_many);
    spec.name = "old";
    EXPECT_EQ(broker.open(spec).outcome, Outcome::ok);
    EXPECT_EQ(broker.objects(), 1u);
}

TEST_F(BrokerTest, ANumberIsNeverUsedTwice)
{
    const ObjectId first = open("jobs").object;
    broker.remove("jobs", out);
    EXPECT_EQ(broker.find(first), nullptr);
    EXPECT_GT(open("jobs").object, first);
}

TEST_F(BrokerTest, TheListIsInTheOrderOfNamesAndContinuesBehindOne)
{
    for (const char* name : {"c", "a", "d", "b"}) open(name);
    EXPECT_EQ(names("", 3), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(names("c", 3), (std::vector<std::string>{"d"}));
    EXPECT_EQ(names("bb", 1), (std::vector<std::string>{"c"}));
    EXPECT_TRUE(names("d", 3).empty());
}

TEST_F(BrokerTest, RemoveEndsWhatWaitsAndTellsWhatItDropped)
{
    open("jobs", Mode::or_create, 2);
    Queue& jobs = queue("jobs");
    put(jobs, {1, 1, 3});
    jobs.join({2, 1, 1}, base::no_deadline, out);
    out.clear();

    EXPECT_EQ(broker.remove("jobs", out), 2u);
    ASSERT_EQ(out.size(), 2u);
    EXPECT_EQ(out[0].who, (Ticket{1, 3, 1}));
    EXPECT_EQ(out[0].outcome, Outcome::closed);
    EXPECT_EQ(out[1].who, (Ticket{2, 1, 1}));
    EXPECT_EQ(out[1].outcome, Outcome::closed);
    EXPECT_EQ(broker.remove("jobs", out), std::nullopt);
}

TEST_F(BrokerTest, RemoveTakesItsDeadlinesAlong)
{
    queue("jobs").get({1, 1, 5}, credit, start, out);
    EXPECT_EQ(broker.next_deadline(), start);
    broker.remove("jobs", out);
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
}

TEST_F(BrokerTest, DeadlinesOfAllQueuesPassInTheirOrder)
{
    queue("a").get({1, 1, 1}, credit, start + 2s, out);
    queue("b").get({2, 1, 1}, credit, start + 1s, out);
    queue("c").get({3, 1, 1}, credit, start + 3s, out);
    queue("c").get({4, 1, 1}, credit, base::no_deadline, out);
    EXPECT_EQ(broker.next_deadline(), start + 1s);

    broker.expire(start + 2s, out);
    ASSERT_EQ(out.size(), 2u);
    EXPECT_EQ(out[0].who.session, 2u);
    EXPECT_EQ(out[1].who.session, 1u);
    EXPECT_EQ(out[1].outcome, Outcome::empty);
    EXPECT_EQ(broker.next_deadline(), start + 3s);
}

TEST_F(BrokerTest, EqualDeadlinesPassInTheOrderOfArrival)
{
    for (const SessionId session : {5u, 3u, 4u}) {
        queue(session == 3 ? "a" : "b").get({session, 1, 1}, credit, start, out);
    }
    broker.expire(start, out);
    ASSERT_EQ(out.size(), 3u);
    EXPECT_EQ(out[0].who.session, 5u);
    EXPECT_EQ(out[1].who.session, 3u);
    EXPECT_EQ(out[2].who.session, 4u);
}

TEST_F(BrokerTest, OperationsThatExpireTogetherAreOneCompletion)
{
    Queue& jobs = queue("jobs");
    jobs.get({1, 1, 2}, credit, start, out);
    jobs.get({1, 3, 1}, credit, start + 1s, out);
    broker.expire(start + 1s, out);
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(out[0].who, (Ticket{1, 1, 3}));
}

}  // namespace
}  // namespace penstock::core
