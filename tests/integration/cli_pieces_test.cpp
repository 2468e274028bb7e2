// The parts of `penstock` that need no broker: exit codes, spans of time, bytes as text.
#include "client/cli/duration.hpp"
#include "client/cli/exit_code.hpp"
#include "client/cli/protocol_version.hpp"
#include "client/cli/text.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace penstock::cli {
namespace {

using namespace std::chrono_literals;

int exit_code_for(std::error_code ec)
{
    return static_cast<int>(verdict_of(ec).exit_code);
}

TEST(ProtocolVersion, IsTheLibrarys)
{
    EXPECT_EQ(protocol_version, wire::protocol_version);
}

TEST(ExitCode, EachErrorOfTheLibraryHasItsPlaceInTheTable)
{
    const std::map<int, std::set<errc>> table{
        {1,
         {errc::empty,
          errc::not_found,
          errc::eof,
          errc::shut_down,
          errc::closed,
          errc::exists,
          errc::options_differ,
          errc::end_taken,
          errc::no_unfinished_task,
          errc::skipped,
          errc::bad_handle}},
        {3, {errc::disconnected, errc::broker_restarted}},
        {4, {errc::refused}},
        {5, {errc::timed_out}},
        {6, {errc::full, errc::too_large, errc::no_memory, errc::too_many}},
        {7, {errc::in_doubt}},
        {8,
         {errc::protocol,
          errc::internal,
          errc::unsupported,
          errc::forked,
          errc::bad_message,
          errc::buffer_too_short}},
        {130, {errc::cancelled}},
    };
    std::size_t count = 0;
    for (const auto& [exit_code, codes] : table) {
        for (const errc code : codes) EXPECT_EQ(exit_code_for(code), exit_code) << to_string(code);
        count += codes.size();
    }
    EXPECT_EQ(count, 27u);
    EXPECT_EQ(to_string(static_cast<errc>(count + 1)), "") << "an error is missing here";
}

TEST(ExitCode, TheSystemsErrorsAreTroubleWithTheConnection)
{
    EXPECT_EQ(exit_code_for(std::make_error_code(std::errc::connection_refused)), 3);
    EXPECT_EQ(exit_code_for({ENOENT, std::system_category()}), 3);
    EXPECT_EQ(exit_code_for({EACCES, std::system_category()}), 4);
    EXPECT_EQ(exit_code_for(std::make_error_code(std::errc::invalid_argument)), 2);
    EXPECT_EQ(exit_code_for(std::make_error_code(std::errc::filename_too_long)), 2);
}

TEST(Duration, BareNumbersAreSecondsAndUnitsCount)
{
    EXPECT_EQ(parse_duration("0"), Duration(0s));
    EXPECT_EQ(parse_duration("5"), Duration(5s));
    EXPECT_EQ(parse_duration("0.25"), Duration(250ms));
    EXPECT_EQ(parse_duration("250ms"), Duration(250ms));
    EXPECT_EQ(parse_duration("5s"), Duration(5s));
    EXPECT_EQ(parse_duration("2m"), Duration(2min));
    EXPECT_EQ(parse_duration("1.5h"), Duration(90min));
}

TEST(Duration, WhatIsTooLongToCountIsForEver)
{
    EXPECT_EQ(parse_duration("99999999999999999999"), forever);
    EXPECT_EQ(parse_duration("1" + std::string(400, '0')), forever);
}

TEST(Duration, NothingElseIsOne)
{
    for (const char* text : {"",
                             " ",
                             "-1",
                             "-0",
                             "-5s",
                             "+1",
                             "s",
                             "1x",
                             "1 s",
                             "1s ",
                             "1e3",
                             "0x10",
                             "nan",
                             "inf",
                             "1,5"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(Duration, IsSaidInAtMostTwoUnits)
{
    EXPECT_EQ(span_text(999ms), "0 s");
    EXPECT_EQ(span_text(59s), "59 s");
    EXPECT_EQ(span_text(60s), "1 min");
    EXPECT_EQ(span_text(3599s), "59 min 59 s");
    EXPECT_EQ(span_text(25h + 59min), "1 d 1 h");
    EXPECT_EQ(span_text(forever).ends_with(" h"), true);
    EXPECT_EQ(milliseconds_text(1234567ns), "1.235 ms");
}

TEST(Rate, IsANumberInASecondAMinuteOrAnHour)
{
    EXPECT_EQ(parse_rate("100"), 100.0);
    EXPECT_EQ(parse_rate("0.5/s"), 0.5);
    EXPECT_EQ(parse_rate("90/m"), 1.5);
    EXPECT_EQ(parse_rate("1/h"), 1.0 / 3600);
    for (const char* text : {"", "0", "-1", "1/d", "/s", "1 /s", "inf", "nan", "1e3", "9999999"}) {
        EXPECT_EQ(parse_rate(text), std::nullopt) << text;
    }
}

TEST(Text, SizesHaveOneDigitBehindThePoint)
{
    EXPECT_EQ(size_text(0), "0 B");
    EXPECT_EQ(size_text(1023), "1023 B");
    EXPECT_EQ(size_text(1024), "1.0 KiB");
    EXPECT_EQ(size_text(1024 * 1024 - 1), "1.0 MiB");
    EXPECT_EQ(size_text(std::uint64_t{256} << 20), "256.0 MiB");
    EXPECT_EQ(size_text(UINT64_MAX), "16.0 EiB");
    EXPECT_EQ(hex(std::as_bytes(std::span(std::string_view("\x00\xff"
                                                           "a",
                                                           3)))),
              "00ff61");
}

TEST(Text, ControlsAndWhatIsNotUtf8AreEscaped)
{
    EXPECT_EQ(printable("plain \u00fc\u20ac\U0001f600"), "plain \u00fc\u20ac\U0001f600");
    EXPECT_EQ(printable("\x1b[2J\a\n\r\t\x7f"), "\\x1b[2J\\x07\\n\\r\\t\\x7f");
    EXPECT_EQ(printable("\xc2\x9b!"), "\\x9b!");  // C1: another ESC [
    EXPECT_EQ(printable("\u202e\u2066"), "\\u202e\\u2066");
    EXPECT_EQ(printable("\xff\xc0\x80\xe2\x82"), "\\xff\\xc0\\x80\\xe2\\x82");
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Text, InJsonTheyAreEscapedAsJsonDoes)
{
    EXPECT_EQ(printable_json("{\"a\":\"\u00fc\u20ac\"}"), "{\"a\":\"\u00fc\u20ac\"}");
    EXPECT_EQ(printable_json("\xc2\x9b\x7f\u202e"), "\\u009b\\u007f\\u202e");
    EXPECT_EQ(printable_json("\U000e0001\U0001f600"), "\\udb40\\udc01\U0001f600");
}

TEST(Text, Utf8IsCheckedStrictly)
{
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("\xf4\x8f\xbf\xbf"));
    for (const char* text : {"\x80",
                             "\xc1\xbf",
                             "\xe0\x9f\xbf",
                             "\xed\xa0\x80",
                             "\xf0\x8f\xbf\xbf",
                             "\xf4\x90\x80\x80",
                             "\xf5\x80\x80\x80",
                             "\xe2\x82",
                             "a\xff"}) {
        EXPECT_FALSE(is_utf8(text)) << printable(text);
    }
}

TEST(Text, Base64IsTheStandards)
{
    const auto encoded = [](std::string_view text) {
        return base64(std::as_bytes(std::span(text)));
    };
    EXPECT_EQ(encoded(""), "");
    EXPECT_EQ(encoded("f"), "Zg==");
    EXPECT_EQ(encoded("fo"), "Zm8=");
    EXPECT_EQ(encoded("foo"), "Zm9v");
    EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encoded("\xff\xfe\xfb"), "//77");
}

TEST(Text, NumbersStandAtTheRight)
{
    Table table({Table::Align::left, Table::Align::right, Table::Align::left});
    table.add({"A", "NUMBER", "B"});
    table.add({"\u00fcber", "7", ""});
    EXPECT_EQ(table.text(), "A     NUMBER  B\n\u00fcber       7\n");
}

}  // namespace
}  // namespace penstock::cli
