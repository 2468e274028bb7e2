#include "client/cli/top_view.hpp"

#include "tests/unit/cli/readings.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace penstock::cli {
namespace {

using namespace std::chrono_literals;

constexpr Size size{100, 15};  // ten rows

Link live()
{
    Link link;
    link.age = 400ms;
    return link;
}

class TopViewTest : public testing::Test {
protected:
    TopViewTest() { board_.take(reading_of(90061s, queues(25), true)); }

    static std::vector<QueueRow> queues(std::uint64_t count)
    {
        std::vector<QueueRow> rows;
        for (std::uint64_t i = 1; i <= count; ++i) {
            rows.push_back(row_of(i, (i < 10 ? "queue0" : "queue") + std::to_string(i), i));
        }
        return rows;
    }

    bool type(const std::string& text)
    {
        for (const char c : text) {
            if (!view_.press({Key::character, c})) return false;
        }
        return true;
    }
    void press(Key key) { EXPECT_TRUE(view_.press({key, 0})); }

    Lines lines() { return view_.lines(board_, live(), size); }
    /// The names of the rows on the screen.
    std::vector<std::string> shown()
    {
        std::vector<std::string> names;
        for (const std::string& text : texts_of(lines())) {
            if (text.starts_with("queue")) names.push_back(text.substr(0, text.find(' ')));
        }
        return names;
    }
    std::string footer() { return text_of(lines().back()); }
    std::string notice() { return text_of(lines()[2]); }

