#include "tests/unit/bridge/readings.hpp"

#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

const TimePoint start{};

TEST(Mirror, EachReadingIsAVersionAndRowsKeepTheOneTheyChangedIn)
{
    FakeBroker broker;
    Mirror mirror("b1");
    EXPECT_EQ(mirror.version(), 0u);
    mirror.take(broker.reading({queue_row(1, "a"), queue_row(2, "b")}), start, wall_ms, "");
    mirror.take(broker.reading({queue_row(2, "b", 5)}), start, wall_ms, "");
    EXPECT_EQ(mirror.version(), 2u);
    EXPECT_EQ(mirror.queues().rows().at(1).changed, 1u);
    EXPECT_EQ(mirror.queues().rows().at(2).changed, 2u);
    EXPECT_EQ(mirror.queue_called("b")->stat.ready, 5u);
}

TEST(Mirror, MomentsAreMillisecondsOfTheCalendarAndStayWhenTheClockIsSet)
{
    FakeBroker broker;
    Mirror mirror("b1");
    mirror.take(broker.reading({}), start, wall_ms, "");
    EXPECT_EQ(mirror.start_ms(), wall_ms - 100'000);
    EXPECT_EQ(mirror.moment_ms(40s), wall_ms - 60'000);
    mirror.take(broker.reading({}), start, wall_ms + 3'600'000, "");
    EXPECT_EQ(mirror.moment_ms(40s), wall_ms - 60'000);
}

TEST(Mirror, ARemovedQueueLeavesATombstoneAndItsNameToTheNext)
{
    FakeBroker broker;
    Mirror mirror("b1");
    mirror.take(broker.reading({queue_row(1, "a")}), start, wall_ms, "");
    mirror.take(broker.reading({queue_row(7, "a")}, {1}), start, wall_ms, "");
    EXPECT_EQ(mirror.queue_called("a")->stat.object, 7u);
    EXPECT_EQ(mirror.queues().removed_since(1), std::vector<std::uint64_t>{1});
    EXPECT_TRUE(mirror.queues().removed_since(2).empty());
}

TEST(Mirror, AnAnswerFromTheStartDropsWhatItDoesNotName)
{
    FakeBroker broker;
    Mirror mirror("b1");
    mirror.take(broker.reading({queue_row(1, "a"), queue_row(2, "b")}), start, wall_ms, "");
    Reading again = broker.reading({queue_row(2, "b")}, {}, true);
    Changes<QueueRow> second;  // the next page of the same answer
    second.rows.push_back(queue_row(3, "c"));
    again.queues.push_back(std::move(second));
    mirror.take(std::move(again), start, wall_ms, "");
    EXPECT_EQ(mirror.queue_called("a"), nullptr);
    EXPECT_NE(mirror.queue_called("b"), nullptr);
    EXPECT_NE(mirror.queue_called("c"), nullptr);
}

TEST(Mirror, AnotherBootForgetsAllAndGetsAnotherName)
{
    FakeBroker broker;
    Mirror mirror("b1");
    mirror.take(broker.reading({queue_row(1, "a")}), start, wall_ms, "");
    broker.restart();
    EXPECT_TRUE(mirror.take(broker.reading({}), start, wall_ms, "b2"));
    EXPECT_EQ(mirror.boot(), "b2");
    EXPECT_TRUE(mirror.queues().rows().empty());
    EXPECT_EQ(mirror.resume("b1", 1), Resume::boot);
    EXPECT_EQ(mirror.start_ms(), wall_ms - 1000);
}

TEST(Mirror, AReaderFromBeforeTheOldestTombstoneHasToBeginAgain)
{
    FakeBroker broker;
    Mirror mirror("b1");
    mirror.take(broker.reading({queue_row(1, "a")}), start, wall_ms, "");
    mirror.take(broker.reading({}, {1}), start, wall_ms, "");
    EXPECT_EQ(mirror.resume("b1", 1), Resume::delta);
    mirror.take(broker.reading({}), start + tombstone_age_max + 1s, wall_ms, "");
    EXPECT_EQ(mirror.resume("b1", 1), Resume::horizon);
    EXPECT_EQ(mirror.resume("b1", 2), Resume::delta);
    EXPECT_EQ(mirror.resume("b1", 99), Resume::boot);
}

TEST(Mirror, TombstonesAreBounded)
{
    FakeBroker broker;
    Mirror mirror("b1");
    for (std::uint64_t id = 1; id <= tombstones_max + 10; ++id) {
        mirror.take(broker.reading({queue_row(id, "a")}), start, wall_ms, "");
        mirror.take(broker.reading({}, {id}), start, wall_ms, "");
    }
    EXPECT_EQ(mirror.queues().removed_since(0).size(), tombstones_max);
    EXPECT_EQ(mirror.resume("b1", 2), Resume::horizon);
}

TEST(Mirror, WhoWaitsIsARowThatGoesWhenTheWaitIsOver)
{
    FakeBroker broker;
    Mirror mirror("b1");
    QueueRow row = queue_row(1, "a");
    row.waits = {{WaitKind::get, 5, 1, 90s}, {WaitKind::put, 6, 2, 91s}};
    mirror.take(broker.session(5, "w").reading({row}), start, wall_ms, "");
    ASSERT_EQ(mirror.waits().rows().size(), 2u);
    row.waits.pop_back();
    mirror.take(broker.reading({row}), start, wall_ms, "");
    ASSERT_EQ(mirror.waits().rows().size(), 1u);
    EXPECT_EQ(mirror.waits().rows().begin()->second.changed, 1u);  // it goes on
    mirror.take(broker.reading({}, {1}), start, wall_ms, "");
    EXPECT_TRUE(mirror.waits().rows().empty());
}

TEST(Mirror, ASessionIsFoundUntilItsConnectionHasNoneAnyMore)
{
    FakeBroker broker;
    Mirror mirror("b1");
    mirror.take(broker.session(5, "worker").reading({}), start, wall_ms, "");
    EXPECT_EQ(mirror.name_of_session(5), "worker");
    Reading ended = broker.reading({});
    ConnectionStat closing = connection_of(5, "worker");
    closing.session = 0;
    ended.connections.front().rows.push_back(closing);
    mirror.take(std::move(ended), start, wall_ms, "");
    EXPECT_EQ(mirror.session(5), nullptr);
    EXPECT_EQ(mirror.name_of_session(5), "session 5");
}

TEST(Mirror, OverTcpASessionIsNamedWithWhereItIs)
{
    FakeBroker broker;
    Mirror mirror("b1");
    Reading reading = broker.reading({});
    ConnectionStat connection = connection_of(5, "worker");
    connection.address = "tcp:10.0.0.7:51234";
    reading.connections.front().rows.push_back(connection);
    mirror.take(std::move(reading), start, wall_ms, "");
    EXPECT_EQ(mirror.name_of_session(5), "worker (10.0.0.7:51234)");
}

TEST(Mirror, EventsComeOnceAndTheLast500Stay)
{
    FakeBroker broker;
    Mirror mirror("b1");
    for (std::uint64_t i = 0; i < events_kept_max + 5; ++i) {
        Reading reading = broker.reading({});
        for (const std::uint64_t number : {i, i + 1}) {  // the one before again
            if (number != 0) reading.events.events.push_back({number, "info", "x", 1s, {}});
        }
        mirror.take(std::move(reading), start, wall_ms, "");
    }
    EXPECT_EQ(mirror.events().size(), events_kept_max);
    EXPECT_EQ(mirror.events().back().event.number, events_kept_max + 5);
    EXPECT_EQ(mirror.events().front().event.number, 6u);
}

TEST(Mirror, MoreRowsThanItKeepsAreCountedAndComeWhenThereIsRoom)
{
    FakeBroker broker;
    Mirror mirror("b1");
    std::vector<QueueRow> rows;
    for (std::uint64_t id = 1; id <= rows_kept_max + 2; ++id) {
        rows.push_back(queue_row(id, "q" + std::to_string(id)));
    }
    mirror.take(broker.reading(rows), start, wall_ms, "");
    EXPECT_EQ(mirror.queues().rows().size(), rows_kept_max);
    EXPECT_EQ(mirror.queues().left_out(), 2u);
    mirror.take(broker.reading({}, {1}), start, wall_ms, "");
    mirror.take(broker.reading({rows.back()}), start, wall_ms, "");
    EXPECT_EQ(mirror.queues().left_out(), 1u);
    EXPECT_NE(mirror.queue_called(rows.back().stat.name), nullptr);
}

}  // namespace

}  // namespace penstock::bridge
