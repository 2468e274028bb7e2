#include "client/cli/watch_view.hpp"

#include "tests/unit/cli/readings.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <string>

namespace penstock::cli {
namespace {

using namespace std::chrono_literals;

constexpr Size size{100, 30};

ConnectionStat connection_of(std::uint64_t session, const char* client, const char* address)
{
    ConnectionStat connection;
    connection.id = session;
    connection.session = session;
    connection.client = client;
    connection.address = address;
    return connection;
}

QueueRow full_queue()
{
    QueueRow row = row_of(1, "jobs", 100, 90);
    row.stat.maxsize = 10;
    row.stat.oldest = 58s;
    row.stat.created = 40s;
    row.stat.putters = 20;
    row.stat.producers = 3;
    row.stat.consumers = 1;
    row.waits.push_back({WaitKind::put, 7, 3, Duration(58s)});
    row.parties.push_back({7, 3, 0});
    row.parties.push_back({8, 0, 1});
    return row;
}

class WatchViewTest : public testing::Test {
protected:
    void take(std::chrono::milliseconds uptime, std::vector<QueueRow> rows)
    {
        Reading reading = reading_of(uptime, std::move(rows), first_);
        if (first_) {
            Changes<ConnectionStat> page;
            page.rows = {connection_of(7, "worker-1", "tcp:10.0.0.7:51234"),
                         connection_of(8, "", "unix:pid=4711,uid=1000")};
            reading.connections.push_back(page);
        }
        first_ = false;
        board_.take(std::move(reading));
        view_.took(board_);
    }

    Lines lines() { return view_.lines(board_, link_, size); }
    std::string text() { return view_.text(board_, link_); }

