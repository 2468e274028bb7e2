#include "client/cli/queue_table.hpp"

#include "client/cli/text.hpp"
#include "tests/unit/cli/readings.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace penstock::cli {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> names_of(const QueueRows& rows)
{
    std::vector<std::string> names;
    for (const Board::Queue* row : rows) names.push_back(row->row.stat.name);
    return names;
}

Board board_of(std::vector<QueueRow> rows)
{
    Board board;
    board.take(reading_of(100s, std::move(rows), true));
    return board;
}

using Names = std::vector<std::string>;

TEST(QueueTable, ShowsTheFullestFirstAndEqualOnesByName)
{
    const Board board =
        board_of({row_of(1, "b", 5), row_of(2, "c", 9), row_of(3, "a", 5), row_of(4, "d", 5)});
    EXPECT_EQ(names_of(select(board, "", {})), (Names{"c", "a", "b", "d"}));
    EXPECT_EQ(names_of(select(board, "", {Column::depth, true})), (Names{"a", "b", "d", "c"}));
}

TEST(QueueTable, SortsNamesFromAToZ)
{
    const Board board = board_of({row_of(1, "b"), row_of(2, "a"), row_of(3, "c")});
    EXPECT_EQ(names_of(select(board, "", {Column::name})), (Names{"a", "b", "c"}));
    EXPECT_EQ(names_of(select(board, "", {Column::name, true})), (Names{"c", "b", "a"}));
}

TEST(QueueTable, SortsByHowLongTheOldestItemWaits)
{
    QueueRow young = row_of(1, "young", 1);
    young.stat.oldest = 99s;
    QueueRow old = row_of(2, "old", 1);
    old.stat.oldest = 5s;
    const Board board = board_of({young, old, row_of(3, "empty")});
    EXPECT_EQ(names_of(select(board, "", {Column::oldest})), (Names{"old", "young", "empty"}));
}

TEST(QueueTable, SortsByTheRate)
{
    Board board = board_of({row_of(1, "slow", 10), row_of(2, "quick", 10), row_of(3, "still", 9)});
    board.take(reading_of(101s, {row_of(1, "slow", 20), row_of(2, "quick", 30)}));
    EXPECT_EQ(names_of(select(board, "", {Column::in})), (Names{"quick", "slow", "still"}));
}

TEST(QueueTable, FiltersByAPartOfTheNameInWhateverCase)
{
    const Board board = board_of({row_of(1, "Mail.out"), row_of(2, "jobs"), row_of(3, "e-mail")});
    EXPECT_EQ(names_of(select(board, "mail", {Column::name})), (Names{"Mail.out", "e-mail"}));
    EXPECT_EQ(names_of(select(board, "MAIL.", {Column::name})), (Names{"Mail.out"}));
    EXPECT_EQ(names_of(select(board, "x", {})), Names{});
}

TEST(QueueTable, EachColumnHasANameAndANeighbour)
{
    Column column = Column::name;
    do {
        EXPECT_EQ(column_called(name_of(column)), column);
        EXPECT_EQ(previous(next(column)), column);
        column = next(column);
    } while (column != Column::name);
    EXPECT_FALSE(column_called("nothing"));
    EXPECT_FALSE(column_called(""));
    EXPECT_EQ(column_names().substr(0, 19), "name, state, depth,");
}

TEST(QueueTable, SaysTheStateInWords)
{
    QueueStat stat;
    EXPECT_EQ(state_word(stat), "empty");
    stat.ready = 3;
    EXPECT_EQ(state_word(stat), "ready");
    stat.maxsize = 3;
    EXPECT_EQ(state_word(stat), "full");
    stat.paused = true;
    EXPECT_EQ(state_word(stat), "paused");
    stat.ended = true;
    EXPECT_EQ(state_word(stat), "ended");
    stat.shut_down = true;
    EXPECT_EQ(state_word(stat), "shut down");
}

std::vector<std::string> table_of(const Board& board, std::size_t width)
{
    return texts_of(table_lines(board, select(board, "", {}), {}, width));
}

TEST(QueueTable, ShowsAllColumnsWhereThereIsRoom)
{
    QueueRow row = row_of(1, "jobs", 1000);
    row.stat.maxsize = 1000;
    row.stat.oldest = 58s;
    row.stat.putters = 3;
    row.stat.producers = 5;
    row.stat.consumers = 8;
    row.stat.ready_bytes = 4 * 1024 * 1024;
    Board board = board_of({row});
    row.stat.put_total += 310;
    row.stat.get_total += 308;
    board.take(reading_of(101s, {row}));
    const auto lines = table_of(board, 200);
    ASSERT_EQ(lines.size(), 2u);
    for (const char* heading : {"NAME",
                                "STATE",
                                "DEPTH/MAX",
                                "OLDEST",
                                "IN/S",
                                "OUT/S",
                                "PUTTERS",
                                "GETTERS",
                                "PRODUCERS",
                                "CONSUMERS",
                                "BYTES"}) {
        EXPECT_NE(lines[0].find(heading), std::string::npos) << heading;
    }
    for (const char* cell : {"jobs", "full", "1000/1000", "43 s", "310", "308", "4.0 MiB"}) {
        EXPECT_NE(lines[1].find(cell), std::string::npos) << cell << " in " << lines[1];
    }
}

TEST(QueueTable, LeavesOutWhatMattersLeastOnANarrowScreen)
{
    const Board board = board_of({row_of(1, "jobs", 3)});
    const auto at_80 = table_of(board, 80);
    EXPECT_NE(at_80[0].find("OUT/S"), std::string::npos) << at_80[0];
    EXPECT_NE(at_80[0].find("PUTTERS"), std::string::npos) << at_80[0];
    EXPECT_EQ(at_80[0].find("BYTES"), std::string::npos);
    const auto at_30 = table_of(board, 30);
    EXPECT_EQ(at_30[0], "NAME                 DEPTH/MAX");
    for (std::size_t width = 0; width < 200; ++width) {
        for (const std::string& line : table_of(board, width)) {
            EXPECT_LE(width_of(line), std::max<std::size_t>(width, 9)) << width;
        }
    }
}

TEST(QueueTable, CutsLongNamesAndNothingElse)
{
    const Board board = board_of({row_of(1, std::string(200, 'x'), 3)});
    const auto lines = table_of(board, 100);
    EXPECT_EQ(width_of(lines[1]), width_of(lines[0]));
    EXPECT_NE(lines[1].find("x...  ready"), std::string::npos) << lines[1];
}

TEST(QueueTable, MarksTheColumnThatItIsSortedBy)
{
    const Board board = board_of({row_of(1, "jobs", 3)});
    const Lines lines = table_lines(board, select(board, "", {}), {Column::state}, 100);
    std::string chosen;
    for (const Span& span : lines[0]) {
        if (span.style == Style::chosen) chosen += span.text;
    }
    EXPECT_EQ(chosen, "STATE    ");
}

TEST(QueueTable, IsText)
{
    const Board board = board_of({row_of(1, "jobs", 3), row_of(2, "x")});
    const std::string text = table_text(board, select(board, "", {}));
    EXPECT_EQ(text,
              "NAME  STATE  DEPTH/MAX  OLDEST  IN/S  OUT/S  PUTTERS  GETTERS  PRODUCERS  "
              "CONSUMERS  BYTES\n"
              "jobs  ready          3       -     -      -        0        0          0          "
              "0    0 B\n"
              "x     empty          0       -     -      -        0        0          0          "
              "0    0 B\n");
}

}  // namespace
}  // namespace penstock::cli
