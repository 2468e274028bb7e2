#include "tests/unit/bridge/readings.hpp"

#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

ViewSpec by(std::string_view column, bool descending = false, Kind kind = Kind::queues)
{
    ViewSpec spec;
    spec.kind = kind;
    spec.column = *column_called(kind, column);
    spec.descending = descending;
    return spec;
}

class ViewsTest : public testing::Test {
protected:
    void take(std::vector<QueueRow> rows, std::vector<std::uint64_t> removed = {})
    {
        mirror_.take(broker_.reading(std::move(rows), std::move(removed)), {}, wall_ms, "");
    }

    FakeBroker broker_;
    Mirror mirror_{"b1"};
    Views views_{mirror_};
};

using Ids = std::vector<std::uint64_t>;

TEST_F(ViewsTest, SortsByAColumnAndEqualOnesById)
{
    take({queue_row(3, "a", 7), queue_row(1, "c", 7), queue_row(2, "b", 9)});
    EXPECT_EQ(views_.page(by("name"))->ids, (Ids{3, 2, 1}));
    EXPECT_EQ(views_.page(by("depth", true))->ids, (Ids{2, 1, 3}));
    EXPECT_EQ(views_.page(by("depth"))->ids, (Ids{1, 3, 2}));
    EXPECT_EQ(views_.page(by("id", true))->ids, (Ids{3, 2, 1}));
}

TEST_F(ViewsTest, FiltersByNameAndCountsAllThatMatch)
{
    take({queue_row(1, "jobs/a"), queue_row(2, "Jobs/b"), queue_row(3, "logs")});
    ViewSpec spec = by("name");
    spec.filter = "JOBS";
    spec.limit = 1;
    EXPECT_EQ(views_.page(spec)->total, 2u);
    EXPECT_EQ(views_.page(spec)->ids, Ids{2});
    spec.offset = 1;
    EXPECT_EQ(views_.page(spec)->ids, Ids{1});
    spec.offset = 9;
    EXPECT_EQ(views_.page(spec)->ids, Ids{});
}

TEST_F(ViewsTest, AWholeViewNamesItsColumnsAndCountersAreCumulative)
{
    QueueRow row = queue_row(1, "a", 2);
    row.stat.maxsize = 2;
    row.stat.put_total = 12;
    row.stat.get_total = 10;
    row.stat.oldest = 40s;
    take({row});
    const std::string text = *views_.whole(by("name"));
    EXPECT_TRUE(text.starts_with(R"({"total":1,"cols":["id","name","state","depth","max","oldest",)"
                                 R"("in","out",)"))
        << text;
    EXPECT_NE(text.find(R"([1,"a","full",2,2,1699999940000,12,10,)"), std::string::npos) << text;
}

TEST_F(ViewsTest, ADeltaHasOnlyTheRowsThatChanged)
{
    take({queue_row(1, "a", 1), queue_row(2, "b", 1)});
    const PagePointer before = views_.page(by("name"));
    take({queue_row(2, "b", 5)});
    const std::string text = *views_.delta(by("name"), *before);
    EXPECT_TRUE(text.starts_with(R"({"up":[[2,"b","ready",5,)")) << text;
    EXPECT_EQ(text.find("order"), std::string::npos);
    EXPECT_EQ(text.find("\"a\""), std::string::npos);
}

TEST_F(ViewsTest, NothingChangedIsNoDelta)
{
    take({queue_row(1, "a", 1)});
    const PagePointer before = views_.page(by("name"));
    take({});
    EXPECT_EQ(views_.delta(by("name"), *before), nullptr);
}

TEST_F(ViewsTest, ARowThatIsGoneIsNamedAndTheOrderIsGiven)
{
    take({queue_row(1, "a"), queue_row(2, "b"), queue_row(3, "c")});
    const PagePointer before = views_.page(by("name"));
    take({}, {2});
    EXPECT_EQ(*views_.delta(by("name"), *before), R"({"total":2,"del":[2],"order":[1,3]})");
}

