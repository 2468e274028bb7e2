#include "tests/unit/bridge/live_fixture.hpp"

namespace penstock::bridge {

namespace {

std::string hello_since(const std::string& boot, std::uint64_t since)
{
    return R"({"t":"hello","proto":1,"boot":")" + boot + R"(","since":)" + std::to_string(since) +
           R"(,"views":[{"id":"q","kind":"queues","sort":"name"}]})";
}

TEST_F(LiveTest, WhoComesBackGetsTheDifferenceOnly)
{
    (void)greeted();
    change(3);
    auto live = open();
    say(*live, hello_since("b1", 1));
    const auto texts = told(*live);
    ASSERT_EQ(texts.size(), 2u);
    EXPECT_EQ(type_of(texts[0]), "welcome");
    EXPECT_TRUE(texts[1].starts_with(R"({"t":"delta","from":1,"ver":2,)")) << texts[1];
    EXPECT_TRUE(has(texts[1], R"("q":{"up":[[2,"b","ready",3,)")) << texts[1];
    EXPECT_FALSE(has(texts[1], R"([1,"a")")) << texts[1];
}

TEST_F(LiveTest, WhoComesBackAndMissedNothingGetsNothing)
{
    (void)greeted();
    auto live = open();
    say(*live, hello_since("b1", 1));
    EXPECT_EQ(types(*live), (Types{"welcome", "tick"}));
}

TEST_F(LiveTest, OfAnotherRunNothingIsKnown)
{
    auto live = open();
    say(*live, hello_since("b0", 1));
    const auto texts = told(*live);
    ASSERT_GE(texts.size(), 3u);
    EXPECT_EQ(texts[1], R"({"t":"gone","why":"boot"})");
    EXPECT_EQ(type_of(texts[2]), "snap");
}

TEST_F(LiveTest, WhoWasAwayTooLongBeginsAnew)
{
    take({}, {1});
    now_ += tombstone_age_max + 1s;
    take({});
    auto live = open();
    say(*live, hello_since("b1", 1));
    const auto texts = told(*live);
    ASSERT_GE(texts.size(), 3u);
    EXPECT_EQ(texts[1], R"({"t":"gone","why":"horizon"})");
    EXPECT_EQ(type_of(texts[2]), "snap");
}

TEST_F(LiveTest, ABrokerThatWasRestartedIsGoneAndThenShownWhole)
{
    auto live = greeted();
    broker_.restart();
    take({queue_row(1, "z")});
    now_ += 1s;
    const auto texts = told(*live);
    ASSERT_EQ(texts.size(), 2u);
    EXPECT_EQ(texts[0], R"({"t":"gone","why":"boot"})");
    EXPECT_TRUE(texts[1].starts_with(R"({"t":"snap","boot":"b2",)")) << texts[1];
    EXPECT_TRUE(has(texts[1], R"("rows":[[1,"z")")) << texts[1];
}

TEST_F(LiveTest, ABrokerThatIsAwayIsToldAtOnceAndSoIsItsReturn)
{
    auto live = greeted(Role::operator_);
    state_.set_away("no broker at unix:/s");
    auto texts = told(*live);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_TRUE(has(texts[0], R"("t":"tick")"));
    EXPECT_TRUE(has(texts[0], R"("away":"no broker at unix:/s")"));
    say(*live, R"({"t":"cmd","id":"c","op":"pause","target":"b"})");
    EXPECT_TRUE(live->take_commands().empty());
    EXPECT_TRUE(has(told(*live).at(0), R"("err":"away")"));
    state_.set_away("");
    texts = told(*live);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_FALSE(has(texts[0], "away"));
}

TEST(Live, BeforeAnythingWasReadThereIsAWelcomeAndAHeartbeat)
{
    State state("b1");
    Live live(state, Role::viewer, R"("name":"x")", TimePoint(1h));
    live.receive(R"({"t":"hello","proto":1,"views":[{"id":"q"}]})", TimePoint(1h));
    EXPECT_TRUE(has(live.next(TimePoint(1h)).text(), R"("t":"welcome")"));
    EXPECT_TRUE(has(live.next(TimePoint(1h)).text(), R"("t":"tick","ver":0)"));
    FakeBroker broker;
    state.take(broker.reading({queue_row(1, "a")}), TimePoint(1h), wall_ms, "");
    EXPECT_TRUE(has(live.next(TimePoint(1h)).text(), R"("t":"snap")"));
}

// The promise of the protocol: whatever is lost in between, what it shows in the end is right.
TEST_F(LiveTest, ABrowserThatComesAndGoesShowsTheSameAsOneThatStayed)
{
    std::uint64_t number = 12345;
    const auto random = [&number](std::uint64_t below) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        return (number >> 33) % below;
    };
    for (int round = 0; round < 300; ++round) {
        const std::uint64_t before = state_.mirror().version();
        if (random(2) == 0) (void)greeted();  // somebody else looks
        for (std::uint64_t i = random(4); i > 0; --i) {
            const std::uint64_t id = random(8) + 1;
            if (random(3) == 0) {
                take({}, {id});
            } else {
                take({queue_row(id, "q" + std::to_string(id), random(100))});
            }
        }
        ViewSpec spec;
        spec.column = 3;
        const PagePointer had = state_.views().page_at(spec, before);
        ASSERT_NE(had, nullptr);
        const Piece delta = state_.views().delta(spec, *had);
        const PagePointer now = state_.views().page(spec);
        for (const std::uint64_t id : now->ids) {
            const bool known = std::find(had->ids.begin(), had->ids.end(), id) != had->ids.end();
            const bool changed = state_.mirror().queues().rows().at(id).changed > before;
            if (known && !changed) continue;
            ASSERT_NE(delta, nullptr);
            EXPECT_TRUE(has(*delta, "[" + std::to_string(id) + ",\"q")) << *delta;
        }
    }
}

}  // namespace

}  // namespace penstock::bridge
