#include "common/base/names.hpp"

#include "common/base/utf8.hpp"

#include <gtest/gtest.h>
#include <string>

namespace penstock::base {
namespace {

TEST(Names, LettersDigitsAndFivePunctuationMarksAreAllowed)
{
    EXPECT_TRUE(valid_name("abcxyzABCXYZ0189._:/-"));
    EXPECT_TRUE(valid_name("a"));
    EXPECT_TRUE(valid_name("/"));
}

TEST(Names, EverythingElseIsNot)
{
    for (int c = 0; c < 256; ++c) {
        const bool allowed = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                             (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == ':' ||
                             c == '/' || c == '-';
        EXPECT_EQ(valid_name(std::string(1, static_cast<char>(c))), allowed) << c;
    }
    EXPECT_FALSE(valid_name("a b"));
    EXPECT_FALSE(valid_name("größe"));
}

TEST(Names, LengthIsOneToTwoHundred)
{
    EXPECT_FALSE(valid_name(""));
    EXPECT_TRUE(valid_name(std::string(200, 'n')));
    EXPECT_FALSE(valid_name(std::string(201, 'n')));
}

TEST(Utf8, WellFormedTextOfAllLengthsIsAccepted)
{
    EXPECT_TRUE(valid_utf8(""));
    EXPECT_TRUE(valid_utf8("plain"));
    EXPECT_TRUE(valid_utf8(std::string_view("with\0zero", 9)));
    EXPECT_TRUE(valid_utf8("\xc2\x80 \xdf\xbf"));
    EXPECT_TRUE(valid_utf8("\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf"));
    EXPECT_TRUE(valid_utf8("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
}

TEST(Utf8, IllFormedTextIsRejected)
{
    for (const std::string_view text : {
             "\x80",              // a continuation byte alone
             "a\xbf",             // the same, behind a letter
             "\xc2",              // cut off
             "\xe2\x82",          // cut off
             "\xf0\x9f\x98",      // cut off
             "\xc2\x41",          // no continuation
             "\xe2\x82\x41",      // no second continuation
             "\xc0\x80",          // overlong zero
             "\xc1\xbf",          // overlong
             "\xe0\x9f\xbf",      // overlong
             "\xf0\x8f\xbf\xbf",  // overlong
             "\xed\xa0\x80",      // a surrogate
             "\xed\xbf\xbf",      // a surrogate
             "\xf4\x90\x80\x80",  // above U+10FFFF
             "\xf5\x80\x80\x80",  // no such first byte
             "\xff",
         }) {
        EXPECT_FALSE(valid_utf8(text)) << testing::PrintToString(text);
    }
}

}  // namespace
}  // namespace penstock::base
