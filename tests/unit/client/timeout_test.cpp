#include "client/src/protocol/timeout.hpp"

#include "client/src/io/patience.hpp"
#include "common/base/time.hpp"

#include <penstock/duration.hpp>

#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>

namespace penstock {

namespace {

using namespace std::chrono_literals;

constexpr base::TimePoint now{1000s};

std::uint32_t on_the_wire(Duration timeout)
{
    return protocol::timeout_ms_until(now, protocol::deadline_after(now, timeout));
}

}  // namespace

TEST(Timeout, IsRoundedUp)
{
    EXPECT_EQ(on_the_wire(1ns), 1u);
    EXPECT_EQ(on_the_wire(999us), 1u);
    EXPECT_EQ(on_the_wire(1ms), 1u);
    EXPECT_EQ(on_the_wire(1001us), 2u);
    EXPECT_EQ(on_the_wire(2s), 2000u);
}

TEST(Timeout, ZeroAndLessAreOneTry)
{
    EXPECT_EQ(on_the_wire(0s), 0u);
    EXPECT_EQ(on_the_wire(-1ns), 0u);
    EXPECT_EQ(on_the_wire(Duration::min()), 0u);
}

TEST(Timeout, ForeverAndWhatTheWireCannotSayAreForEver)
{
    EXPECT_EQ(on_the_wire(forever), UINT32_MAX);
    EXPECT_EQ(on_the_wire(forever - 1ns), UINT32_MAX);
    EXPECT_EQ(on_the_wire(std::chrono::hours(24 * 50)), UINT32_MAX);
    EXPECT_EQ(on_the_wire(std::chrono::hours(24 * 49)), 4'233'600'000u);
}

TEST(Timeout, WhatHasPassedIsOneTry)
{
    EXPECT_EQ(protocol::timeout_ms_until(now, now - 1s), 0u);
    EXPECT_EQ(protocol::timeout_ms_until(now, base::immediate), 0u);
}

TEST(Patience, EndsItsMarginAfterTheAnswerWasDue)
{
    const io::Patience patience(10s);
    EXPECT_EQ(patience.end(now), now + 10s);
    EXPECT_EQ(patience.end(base::no_deadline), base::no_deadline);
    EXPECT_EQ(patience.end(base::no_deadline - 1s), base::no_deadline);
}

TEST(Patience, GoesOnOnlyWhileBytesLeave)
{
    io::Patience patience(10s);
    patience.begin(600);
    EXPECT_FALSE(patience.goes_on(0, now + 10s)) << "all is sent: the broker owes the answer";
    EXPECT_TRUE(patience.goes_on(500, now + 10s));
    EXPECT_EQ(patience.end(now), now + 20s);
    EXPECT_TRUE(patience.goes_on(499, now + 20s));
    EXPECT_FALSE(patience.goes_on(499, now + 30s)) << "nothing left in ten seconds";
}

TEST(Patience, ABrokerThatReadsNothingGetsNoMore)
{
    io::Patience patience(10s);
    patience.begin(100);
    EXPECT_FALSE(patience.goes_on(100, now + 10s));
}

}  // namespace penstock