    bool first_ = true;
    Board board_;
    Link link_;
    WatchView view_{"jobs", "unix:/run/penstock.sock"};
};

TEST_F(WatchViewTest, ShowsHowFullTheQueueIsAndSinceWhen)
{
    take(100s, {full_queue()});
    EXPECT_EQ(line_with(lines(), "state"), "state       full");
    EXPECT_NE(line_with(lines(), "depth").find("[####"), std::string::npos);
    EXPECT_EQ(line_with(lines(), "depth").find('-'), std::string::npos) << "a full bar";
    EXPECT_NE(line_with(lines(), "depth").find("10 of 10 items"), std::string::npos);
    EXPECT_EQ(line_with(lines(), "oldest"), "oldest      waits for 42 s");
    EXPECT_NE(line_with(lines(), "totals").find("100 put, 90 got, since it was created 1 min ago"),
              std::string::npos);
}

TEST_F(WatchViewTest, NamesWhoWaitsAndForHowLong)
{
    take(100s, {full_queue()});
    EXPECT_NE(line_with(lines(), "3 puts of worker-1 (tcp:10.0.0.7:51234) for 42 s"), "");
    EXPECT_NE(line_with(lines(), "and 17 more"), "") << "it is told of 16 sessions at most";
}

TEST_F(WatchViewTest, NamesWhoProducesAndConsumes)
{
    take(100s, {full_queue()});
    EXPECT_NE(line_with(lines(), "worker-1 (tcp:10.0.0.7:51234): 3 producing"), "");
    EXPECT_NE(line_with(lines(), "session 8 (unix:pid=4711,uid=1000): 1 consuming"), "");
}

TEST_F(WatchViewTest, ShowsOneMarkForTheFirstItemAndAGapForTheLast)
{
    QueueRow row = row_of(1, "jobs", 1);
    row.stat.maxsize = 100000;
    take(100s, {row});
    EXPECT_NE(line_with(lines(), "depth").find("[#--"), std::string::npos);
    row.stat.ready = 99999;
    take(101s, {row});
    EXPECT_NE(line_with(lines(), "depth").find("#-]"), std::string::npos);
}

TEST_F(WatchViewTest, WaitsForAQueueThatIsNotThereYet)
{
    take(100s, {row_of(2, "others")});
    EXPECT_NE(line_with(lines(), "there is no such queue yet"), "");
    take(101s, {full_queue()});
    EXPECT_EQ(line_with(lines(), "there is no such queue yet"), "");
    Reading reading = reading_of(102s, {});
    reading.queues[0].removed = {1};
    board_.take(std::move(reading));
    EXPECT_NE(line_with(lines(), "the queue was removed"), "");
}

TEST_F(WatchViewTest, ScrollsWhereTheScreenIsTooSmall)
{
    take(100s, {full_queue()});
    const Size small{80, 8};
    EXPECT_NE(line_with(view_.lines(board_, link_, small), "state"), "");
    EXPECT_TRUE(view_.press({Key::end, 0}));
    const Lines end = view_.lines(board_, link_, small);
    EXPECT_EQ(line_with(end, "state"), "");
    EXPECT_NE(line_with(end, "session 8"), "");
    EXPECT_TRUE(view_.press({Key::up, 0}));
    EXPECT_TRUE(view_.press({Key::home, 0}));
    EXPECT_NE(line_with(view_.lines(board_, link_, small), "state"), "");
}

TEST_F(WatchViewTest, HoldsThePictureWhileItIsPaused)
{
    take(100s, {full_queue()});
    EXPECT_TRUE(view_.press({Key::character, 'p'}));
    (void)lines();
    take(101s, {row_of(1, "jobs", 200, 200)});
    EXPECT_NE(line_with(lines(), "100 put"), "");
    EXPECT_NE(line_with(lines(), "PAUSED, 1 reading held back"), "");
    EXPECT_FALSE(view_.press({Key::character, 'q'}));
}

TEST_F(WatchViewTest, PrintsALineOnlyWhenSomethingChanged)
{
    take(100s, {full_queue()});
    const std::string first = text();
    EXPECT_TRUE(first.starts_with("STATE        DEPTH/MAX")) << first;
    EXPECT_NE(first.find("\nfull             10/10    42 s"), std::string::npos) << first;
    EXPECT_NE(first.find("3 puts of worker-1 (tcp:10.0.0.7:51234) for 42 s\n"), std::string::npos);
    take(101s, {});
    EXPECT_EQ(text(), "") << "that they wait longer is no change";
    QueueRow changed = full_queue();
    ++changed.stat.get_total;
    take(102s, {changed});
    EXPECT_TRUE(text().starts_with("full ")) << "without a heading";
    take(103s, {});
    EXPECT_TRUE(text().starts_with("full ")) << "it has stopped to move";
    take(104s, {});
    EXPECT_EQ(text(), "");
}

TEST_F(WatchViewTest, SaysInTextWhatBecomesOfTheQueue)
{
    take(100s, {});
    EXPECT_EQ(text(), "there is no queue 'jobs' yet; waiting for it\n");
    take(101s, {});
    EXPECT_EQ(text(), "");
    take(102s, {full_queue()});
    EXPECT_NE(text(), "");
    Reading reading = reading_of(103s, {});
    reading.queues[0].removed = {1};
    board_.take(std::move(reading));
    EXPECT_EQ(text(), "the queue 'jobs' was removed; waiting for one\n");
}

TEST_F(WatchViewTest, TellsThatItReconnectsOnceAndThenTheGap)
{
    take(100s, {full_queue()});
    (void)text();
    link_.state = Link::State::reconnecting;
    link_.age = 1s;
    link_.why = "disconnected";
    EXPECT_EQ(text(), "reconnecting, no data for 1.0 s: disconnected\n");
    link_.age = 2s;
    EXPECT_EQ(text(), "");
    link_ = Link();
    link_.gap = Link::Gap{3200ms, false, 0s, 1};
    const std::string after = text();
    EXPECT_TRUE(after.starts_with("no data for 3.2 s\nfull ")) << after;
}

TEST_F(WatchViewTest, TellsAllOfItInJson)
{
    take(100s, {full_queue()});
    const auto document = view_.document(board_, link_);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->at("name"), "jobs");
    EXPECT_EQ(document->at("connection"), "live");
    EXPECT_EQ(document->at("queue").at("state"), "full");
    EXPECT_EQ(document->at("queue").at("oldest_ms"), 42000);
    const auto& wait = document->at("waits").as_array().at(0);
    EXPECT_EQ(wait.at("waits_for"), "put");
    EXPECT_EQ(wait.at("waiting_ms"), 42000);
    EXPECT_EQ(wait.at("client"), "worker-1");
    EXPECT_EQ(document->at("parties").as_array().at(1).at("address"), "unix:pid=4711,uid=1000");
    EXPECT_FALSE(view_.document(board_, link_)) << "nothing has changed";
}

}  // namespace
}  // namespace penstock::cli
