#include "server/bridge/json_text.hpp"

#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

std::string quoted(std::string_view text)
{
    JsonText out;
    return out.text(text).take();
}

TEST(JsonText, SetsTheCommas)
{
    JsonText out;
    out.begin_object().key("a").number(1).key("b").begin_array().number(-2).null().end_array();
    out.key("c").begin_object().end_object().key("d").boolean(true).end_object();
    EXPECT_EQ(out.take(), R"({"a":1,"b":[-2,null],"c":{},"d":true})");
}

TEST(JsonText, EscapesWhatJsonDoesNotTake)
{
    EXPECT_EQ(quoted("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")");
    EXPECT_EQ(quoted("</script>"), R"("</script>")");
}

// A WebSocket ends at the first text that is not UTF-8.
TEST(JsonText, ReplacesWhatIsNotUtf8)
{
    const std::string replaced = "\xef\xbf\xbd";
    EXPECT_EQ(quoted("\xff"), '"' + replaced + '"');
    EXPECT_EQ(quoted("a\xc3"), "\"a" + replaced + '"');
    EXPECT_EQ(quoted("\xc0\xaf"), '"' + replaced + replaced + '"');  // longer than needed
    EXPECT_EQ(quoted("\xed\xa0\x80"), '"' + replaced + replaced + replaced + '"');  // a surrogate
    EXPECT_EQ(quoted("\xf4\x90\x80\x80"), '"' + replaced + replaced + replaced + replaced + '"');
    for (const char* good : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x90\x9f", "\xed\x9f\xbf"}) {
        EXPECT_EQ(quoted(good), '"' + std::string(good) + '"');
    }
}

}  // namespace

}  // namespace penstock::bridge
