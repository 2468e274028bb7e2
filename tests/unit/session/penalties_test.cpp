// Who is locked out, and for how long.
#include "server/session/penalties.hpp"

#include <gtest/gtest.h>

namespace penstock::session {
namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint start{1h};

TEST(Penalties, ASourceIsLockedOutForItsTimeAndNobodyElseIs)
{
    Penalties penalties(10);
    penalties.add("addr=10.0.0.1", 5s, start);
    EXPECT_TRUE(penalties.locked_out("addr=10.0.0.1", start + 4999ms));
    EXPECT_FALSE(penalties.locked_out("addr=10.0.0.1", start + 5s));
    EXPECT_FALSE(penalties.locked_out("addr=10.0.0.2", start));
}

TEST(Penalties, AShorterPenaltyDoesNotEndALongerOneAndALaterOneGoesOn)
{
    Penalties penalties(10);
    penalties.add("a", 10s, start);
    penalties.add("a", 5s, start + 1s);
    EXPECT_TRUE(penalties.locked_out("a", start + 9s));
    penalties.add("a", 5s, start + 9s);
    EXPECT_TRUE(penalties.locked_out("a", start + 13s));
    EXPECT_EQ(penalties.size(), 1u);
}

TEST(Penalties, WhenTheTableIsFullTheOldestPenaltyGoes)
{
    Penalties penalties(2);
    penalties.add("a", 10s, start);
    penalties.add("b", 10s, start);
    penalties.add("a", 10s, start + 1s);  // now b is the oldest
    penalties.add("c", 10s, start + 1s);
    EXPECT_EQ(penalties.size(), 2u);
    EXPECT_TRUE(penalties.locked_out("a", start + 2s));
    EXPECT_FALSE(penalties.locked_out("b", start + 2s));
    EXPECT_TRUE(penalties.locked_out("c", start + 2s));
}

TEST(Penalties, APenaltyOfNothingIsNone)
{
    Penalties penalties(2);
    penalties.add("a", 0s, start);
    EXPECT_EQ(penalties.size(), 0u);
}

}  // namespace
}  // namespace penstock::session
