// Refusals are logged once per event, source and interval; the rest is counted.
#include "server/session/log_limit.hpp"

#include <gtest/gtest.h>

namespace penstock::session {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint start{1h};

class LogLimits : public ::testing::Test {
protected:
    void add(std::string_view event,
             std::string_view source,
             base::TimePoint now,
             std::size_t lines_max = 1)
    {
        limit.add({LogLevel::warning, event, {}}, source, now, out, lines_max);
    }

    /// What was logged since the last call: "auth_failed", "auth_failed addr=a x7".
    std::vector<std::string> lines()
    {
        std::vector<std::string> lines;
        for (const LogEvent& event : std::exchange(out, {})) {
            std::string line(event.event);
            for (const auto& [key, value] : event.fields) {
                line += key == "suppressed" ? " x" + value : " " + value;
            }
            lines.push_back(std::move(line));
        }
        return lines;
    }

    using Lines = std::vector<std::string>;
    LogLimit limit{10s, 3};
    std::vector<LogEvent> out;
};

TEST_F(LogLimits, TheFirstIsLoggedAndTheOthersAreCountedAtTheEndOfTheInterval)
{
    for (int i = 0; i < 8; ++i) add("auth_failed", "addr=a", start + i * 1s);
    EXPECT_EQ(lines(), Lines{"auth_failed"});
    EXPECT_EQ(limit.next_deadline(), start + 10s);
    limit.expire(start + 9999ms, out);
    EXPECT_EQ(lines(), Lines{});
    limit.expire(start + 10s, out);
    EXPECT_EQ(lines(), Lines{"auth_failed addr=a x7"});
    EXPECT_EQ(limit.next_deadline(), std::nullopt);
    add("auth_failed", "addr=a", start + 10s);
    EXPECT_EQ(lines(), Lines{"auth_failed"});
}

TEST_F(LogLimits, OfWhatIsNoRefusalTheFirstFewAreLogged)
{
    for (int i = 0; i < 7; ++i) add("session_began", "addr=a", start + i * 1s, 3);
    EXPECT_EQ(lines(), (Lines{"session_began", "session_began", "session_began"}));
    limit.expire(start + 10s, out);
    EXPECT_EQ(lines(), Lines{"session_began addr=a x4"});
}

TEST_F(LogLimits, EachEventOfEachSourceCountsByItself)
{
    add("auth_failed", "addr=a", start);
    add("auth_failed", "addr=b", start);
    add("protocol_error", "addr=a", start);
    EXPECT_EQ(lines(), (Lines{"auth_failed", "auth_failed", "protocol_error"}));
    limit.expire(start + 10s, out);
    EXPECT_EQ(lines(), Lines{});
    EXPECT_EQ(limit.size(), 0u);
}

TEST_F(LogLimits, WhenTheTableIsFullFurtherSourcesShareALine)
{
    for (const char* source : {"a", "b", "c", "d", "e", "f"}) add("auth_failed", source, start);
    EXPECT_EQ(lines(), (Lines{"auth_failed", "auth_failed", "auth_failed", "auth_failed"}));
    EXPECT_EQ(limit.size(), 4u);
    limit.expire(start + 10s, out);
    EXPECT_EQ(lines(), Lines{"auth_failed others x2"});
}

TEST_F(LogLimits, WhenTheBrokerEndsTheCountsAreNotLost)
{
    add("auth_failed", "a", start);
    add("auth_failed", "a", start);
    (void)lines();
    limit.end(out);
    EXPECT_EQ(lines(), Lines{"auth_failed a x1"});
}

TEST_F(LogLimits, AnIntervalOfNothingLogsAll)
{
    LogLimit all(0s, 3);
    for (int i = 0; i < 3; ++i) all.add({LogLevel::warning, "e", {}}, "a", start, out);
    EXPECT_EQ(lines().size(), 3u);
    EXPECT_EQ(all.next_deadline(), std::nullopt);
}

}  // namespace
}  // namespace penstock::session
