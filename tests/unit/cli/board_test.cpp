#include "client/cli/board.hpp"

#include "tests/unit/cli/readings.hpp"

#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace penstock::cli {
namespace {

using namespace std::chrono_literals;

Rates rates_of(const Board& board, const char* name)
{
    const Board::Queue* const queue = board.queue_called(name);
    if (queue == nullptr) return {-2, -2};
    return board.rates_of(*queue).value_or(Rates{-1, -1});
}

TEST(Board, KnowsNoRatesAfterOneReading)
{
    Board board;
    board.take(reading_of(10s, {row_of(1, "jobs", 100, 50)}, true));
    EXPECT_EQ(rates_of(board, "jobs").in, -1);
    EXPECT_FALSE(board.rates());
}

TEST(Board, MakesRatesOfTwoTotalsAndTheBrokersTimeBetweenThem)
{
    Board board;
    board.take(reading_of(10s, {row_of(1, "jobs", 100, 50)}, true));
    board.take(reading_of(12s, {row_of(1, "jobs", 300, 60)}));
    EXPECT_DOUBLE_EQ(rates_of(board, "jobs").in, 100);
    EXPECT_DOUBLE_EQ(rates_of(board, "jobs").out, 5);
}

TEST(Board, MakesTheRatesOfTheWholeBrokerInTheSameWay)
{
    Board board;
    Reading first = reading_of(10s, {}, true);
    first.broker.put_total = 1000;
    Reading second = reading_of(14s, {});
    second.broker.put_total = 1400;
    second.broker.get_total = 40;
    board.take(std::move(first));
    board.take(std::move(second));
    ASSERT_TRUE(board.rates());
    EXPECT_DOUBLE_EQ(board.rates()->in, 100);
    EXPECT_DOUBLE_EQ(board.rates()->out, 10);
}

// So many aren't added up afresh for each who asks.
TEST(Board, AddsUpTheRowsWhereTheBrokersOwnTotalsMayBeOld)
{
    std::vector<QueueRow> rows;
    for (std::uint64_t i = 1; i <= 1001; ++i) rows.push_back(row_of(i, std::to_string(i), 5));
    Board board;
    board.take(reading_of(10s, rows, true));
    board.take(reading_of(12s, {row_of(1, "1", 105), row_of(1001, "1001", 25, 10)}));
    ASSERT_TRUE(board.rates());
    EXPECT_DOUBLE_EQ(board.rates()->in, 60);
    EXPECT_DOUBLE_EQ(board.rates()->out, 5);
}

// Readings that never came make the time longer and the gain larger.
TEST(Board, IsNotMisledByReadingsThatWereMissed)
{
    Board board;
    board.take(reading_of(10s, {row_of(1, "jobs", 0)}, true));
    board.take(reading_of(70s, {row_of(1, "jobs", 600)}));
    EXPECT_DOUBLE_EQ(rates_of(board, "jobs").in, 10);
}

TEST(Board, SaysZeroOfAQueueThatNoReadingMentions)
{
    Board board;
    board.take(reading_of(10s, {row_of(1, "jobs", 100)}, true));
    board.take(reading_of(11s, {row_of(1, "jobs", 200)}));
    board.take(reading_of(12s, {}));
    EXPECT_DOUBLE_EQ(rates_of(board, "jobs").in, 0);
}

// It was at rest for 8 s: the gain since then is the last second's.
TEST(Board, CountsAQueueThatMovesAgainFromTheReadingBefore)
{
    Board board;
    board.take(reading_of(1s, {row_of(1, "jobs", 100)}, true));
    for (auto at = 2s; at < 10s; ++at) board.take(reading_of(at, {}));
    board.take(reading_of(10s, {row_of(1, "jobs", 150)}));
    EXPECT_DOUBLE_EQ(rates_of(board, "jobs").in, 50);
}

TEST(Board, TakesARowThatComesTwiceInAReadingOnce)
{
    Board board;
    board.take(reading_of(10s, {row_of(1, "jobs", 100)}, true));
    Reading reading = reading_of(11s, {row_of(1, "jobs", 150)});
    reading.queues.push_back(reading_of(12s, {row_of(1, "jobs", 200)}).queues[0]);
    board.take(std::move(reading));
    EXPECT_DOUBLE_EQ(rates_of(board, "jobs").in, 50) << "100 items in 2 s";
}

TEST(Board, CountsANewQueueFromZeroAndAnotherOneNotAtAll)
{
    Board board;
    board.take(reading_of(10s, {}, true));
    QueueRow created = row_of(1, "new", 30);
    created.stat.created = 11s;
    QueueRow old = row_of(2, "old", 1000000);
    old.stat.created = 5s;
    board.take(reading_of(12s, {created, old}));
    EXPECT_DOUBLE_EQ(rates_of(board, "new").in, 15);
    EXPECT_EQ(rates_of(board, "old").in, -1) << "its total before is not known";
}

TEST(Board, DropsWhatWasRemovedThoughAnotherQueueHasTheNameNow)
{
    Board board;
    board.take(reading_of(10s, {row_of(1, "jobs", 7), row_of(2, "other")}, true));
    Reading reading = reading_of(11s, {row_of(3, "jobs", 5)});
    reading.queues[0].removed = {1};
    board.take(std::move(reading));
    EXPECT_EQ(board.queues().size(), 2u);
    EXPECT_EQ(board.queue_called("jobs")->row.stat.object, 3u);
    EXPECT_EQ(board.queue_called("nobody"), nullptr);
}

TEST(Board, ForgetsAllRowsBeforeAPageFromTheStartButNotTheirTotals)
{
    Board board;
    board.take(reading_of(10s, {row_of(1, "jobs", 100), row_of(2, "gone")}, true));
    board.take(reading_of(11s, {row_of(1, "jobs", 140)}, true));
    EXPECT_EQ(board.queues().size(), 1u);
    EXPECT_DOUBLE_EQ(rates_of(board, "jobs").in, 40);
}

TEST(Board, BeginsAnewWithAnotherBroker)
{
    Board board;
    EXPECT_FALSE(board.take(reading_of(100s, {row_of(1, "jobs", 500)}, true)));
    Reading other = reading_of(2s, {row_of(1, "jobs", 3)}, true);
    other.broker.boot[0] = std::byte{2};
    EXPECT_TRUE(board.take(std::move(other)));
    EXPECT_EQ(board.queues().size(), 1u);
    EXPECT_EQ(rates_of(board, "jobs").in, -1) << "500 items before are another queue's";
    EXPECT_EQ(board.since().boot[0], std::byte{2});
}

TEST(Board, GoesOnFromTheVersionOfTheLastPage)
{
    Board board;
    Reading reading = reading_of(1s, {}, true);
    reading.queues.push_back(reading_of(7s, {}).queues[0]);
    Changes<ConnectionStat> connections;
    connections.version = 42;
    reading.connections.push_back(connections);
    board.take(std::move(reading));
    EXPECT_EQ(board.since().queues, 7000u);
    EXPECT_EQ(board.since().connections, 42u);
    EXPECT_EQ(board.uptime(), Duration(7s));
}

TEST(Board, FindsTheConnectionOfASessionAsLongAsItIsThere)
{
    Board board;
    ConnectionStat connection;
    connection.id = 5;
    connection.session = 9;
    connection.client = "worker";
    Reading reading = reading_of(1s, {}, true);
    Changes<ConnectionStat> page;
    page.rows.push_back(connection);
    reading.connections.push_back(page);
    board.take(std::move(reading));
    ASSERT_NE(board.session(9), nullptr);
    EXPECT_EQ(board.session(9)->client, "worker");
    EXPECT_EQ(board.session(5), nullptr) << "that is its id";
    EXPECT_EQ(board.session(0), nullptr);

    Reading later = reading_of(2s, {});
    later.connections.emplace_back().removed = {5};
    board.take(std::move(later));
    EXPECT_EQ(board.session(9), nullptr);
}

TEST(Board, MeasuresAgesAtTheBrokersLastWord)
{
    Board board;
    board.take(reading_of(10s, {}, true));
    EXPECT_EQ(board.age_of(4s), Duration(6s));
    EXPECT_EQ(board.age_of(11s), Duration(0s)) << "nothing is younger than now";
}

}  // namespace
}  // namespace penstock::cli
