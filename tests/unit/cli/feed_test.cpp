#include "client/cli/feed.hpp"

#include "tests/unit/cli/readings.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <vector>

namespace penstock::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr TimePoint start{1000s};

Reading of_boot(std::uint8_t boot, std::chrono::milliseconds uptime = 1s)
{
    Reading reading = reading_of(uptime, {}, true);
    reading.broker.boot[0] = std::byte{boot};
    return reading;
}

Feed feed_of(Duration interval, double random = 1)
{
    return Feed(interval, [random] { return random; });
}

TEST(Feed, AsksOnceAnIntervalFromTheFirstReadingOn)
{
    Feed feed = feed_of(1s);
    feed.took(of_boot(1), start);
    EXPECT_EQ(feed.due(), start + 1s);
    feed.took(of_boot(1), start + 1020ms);
    EXPECT_EQ(feed.due(), start + 2s) << "20 ms late is no reason to be late for ever";
}

TEST(Feed, MakesUpNothingThatItMissed)
{
    Feed feed = feed_of(1s);
    feed.took(of_boot(1), start);
    feed.took(of_boot(1), start + 7500ms);
    EXPECT_EQ(feed.due(), start + 8500ms);
}

TEST(Feed, TriesAgainAfterTimesThatDoubleUpToFiveSeconds)
{
    Feed feed = feed_of(1s);
    feed.took(of_boot(1), start);
    std::vector<Duration> times;
    for (int i = 0; i < 9; ++i) {
        feed.failed("cut", start);
        times.push_back(feed.due() - start);
    }
    const std::vector<Duration> expected{
        100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms, 5000ms};
    EXPECT_EQ(times, expected);
}

TEST(Feed, TakesHalfOfThatTimeAtLeast)
{
    Feed feed = feed_of(1s, 0);
    feed.failed("cut", start);
    EXPECT_EQ(feed.due(), start + 50ms);
}

TEST(Feed, BeginsWithShortTimesAgainAfterItCameBack)
{
    Feed feed = feed_of(1s);
    feed.took(of_boot(1), start);
    for (int i = 0; i < 9; ++i) feed.failed("cut", start);
    feed.took(of_boot(1), start + 20s);
    EXPECT_EQ(feed.due(), start + 21s);
    feed.failed("cut", start + 21s);
    EXPECT_EQ(feed.due(), start + 21100ms);
}

TEST(Feed, IsLiveWithTheAgeOfTheLastReading)
{
    Feed feed = feed_of(1s);
    feed.took(of_boot(1), start);
    const Link link = feed.link(start + 400ms);
    EXPECT_EQ(link.state, Link::State::live);
    EXPECT_EQ(link.age, Duration(400ms));
    EXPECT_FALSE(link.gap);
}

TEST(Feed, IsSilentWithoutAnAnswerForFiveSecondsOrThreeIntervals)
{
    Feed often = feed_of(1s);
    often.took(of_boot(1), start);
    EXPECT_EQ(often.link(start + 5s).state, Link::State::live);
    EXPECT_EQ(often.link(start + 5001ms).state, Link::State::silent);
    Feed seldom = feed_of(10s);
    seldom.took(of_boot(1), start);
    EXPECT_EQ(seldom.link(start + 30s).state, Link::State::live);
    EXPECT_EQ(seldom.link(start + 30001ms).state, Link::State::silent);
}

TEST(Feed, SaysThatItReconnectsAndWhyAndSinceWhen)
{
    Feed feed = feed_of(1s);
    feed.took(of_boot(1), start);
    feed.failed("disconnected", start + 1s);
    feed.failed("no such socket", start + 2s);
    const Link link = feed.link(start + 3200ms);
    EXPECT_EQ(link.state, Link::State::reconnecting);
    EXPECT_EQ(link.age, Duration(3200ms)) << "without data since the last reading";
    EXPECT_EQ(link.tries, 2u);
    EXPECT_EQ(link.why, "no such socket");
}

TEST(Feed, TellsTheGapOnceItIsOver)
{
    Feed feed = feed_of(1s);
    feed.took(of_boot(1), start);
    feed.failed("disconnected", start + 1s);
    feed.took(of_boot(1), start + 3200ms);
    Link link = feed.link(start + 4s);
    EXPECT_EQ(link.state, Link::State::live);
    ASSERT_TRUE(link.gap);
    EXPECT_EQ(link.gap->length, Duration(3200ms));
    EXPECT_EQ(link.gap->ago, Duration(800ms));
    EXPECT_EQ(link.gap->readings, 1u);
    EXPECT_FALSE(link.gap->restarted);
    feed.took(of_boot(1), start + 4200ms);
    EXPECT_EQ(feed.link(start + 4200ms).gap->readings, 2u);
}

TEST(Feed, TellsThatTheBrokerWasRestarted)
{
    Feed feed = feed_of(1s);
    feed.took(of_boot(1, 100s), start);
    feed.failed("disconnected", start + 1s);
    feed.took(of_boot(2, 1s), start + 2s);
    ASSERT_TRUE(feed.link(start + 2s).gap);
    EXPECT_TRUE(feed.link(start + 2s).gap->restarted);
}

}  // namespace
}  // namespace penstock::cli
