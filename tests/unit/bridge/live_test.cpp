#include "tests/unit/bridge/live_fixture.hpp"

namespace penstock::bridge {

namespace {

TEST_F(LiveTest, HelloIsAnsweredWithAWelcomeASnapshotAndTheHistory)
{
    auto live = open();
    EXPECT_TRUE(told(*live).empty());
    say(*live, hello);
    const auto texts = told(*live);
    ASSERT_EQ(texts.size(), 3u);
    EXPECT_TRUE(has(texts[0], R"("t":"welcome","proto":1,"boot":"b1","ver":1,"role":"viewer")"));
    EXPECT_TRUE(has(texts[0], R"("server":{"name":"penstockd","broker":"0.1.0","start":16999999)"));
    EXPECT_TRUE(texts[1].starts_with(R"({"t":"snap","boot":"b1","ver":1,"now":1700000000000,)"));
    EXPECT_TRUE(has(texts[1], R"("views":{"q":{"total":2,"cols":["id","name",)")) << texts[1];
    EXPECT_TRUE(has(texts[1], R"("rows":[[1,"a","ready",1,)")) << texts[1];
    EXPECT_EQ(type_of(texts[2]), "hist");
}

TEST_F(LiveTest, TheNextStateWaitsForTheAcknowledgementAndForTheTick)
{
    auto live = open();
    say(*live, hello);
    EXPECT_EQ(types(*live), (Types{"welcome", "snap", "hist"}));
    change(3);
    now_ += 1s;
    EXPECT_EQ(types(*live), Types{});  // not drawn yet
    say(*live, R"({"t":"ack","ver":1})");
    const auto texts = told(*live);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_TRUE(texts[0].starts_with(R"({"t":"delta","from":1,"ver":2,"now":)")) << texts[0];
    EXPECT_TRUE(has(texts[0], R"("views":{"q":{"up":[[2,"b","ready",3,)")) << texts[0];
    acknowledge(*live);
    change(4);
    EXPECT_EQ(types(*live), Types{});  // within the tick
    now_ += 1s;
    EXPECT_EQ(types(*live), Types{"delta"});
}

// A slow one gets fewer frames, and what is in them is what is so now.
TEST_F(LiveTest, WhatHappenedMeanwhileComesInOneFrame)
{
    auto live = greeted();
    for (std::uint64_t depth = 3; depth < 50; ++depth) change(depth);
    now_ += 1s;
    const auto texts = told(*live);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_TRUE(texts[0].starts_with(R"({"t":"delta","from":1,"ver":48,)")) << texts[0];
    EXPECT_TRUE(has(texts[0], R"("up":[[2,"b","ready",49,)"));
}

TEST_F(LiveTest, WhereNothingChangesThereIsAHeartbeatAtLeastEveryFiveSeconds)
{
    auto live = greeted();
    int beats = 0;
    for (int i = 0; i < 100; ++i) {
        now_ += 100ms;
        take({});  // the bridge reads, and finds nothing new
        for (const std::string& text : told(*live)) {
            EXPECT_EQ(type_of(text), "tick") << text;
            ++beats;
        }
    }
    EXPECT_GE(beats, 2);
    EXPECT_LE(beats, 5);
}

TEST_F(LiveTest, AHiddenPageIsToldLessOften)
{
    auto live = greeted();
    say(*live, R"({"t":"pace","tick_ms":10000})");
    EXPECT_EQ(live->tick(), milliseconds(10'000));
    change(7);
    now_ += 4s;
    EXPECT_EQ(types(*live), Types{});
    now_ += 6s;
    EXPECT_EQ(types(*live), Types{"delta"});
}

TEST_F(LiveTest, AViewThatIsChangedComesWholeAndAtOnce)
{
    auto live = greeted();
    say(*live, R"({"t":"view","id":"q","filter":"b"})");
    const auto texts = told(*live);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_TRUE(has(texts[0], R"("t":"delta","from":1,"ver":1)")) << texts[0];
    EXPECT_TRUE(has(texts[0], R"("q":{"total":1,"cols":[)")) << texts[0];
    acknowledge(*live);
    say(*live, R"({"t":"view","id":"q","close":true})");
    change(9);
    now_ += 1s;
    EXPECT_EQ(types(*live), Types{});  // its view is closed, and the totals are as they were
}

// While nobody looks only figures are read, and rows grow old.
TEST_F(LiveTest, WhoComesFirstIsShownFreshRows)
{
    Reading figures = broker_.reading({});
    figures.rows = false;
    state_.take(std::move(figures), now_, wall_ms, "");
    auto live = open();
    say(*live, hello);
    EXPECT_EQ(types(*live), (Types{"welcome", "tick"}));
    change(9);
    const auto texts = told(*live);
    ASSERT_EQ(texts.size(), 2u);
    EXPECT_TRUE(has(texts[0], R"([2,"b","ready",9,)")) << texts[0];
}

TEST_F(LiveTest, TotalsAndAttentionComeWhenTheyChange)
{
    auto live = greeted();
    broker_.stat.put_total = 5;
    take({});
    now_ += 1s;
    auto texts = told(*live);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_TRUE(has(texts[0], R"("tot":{)"));
    EXPECT_TRUE(has(texts[0], R"("in":5)"));
    EXPECT_FALSE(has(texts[0], "attention"));
    EXPECT_FALSE(has(texts[0], "views"));
    acknowledge(*live);
    QueueRow row = queue_row(2, "b", 2);
    row.stat.paused = true;
    row.stat.getters = 1;
    row.waits = {{WaitKind::get, 5, 1, 50s}};
    take({row});
    now_ += 1s;
    texts = told(*live);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_TRUE(
        has(texts[0], R"("attention":[{"code":"paused","lvl":"warning","queue":"b","id":2,)"))
        << texts[0];
}

TEST_F(LiveTest, AnEventComesOnce)
{
    auto live = greeted();
    Reading reading = broker_.reading({});
    reading.events.events.push_back({9, "info", "session_began", 50s, {{"client", "w"}}});
    state_.take(std::move(reading), now_, wall_ms, "");
    now_ += 1s;
    auto texts = told(*live);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_TRUE(has(texts[0],
                    R"("events":[{"seq":9,"lvl":"info","code":"session_began",)"
                    R"("at":1699999950000,"fields":{"client":"w"}}])"))
        << texts[0];
    acknowledge(*live);
    change(8);
    now_ += 1s;
    texts = told(*live);
    EXPECT_FALSE(has(texts[0], "events"));
}

TEST_F(LiveTest, WhoDoesNotAcknowledgeIsToldSoAndClosed)
{
    auto live = open();
    say(*live, hello);
    told(*live);
    now_ += 29s;
    EXPECT_EQ(types(*live), Types{"tick"});
    now_ += 1s;
    EXPECT_EQ(told(*live),
              (Types{R"({"t":"bye","code":4003,"why":"nothing was acknowledged for 30 s",)"
                     R"("retry_ms":5000})"}));
    ASSERT_TRUE(live->closing());
    EXPECT_EQ(live->closing()->code, CloseCode::slow);
    EXPECT_TRUE(told(*live).empty());
}

// Its socket takes nothing, so no farewell gets through.
TEST_F(LiveTest, WhoDoesNotReadAtAllIsGivenUp)
{
    auto live = open();
    say(*live, hello);
    EXPECT_FALSE(live->next(now_).empty());
    EXPECT_FALSE(live->stuck(now_ + 29s));
    EXPECT_TRUE(live->stuck(now_ + 30s));
}

TEST_F(LiveTest, WhoSaysNoHelloIsClosed)
{
    auto live = open();
    EXPECT_EQ(live->next_deadline(), now_ + hello_time_max);
    now_ += hello_time_max;
    EXPECT_EQ(types(*live), Types{"bye"});
    EXPECT_EQ(live->closing()->code, CloseCode::bad_message);
}

CloseCode closed_for(Live& live, TimePoint now, const std::string& text)
{
    live.receive(text, now);
    (void)live.next(now);
    return live.closing() ? live.closing()->code : CloseCode::going_away;
}

TEST_F(LiveTest, MessagesThatAreNotWhatTheyMustBeEndIt)
{
    EXPECT_EQ(closed_for(*open(), now_, "{"), CloseCode::bad_message);
    EXPECT_EQ(closed_for(*open(), now_, R"({"t":"ping","c":1})"), CloseCode::bad_message);
    EXPECT_EQ(closed_for(*open(), now_, R"({"t":"hello","proto":2})"), CloseCode::bad_protocol);
    EXPECT_EQ(
        closed_for(*open(), now_, R"({"t":"hello","proto":1,"views":[{"id":"q","sort":"x"}]})"),
        CloseCode::bad_message);
    EXPECT_EQ(closed_for(*open(), now_, std::string(message_size_max + 1, ' ')),
              CloseCode::bad_message);
    EXPECT_EQ(closed_for(*greeted(), now_, hello), CloseCode::bad_message);
    EXPECT_EQ(closed_for(*greeted(), now_, R"({"t":"ack","ver":99})"), CloseCode::bad_message);
}

TEST_F(LiveTest, MoreThanTwentyMessagesASecondEndIt)
{
    auto live = greeted();
    for (int i = 0; i < 100; ++i) {
        now_ += 51ms;
        say(*live, R"({"t":"ping","c":1})");
    }
    EXPECT_FALSE(live->closing());
    told(*live);
    for (int i = 0; i < 25; ++i) say(*live, R"({"t":"ping","c":1})");
    EXPECT_EQ(types(*live).back(), "bye");
    EXPECT_EQ(live->closing()->code, CloseCode::policy);
}

TEST_F(LiveTest, APingIsAnsweredTheLastOfSeveral)
{
    auto live = greeted();
    say(*live, R"({"t":"ping","c":17})");
    say(*live, R"({"t":"ping","c":18})");
    EXPECT_EQ(told(*live), Types{R"({"t":"pong","c":18})"});
}

TEST_F(LiveTest, AViewersCommandIsRefusedAndAnOperatorsIsHandedOut)
{
    const std::string purge =
        R"({"t":"cmd","id":"c7","op":"purge","target":"b","object":2,"confirm":"b"})";
    auto viewer = greeted();
    say(*viewer, purge);
    EXPECT_TRUE(viewer->take_commands().empty());
    EXPECT_TRUE(has(told(*viewer).at(0), R"("t":"res","id":"c7","ok":false,"err":"forbidden")"));
    auto boss = greeted(Role::operator_);
    say(*boss, purge);
    const auto commands = boss->take_commands();
    ASSERT_EQ(commands.size(), 1u);
    EXPECT_EQ(commands[0].object, 2u);
    boss->reply({"c7", true, "", "", ",\"count\":2"});
    EXPECT_EQ(told(*boss), Types{R"({"t":"res","id":"c7","ok":true,"ver":1,"count":2})"});
}

TEST_F(LiveTest, SixteenCommandsMayBeUnderWay)
{
    auto live = greeted(Role::operator_);
    for (int i = 0; i < 17; ++i) {
        say(*live, R"({"t":"cmd","id":"c","op":"pause","target":"b"})");
    }
    EXPECT_EQ(live->take_commands().size(), 16u);
    EXPECT_TRUE(has(told(*live).at(0), R"("err":"busy")"));
}

TEST_F(LiveTest, GoingAwayIsSaid)
{
    auto live = greeted();
    live->end(CloseCode::going_away, "the broker stops", milliseconds(1000));
    EXPECT_EQ(told(*live),
              Types{R"({"t":"bye","code":1001,"why":"the broker stops","retry_ms":1000})"});
    say(*live, hello);  // nothing counts any more
    EXPECT_TRUE(told(*live).empty());
}

}  // namespace

}  // namespace penstock::bridge