    Board board_;
    TopView view_{"unix:/run/penstock.sock", {}, ""};
};

TEST_F(TopViewTest, SaysWhichBrokerItIsAndHowFreshTheFiguresAre)
{
    const std::string title = text_of(lines()[0]);
    EXPECT_NE(title.find("penstockd 1.2.3 at unix:/run/penstock.sock, up 1 d 1 h"),
              std::string::npos)
        << title;
    EXPECT_TRUE(title.ends_with("live, 0.4 s old")) << title;
}

TEST_F(TopViewTest, FillsTheScreenAndNoMore)
{
    EXPECT_EQ(lines().size(), size.height);
    EXPECT_EQ(shown().size(), 10u);
    EXPECT_EQ(shown().front(), "queue25");
    EXPECT_NE(footer().find("1-10 of 25"), std::string::npos) << footer();
}

TEST_F(TopViewTest, ScrollsByLinesPagesAndToTheEnds)
{
    (void)lines();
    press(Key::down);
    EXPECT_EQ(shown().front(), "queue24");
    press(Key::page_down);
    EXPECT_EQ(shown().front(), "queue14");
    press(Key::page_down);
    EXPECT_EQ(shown().back(), "queue01") << "not beyond the end";
    EXPECT_EQ(shown().size(), 10u);
    press(Key::up);
    EXPECT_EQ(shown().back(), "queue02");
    press(Key::home);
    EXPECT_EQ(shown().front(), "queue25");
    press(Key::up);
    EXPECT_EQ(shown().front(), "queue25");
    press(Key::end);
    EXPECT_EQ(shown().back(), "queue01");
}

TEST_F(TopViewTest, StaysWithinTheRowsWhenTheyBecomeFewer)
{
    (void)lines();
    press(Key::end);
    board_.take(reading_of(90062s, queues(3), true));
    EXPECT_EQ(shown().size(), 3u);
}

TEST_F(TopViewTest, SortsByTheNextColumnOrTheOneBeforeOrTheOtherWayRound)
{
    EXPECT_NE(footer().find("by depth"), std::string::npos);
    EXPECT_TRUE(type("S"));
    EXPECT_NE(footer().find("by state"), std::string::npos);
    EXPECT_TRUE(type("<"));
    EXPECT_NE(footer().find("by name"), std::string::npos);
    EXPECT_EQ(shown().front(), "queue01");
    EXPECT_TRUE(type("r"));
    EXPECT_EQ(shown().front(), "queue25");
    EXPECT_NE(footer().find("by name, reversed"), std::string::npos);
    EXPECT_TRUE(type("s>"));
    EXPECT_NE(footer().find("by depth"), std::string::npos);
}

TEST_F(TopViewTest, FiltersWhileOneTypes)
{
    EXPECT_TRUE(type("/queue1"));
    EXPECT_EQ(shown().size(), 10u);
    EXPECT_EQ(shown().front(), "queue19");
    EXPECT_NE(footer().find("filter: queue1_"), std::string::npos) << footer();
    press(Key::backspace);
    EXPECT_TRUE(type("0q"));
    EXPECT_EQ(shown().size(), 0u) << "q is a letter here";
    press(Key::backspace);
    press(Key::enter);
    EXPECT_EQ(shown().size(), 9u);
    EXPECT_NE(footer().find("filter 'queue0': 9 of 25"), std::string::npos) << footer();
    EXPECT_TRUE(type("/"));
    press(Key::escape);
    EXPECT_EQ(shown().front(), "queue25");
    EXPECT_FALSE(type("q"));
}

TEST_F(TopViewTest, HoldsThePictureWhileItIsPausedAndCountsTheReadings)
{
    EXPECT_TRUE(type("p"));
    EXPECT_EQ(notice(), "PAUSED, 0 readings held back");
    for (int i = 1; i <= 2; ++i) {
        board_.take(reading_of(90061s + i * 1s, {row_of(99, "queue99", 1000)}));
        view_.took(board_);
    }
    EXPECT_EQ(shown().front(), "queue25");
    EXPECT_EQ(notice(), "PAUSED, 2 readings held back");
    EXPECT_TRUE(type(" "));
    EXPECT_EQ(shown().front(), "queue99");
    EXPECT_EQ(notice(), "");
}

TEST_F(TopViewTest, CanBeSortedAndScrolledWhileItIsPaused)
{
    EXPECT_TRUE(type("p"));
    (void)lines();
    press(Key::end);
    EXPECT_EQ(shown().back(), "queue01");
    EXPECT_TRUE(type("r"));
    EXPECT_EQ(shown().back(), "queue25");
}

TEST_F(TopViewTest, ExplainsItsKeysUntilAnyOfThemIsPressed)
{
    EXPECT_TRUE(type("?"));
    EXPECT_NE(line_with(lines(), "sort by the next column"), "");
    EXPECT_TRUE(type("q")) << "that leaves only the help";
    EXPECT_EQ(shown().size(), 10u);
}

TEST_F(TopViewTest, SaysThatItReconnectsAndKeepsTheLastFigures)
{
    Link link;
    link.state = Link::State::reconnecting;
    link.age = 3200ms;
    link.tries = 7;
    link.why = "no broker\n\x1b[2J";
    const Lines lines = view_.lines(board_, link, size);
    EXPECT_TRUE(text_of(lines[0]).ends_with("reconnecting, no data for 3.2 s"));
    EXPECT_EQ(text_of(lines[2]), "after 7 tries: no broker\\n\\x1b[2J")
        << "nothing in it drives the terminal";
    EXPECT_NE(line_with(lines, "queue25"), "");
}

TEST_F(TopViewTest, TellsOfAGapForAWhile)
{
    Link link = live();
    link.gap = Link::Gap{3200ms, true, 1s, 2};
    EXPECT_EQ(text_of(view_.lines(board_, link, size)[2]),
              "no data for 3.2 s: the broker was restarted, until 1.0 s ago");
    link.gap->ago = 11s;
    EXPECT_EQ(text_of(view_.lines(board_, link, size)[2]), "");
}

TEST_F(TopViewTest, TellsOfAGapInTextAndJsonOnce)
{
    Link link = live();
    link.gap = Link::Gap{3200ms, false, 0s, 1};
    EXPECT_TRUE(view_.text(board_, link).starts_with("no data for 3.2 s\n"));
    EXPECT_EQ(view_.document(board_, link)->at("gap_ms"), 3200);
    EXPECT_EQ(view_.document(board_, link)->at("restarted"), false);
    link.gap->readings = 2;
    EXPECT_TRUE(view_.text(board_, link).starts_with("penstockd"));
    EXPECT_EQ(view_.document(board_, link)->contains("gap_ms"), false);
}

TEST_F(TopViewTest, PrintsNoFiguresThatAreNotFresh)
{
    Link link;
    link.state = Link::State::reconnecting;
    link.age = 3200ms;
    link.why = "refused";
    EXPECT_EQ(view_.text(board_, link), "reconnecting, no data for 3.2 s: refused\n");
    const auto document = view_.document(board_, link);
    EXPECT_EQ(document->at("connection"), "reconnecting");
    EXPECT_EQ(document->at("age_ms"), 3200);
    EXPECT_FALSE(document->contains("queues"));
}

TEST_F(TopViewTest, PrintsRatesAsNumbersOnceItKnowsThem)
{
    auto queues_of = [this] { return view_.document(board_, live())->at("queues").as_array(); };
    EXPECT_TRUE(queues_of()[0].at("in_per_s").is_null());
    board_.take(reading_of(90063s, {row_of(25, "queue25", 45)}));
    EXPECT_EQ(queues_of()[0].at("in_per_s"), 10.0);
    EXPECT_EQ(queues_of()[0].at("state"), "ready");
    EXPECT_EQ(queues_of()[1].at("in_per_s"), 0.0);
}

TEST_F(TopViewTest, FitsIntoAnyScreen)
{
    for (std::size_t height = 1; height < 20; ++height) {
        for (const std::size_t width : {0u, 1u, 20u, 80u}) {
            const Lines lines = view_.lines(board_, live(), {width, height});
            EXPECT_LE(lines.size(), std::max<std::size_t>(height, 6));
        }
    }
}

}  // namespace
}  // namespace penstock::cli
