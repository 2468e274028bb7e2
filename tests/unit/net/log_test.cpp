#include "server/net/log.hpp"

#include <gtest/gtest.h>

namespace penstock::net {

namespace {

session::LogEvent event(std::string value)
{
    return {session::LogLevel::warning, "peer_refused", {{"client", std::move(value)}}};
}

TEST(Log, ALineIsOneJsonObject)
{
    EXPECT_EQ(to_json(event("plain"), "now"),
              R"({"ts":"now","level":"warning","event":"peer_refused","client":"plain"})");
}

TEST(Log, CountsAndConnectionsAreNumbersInJson)
{
    const session::LogEvent counted{
        session::LogLevel::info, "queue_ended", {{"queue", "7"}, {"dropped", "12"}, {"conn", "3"}}};
    EXPECT_EQ(
        to_json(counted, "now"),
        R"({"ts":"now","level":"info","event":"queue_ended","queue":"7","dropped":12,"conn":3})");
    EXPECT_EQ(to_json({session::LogLevel::info, "x", {{"conn", "1,\"y\":2"}}}, "now"),
              R"({"ts":"now","level":"info","event":"x","conn":"1,\"y\":2"})");
}

TEST(Log, WhatAPeerChoseCannotEndAJsonString)
{
    const auto client = [](std::string value) {
        const std::string line = to_json(event(std::move(value)), "now");
        return line.substr(line.find("\"client\":") + 9);
    };
    EXPECT_EQ(client("a\"b\\c\n\x7f"), "\"a\\\"b\\\\c\\u000a\\u007f\"}");
    EXPECT_EQ(client("\xc3\xa4"), "\"\xc3\xa4\"}") << "text stays text";
    EXPECT_EQ(client("\xff\xc3"), "\"\\u00ff\\u00c3\"}") << "no UTF-8, no JSON";
}

TEST(Log, WhatAPeerChoseCannotBeginALogfmtField)
{
    EXPECT_EQ(to_logfmt(event("a level=x\n"), "now"),
              "ts=now level=warning event=peer_refused client=\"a level=x\\x0a\"");
}

}  // namespace

}  // namespace penstock::net
