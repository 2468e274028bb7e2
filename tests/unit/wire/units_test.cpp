#include "common/base/units.hpp"

#include "common/base/nearest.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace penstock::base {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t KiB = 1024;

TEST(Units, SizesHaveBinaryUnitsOrNone)
{
    EXPECT_EQ(parse_size("0"), 0u);
    EXPECT_EQ(parse_size("4096"), 4096u);
    EXPECT_EQ(parse_size("64KiB"), 64 * KiB);
    EXPECT_EQ(parse_size("1MiB"), KiB * KiB);
    EXPECT_EQ(parse_size("2GiB"), 2 * KiB * KiB * KiB);
    EXPECT_EQ(parse_size("16777215TiB"), 16777215 * KiB * KiB * KiB * KiB);
    EXPECT_EQ(parse_size("18446744073709551615"), UINT64_MAX);
}

TEST(Units, WhatIsNoSizeHasNoValue)
{
    for (const char* text : {"",
                             "KiB",
                             "1KB",
                             "1kib",
                             "1 KiB",
                             " 1",
                             "1KiB ",
                             "-1",
                             "+1",
                             "1.5MiB",
                             "0x10",
                             "16777216TiB",
                             "18446744073709551616"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(Units, TextsAreReadBackAsTheSame)
{
    for (const std::uint64_t size : {std::uint64_t{0}, KiB - 1, KiB, 3 * KiB, KiB * KiB + 1}) {
        EXPECT_EQ(parse_size(size_text(size)), size) << size_text(size);
    }
    EXPECT_EQ(size_text(256 * KiB * KiB), "256MiB");
    EXPECT_EQ(size_text(1025), "1025");
    for (const Duration time : {Duration(0s), Duration(1ms), Duration(90s), Duration(36h)}) {
        EXPECT_EQ(parse_duration(duration_text(time)), time) << duration_text(time);
    }
    EXPECT_EQ(duration_text(90s), "90s");
    EXPECT_EQ(duration_text(2min), "2m");
    EXPECT_EQ(duration_text(250us), "0.25ms");
}

TEST(Nearest, IsAtMostTwoLettersAway)
{
    const std::vector<std::string> words{"listen", "sessions-max", "session-ops-max"};
    EXPECT_EQ(nearest("sesions-max", words), "sessions-max");
    EXPECT_EQ(nearest("listne", words), "listen");
    EXPECT_EQ(nearest("lis", words), "");
    EXPECT_EQ(nearest("", words), "");
    EXPECT_EQ(nearest(std::string(1000, 'x'), words), "");
}

}  // namespace

}  // namespace penstock::base
