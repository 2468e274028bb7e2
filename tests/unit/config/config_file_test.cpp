#include "server/config/config_file.hpp"

#include <gtest/gtest.h>

namespace penstock::config {

namespace {

std::vector<Line> lines(std::string_view text)
{
    const auto parsed = parse_config_file(text);
    if (const auto* error = std::get_if<LineError>(&parsed)) {
        ADD_FAILURE() << error->number << ": " << error->text;
        return {};
    }
    return std::get<std::vector<Line>>(parsed);
}

LineError error_in(std::string_view text)
{
    const auto parsed = parse_config_file(text);
    if (const auto* error = std::get_if<LineError>(&parsed)) return *error;
    ADD_FAILURE() << text << " was accepted";
    return {};
}

TEST(ConfigFile, LinesAreNumberedAndBlanksAndCommentsCountForNothing)
{
    const std::vector<Line> expected{{3, "a", "1"}, {4, "b", "two words"}, {6, "c", ""}};
    EXPECT_EQ(lines("# a comment\n\n a=1\n\tb = two words # and why\r\n#x = 1\nc ="), expected);
    EXPECT_EQ(lines(""), std::vector<Line>());
    EXPECT_EQ(lines("\n\n"), std::vector<Line>());
}

TEST(ConfigFile, AHashWithoutASpaceBelongsToTheValue)
{
    EXPECT_EQ(lines("a = x#y").front().value, "x#y");
    EXPECT_EQ(lines("a = #y").front().value, "");
    EXPECT_EQ(lines("a = \"x #y\" # z").front().value, "x #y");
}

TEST(ConfigFile, ValuesKeepCommasEqualsSignsAndQuotesInside)
{
    EXPECT_EQ(lines("listen = tcp:h:1,auth=key").front().value, "tcp:h:1,auth=key");
    EXPECT_EQ(lines("a = say \"x\"").front().value, "say \"x\"");
    EXPECT_EQ(lines(R"(a = "say \"x\" \\ \n")").front().value, R"(say "x" \ \n)");
}

TEST(ConfigFile, AnErrorNamesItsLineAndShowsTheRightForm)
{
    EXPECT_EQ(error_in("a = 1\nnonsense\n").number, 2u);
    EXPECT_NE(error_in("nonsense").text.find("`name = value`"), std::string::npos);
    EXPECT_NE(error_in("= 3").text.find("`name = value`"), std::string::npos);
    EXPECT_NE(error_in("[limits]").text.find("sections"), std::string::npos);
    EXPECT_NE(error_in("a = \"open").text.find("quotes"), std::string::npos);
    EXPECT_NE(error_in("a = \"b\" c").text.find("quotes"), std::string::npos);
}

TEST(ConfigFile, WhatIsWrittenIsReadBack)
{
    for (const std::string value : {"x",
                                    "",
                                    " x ",
                                    "a # b",
                                    "a#b",
                                    "#",
                                    "\"",
                                    "\"x\"",
                                    "back\\slash",
                                    "\\\"",
                                    "tcp:[::1]:0,auth=none"}) {
        const std::vector<Line> expected{{1, "name", value}};
        EXPECT_EQ(lines(config_line("name", value) + "  # default"), expected) << value;
    }
}

}  // namespace

}  // namespace penstock::config
