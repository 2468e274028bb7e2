#include "server/bridge/messages.hpp"

#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

std::string why(std::string_view text)
{
    const Message message = parse_message(text);
    const auto* bad = std::get_if<BadMessage>(&message);
    return bad == nullptr ? "" : bad->why;
}

TEST(Messages, HelloHasItsViews)
{
    const Message message = parse_message(
        R"({"t":"hello","proto":1,"boot":"9f","since":81234,"tick_ms":1000,"views":[{"id":"q",)"
        R"("kind":"queues","sort":"-depth","filter":"job","offset":0,"limit":100}],"more":[1]})");
    const auto& hello = std::get<Hello>(message);
    EXPECT_EQ(hello.protocol, 1);
    EXPECT_EQ(hello.boot, "9f");
    EXPECT_EQ(hello.since, 81234u);
    EXPECT_EQ(hello.tick, milliseconds(1000));
    ASSERT_EQ(hello.views.size(), 1u);
    ViewSpec spec;
    EXPECT_EQ(apply(hello.views[0], spec), std::nullopt);
    EXPECT_EQ(columns_of(Kind::queues)[spec.column], "depth");
    EXPECT_TRUE(spec.descending);
    EXPECT_EQ(spec.filter, "job");
    EXPECT_EQ(spec.limit, 100u);
}

TEST(Messages, TicksAreKeptWithinTheirBounds)
{
    EXPECT_EQ(std::get<Pace>(parse_message(R"({"t":"pace","tick_ms":1})")).tick, tick_min);
    EXPECT_EQ(std::get<Pace>(parse_message(R"({"t":"pace","tick_ms":9000000000})")).tick, tick_max);
}

TEST(Messages, SayWhatIsWrong)
{
    EXPECT_EQ(why("[]"), "no JSON object");
    EXPECT_NE(why("{").find("not JSON"), std::string::npos);
    EXPECT_NE(why("{\"t\":\"ack\xff\"}").find("not JSON"), std::string::npos);
    EXPECT_EQ(why("{}"), "\"t\" is missing");
    EXPECT_EQ(why(R"({"t":7})"), "\"t\" is no string");
    EXPECT_EQ(why(R"({"t":"dance"})"), "there is no message \"dance\"");
    EXPECT_EQ(why(R"({"t":"ack"})"), "ack: \"ver\" is missing");
    EXPECT_EQ(why(R"({"t":"ack","ver":-1})"), "ack: \"ver\" is no whole number from 0 on");
    EXPECT_EQ(why(R"({"t":"ack","ver":1.5})"), "ack: \"ver\" is no whole number from 0 on");
    EXPECT_EQ(why(R"({"t":"cmd","id":"1","op":"drop"})"), "cmd: there is no command \"drop\"");
    EXPECT_EQ(why(R"({"t":"hello","proto":1,"views":[{}]})"), "hello: view: \"id\" is missing");
    EXPECT_EQ(why(R"({"t":"hello","proto":1,"views":[0]})"), "hello: a view is no object");
    EXPECT_EQ(why(R"({"t":"hello","proto":1,"views":[{},{},{},{},{},{},{}]})"),
              "hello: more than 6 views");
}

TEST(Messages, DeepNestingIsRefused)
{
    const std::string deep = R"({"t":"ping","c":)" + std::string(100, '[') + std::string(100, ']');
    EXPECT_NE(why(deep + "}").find("not JSON"), std::string::npos);
}

TEST(Messages, AViewKeepsWhatIsNotGiven)
{
    ViewSpec spec;
    spec.filter = "a";
    spec.descending = true;
    const auto change =
        std::get<ViewChange>(parse_message(R"({"t":"view","id":"q","offset":100})"));
    EXPECT_EQ(apply(change, spec), std::nullopt);
    EXPECT_EQ(spec.filter, "a");
    EXPECT_TRUE(spec.descending);
    EXPECT_EQ(spec.offset, 100u);
}

TEST(Messages, AViewOfAnotherKindBeginsAnew)
{
    ViewSpec spec;
    spec.filter = "a";
    ViewChange change;
    change.kind = "pipes";
    EXPECT_EQ(apply(change, spec), std::nullopt);
    EXPECT_EQ(spec.filter, "");
    EXPECT_EQ(spec.kind, Kind::pipes);
}

TEST(Messages, WhatAViewCannotBeLeavesItAsItWas)
{
    ViewSpec spec;
    ViewChange change;
    change.offset = 5;
    change.sort = "-colour";
    EXPECT_EQ(apply(change, spec), "there is no column \"colour\"");
    change.sort.reset();
    change.kind = "topics";
    EXPECT_EQ(apply(change, spec), "there are no views of \"topics\"");
    change.kind.reset();
    change.filter = std::string(filter_size_max + 1, 'x');
    EXPECT_EQ(apply(change, spec), "the filter is too long");
    EXPECT_EQ(spec, ViewSpec());
}

TEST(Messages, APageHasAtMost200Rows)
{
    ViewSpec spec;
    ViewChange change;
    change.limit = 1'000'000;
    EXPECT_EQ(apply(change, spec), std::nullopt);
    EXPECT_EQ(spec.limit, rows_max);
    change.limit = 0;
    EXPECT_EQ(apply(change, spec), std::nullopt);
    EXPECT_EQ(spec.limit, 1u);
}

}  // namespace

}  // namespace penstock::bridge