// It has not changed, but the browser never saw it.
TEST_F(ViewsTest, ARowThatMovesOntoThePageIsSentThoughItDidNotChange)
{
    take({queue_row(1, "a", 9), queue_row(2, "b", 8), queue_row(3, "c", 7)});
    ViewSpec spec = by("depth", true);
    spec.limit = 2;
    const PagePointer before = views_.page(spec);
    take({queue_row(1, "a", 0)});
    const std::string text = *views_.delta(spec, *before);
    EXPECT_TRUE(text.starts_with(R"({"up":[[3,"c",)")) << text;
    EXPECT_NE(text.find(R"("del":[1],"order":[2,3])"), std::string::npos) << text;
}

TEST_F(ViewsTest, BrowsersWithTheSameViewShareOnePiece)
{
    take({queue_row(1, "a", 1)});
    const Page before = *views_.page(by("name"));
    const Page other = before;
    EXPECT_EQ(views_.whole(by("name")).get(), views_.whole(by("name")).get());
    take({queue_row(1, "a", 2)});
    const Piece first = views_.delta(by("name"), before);
    EXPECT_EQ(first.get(), views_.delta(by("name"), other).get());
    EXPECT_EQ(views_.encoded_total(), 2u);
}

TEST_F(ViewsTest, WhatABrowserHadIsRememberedForAWhile)
{
    take({queue_row(1, "a", 1), queue_row(2, "b", 2)});
    ViewSpec spec = by("depth", true);
    spec.limit = 1;
    (void)views_.page(spec);
    take({queue_row(1, "a", 3)});
    ASSERT_NE(views_.page_at(spec, 1), nullptr);
    EXPECT_EQ(views_.page_at(spec, 1)->ids, Ids{2});
    for (std::size_t i = 0; i <= pages_cached_max; ++i) {
        take({});
        (void)views_.page(spec);
    }
    EXPECT_EQ(views_.page_at(spec, 1), nullptr);  // and the page never had room for both
}

// Nobody remembers, but the page had room for all: what is gone is known by its tombstone.
TEST_F(ViewsTest, WhereThePageHoldsAllRowsAnybodyCanGoOn)
{
    take({queue_row(1, "a"), queue_row(2, "b")});
    take({queue_row(3, "c")}, {1});
    const PagePointer had = views_.page_at(by("name"), 1);
    ASSERT_NE(had, nullptr);
    const std::string text = *views_.delta(by("name"), *had);
    EXPECT_TRUE(text.starts_with(R"({"total":2,"up":[[3,"c",)")) << text;
    EXPECT_NE(text.find(R"("del":[1],"order":[2,3])"), std::string::npos) << text;
    EXPECT_EQ(text.find("\"b\""), std::string::npos) << text;
}

TEST_F(ViewsTest, WhatIsCachedIsBoundedWhateverIsAskedFor)
{
    take({queue_row(1, "a")});
    for (int i = 0; i < 1000; ++i) {
        ViewSpec spec = by("name");
        spec.filter = std::to_string(i);
        (void)views_.whole(spec);
    }
    EXPECT_EQ(views_.cached(), views_cached_max);
}

TEST_F(ViewsTest, TwoHundredRowsTakeLessThan32Kilobytes)
{
    std::vector<QueueRow> rows;
    for (std::uint64_t id = 1; id <= 200; ++id) {
        QueueRow row = queue_row(id, "service/some-queue-" + std::to_string(id), 123'456);
        row.stat.put_total = row.stat.get_total = 123'456'789;
        row.stat.ready_bytes = 12'345'678;
        row.stat.oldest = 40s;
        rows.push_back(row);
    }
    take(rows);
    ViewSpec spec = by("name");
    spec.limit = rows_max;
    EXPECT_LT(views_.whole(spec)->size(), 32u * 1024);
}

TEST_F(ViewsTest, WhoWaitsIsShownWithItsNamesAndItsPeer)
{
    QueueRow row = queue_row(1, "jobs");
    row.waits = {{WaitKind::put, 5, 3, 90s}};
    broker_.session(5, "producer-1");
    take({row});
    const std::string text = *views_.whole(by("since", false, Kind::waits));
    EXPECT_NE(text.find(R"([1,"jobs","put",5,"producer-1","unix:pid=1,uid=0",3,1699999990000])"),
              std::string::npos)
        << text;
}

}  // namespace

}  // namespace penstock::bridge
