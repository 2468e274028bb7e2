#include "client/cli/sheet.hpp"

#include "client/cli/text.hpp"

#include <gtest/gtest.h>

namespace penstock::cli {
namespace {

TEST(Sheet, CutsALineWhereTheScreenEnds)
{
    const Line line{{"abc", Style::strong}, {"defgh", Style::plain}, {"ij", Style::plain}};
    EXPECT_EQ(text_of(fitted(line, 10)), "abcdefghij");
    EXPECT_EQ(text_of(fitted(line, 9)), "abcdefgh.");
    EXPECT_EQ(text_of(fitted(line, 7)), "abcd...");
    EXPECT_EQ(text_of(fitted(line, 0)), "");
    EXPECT_LE(width_of(fitted(line, 9)), 9u);
}

TEST(Sheet, SpreadsTwoTextsOverBothMargins)
{
    EXPECT_EQ(text_of(spread({{"left", Style::plain}}, {{"right", Style::plain}}, 14)),
              "left     right");
    EXPECT_EQ(text_of(spread({{"left", Style::plain}}, {{"right", Style::plain}}, 9)), "left  ...");
}

TEST(Text, CountsTheColumnsOfAScreen)
{
    EXPECT_EQ(width_of("abc"), 3u);
    EXPECT_EQ(width_of("h\u00e9"), 2u);
    EXPECT_EQ(width_of("e\u0301"), 1u) << "an accent stands on its letter";
    EXPECT_EQ(width_of("\u65e5\u672c"), 4u) << "twice as wide";
}

TEST(Text, NeverCutsACharacterInTwo)
{
    EXPECT_EQ(clipped("h\u00e9llo", 5), "h\u00e9llo");
    EXPECT_EQ(clipped("h\u00e9llo!", 5), "h\u00e9...");
    EXPECT_EQ(clipped("\u65e5\u672c\u8a9e", 5), "\u65e5...");
    EXPECT_EQ(clipped("abcdef", 2), "..");
    EXPECT_EQ(clipped("abcdef", 0), "");
}

TEST(Text, WritesRatesInFewLetters)
{
    EXPECT_EQ(rate_text(0), "0");
    EXPECT_EQ(rate_text(0.01), "0");
    EXPECT_EQ(rate_text(0.5), "0.5");
    EXPECT_EQ(rate_text(9.94), "9.9");
    EXPECT_EQ(rate_text(9.96), "10");
    EXPECT_EQ(rate_text(310), "310");
    EXPECT_EQ(rate_text(9999), "9999");
    EXPECT_EQ(rate_text(9999.6), "10.0k");
    EXPECT_EQ(rate_text(12400), "12.4k");
    EXPECT_EQ(rate_text(999960), "1.0M");
    EXPECT_EQ(rate_text(3.14e6), "3.1M");
}

}  // namespace
}  // namespace penstock::cli
