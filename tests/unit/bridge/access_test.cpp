#include "server/bridge/access.hpp"

#include <array>
#include <chrono>
#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

using namespace std::chrono_literals;

const TimePoint start{};

std::array<std::byte, 16> secret(int i)
{
    std::array<std::byte, 16> bytes{};
    bytes[0] = static_cast<std::byte>(i & 255);
    bytes[1] = static_cast<std::byte>(i >> 8);
    return bytes;
}

TEST(Access, ATokenProvesItsRoleAndNothingElseDoes)
{
    const Tokens tokens{"viewer-token", "operator-token"};
    EXPECT_EQ(role_of(tokens, "viewer-token"), Role::viewer);
    EXPECT_EQ(role_of(tokens, "operator-token"), Role::operator_);
    for (const char* wrong : {"", "viewer-toke", "viewer-tokens", "Viewer-token", "viewer-tokem"}) {
        EXPECT_EQ(role_of(tokens, wrong), std::nullopt) << wrong;
    }
}

// The operator's token is empty where nobody may be one.
TEST(Access, AnEmptyTokenIsNobodys)
{
    EXPECT_EQ(role_of({"v", ""}, ""), std::nullopt);
    EXPECT_EQ(role_of({"", ""}, ""), std::nullopt);
}

TEST(Access, BearerIsTheOnlyScheme)
{
    EXPECT_EQ(bearer_of("Bearer abc"), "abc");
    EXPECT_EQ(bearer_of("bearer abc"), "abc");
    EXPECT_EQ(bearer_of("Basic abc"), "");
    EXPECT_EQ(bearer_of("Bearerabc"), "");
    EXPECT_EQ(bearer_of(""), "");
}

TEST(Sites, TheHostIsTheAddressThatTheConnectionCameTo)
{
    const Sites sites(8700, {});
    EXPECT_TRUE(sites.host_allowed("127.0.0.1:8700", "127.0.0.1"));
    EXPECT_TRUE(sites.host_allowed("LocalHost:8700", "127.0.0.1"));
    EXPECT_TRUE(sites.host_allowed("[::1]:8700", "::1"));
    EXPECT_TRUE(sites.host_allowed("10.0.0.7:8700", "10.0.0.7"));
    for (const char* wrong : {"",
                              "127.0.0.1",
                              "127.0.0.1:8701",
                              "evil.example:8700",
                              "127.0.0.1:8700.evil.example",
                              "127.0.0.2:8700",
                              "localhost:8700@evil"}) {
        EXPECT_FALSE(sites.host_allowed(wrong, "127.0.0.1")) << wrong;
    }
    EXPECT_FALSE(sites.host_allowed("localhost:8700", "10.0.0.7"));
}

TEST(Sites, TheOriginIsOursOrOneOfTheList)
{
    const Sites sites(8700, {"https://Monitor.example"});
    EXPECT_TRUE(sites.origin_allowed("http://127.0.0.1:8700", "127.0.0.1"));
    EXPECT_TRUE(sites.origin_allowed("http://localhost:8700", "127.0.0.1"));
    EXPECT_TRUE(sites.origin_allowed("https://monitor.example", "127.0.0.1"));
    EXPECT_TRUE(sites.host_allowed("monitor.example", "127.0.0.1"));
    for (const char* wrong : {"",
                              "null",
                              "https://127.0.0.1:8700",
                              "http://127.0.0.1:39367",
                              "http://127.0.0.1",
                              "http://evil.example",
                              "http://127.0.0.1:8700.evil.example",
                              "http://monitor.example"}) {
        EXPECT_FALSE(sites.origin_allowed(wrong, "127.0.0.1")) << wrong;
    }
}

TEST(Sites, PortEightyMayBeLeftOut)
{
    const Sites sites(80, {});
    EXPECT_TRUE(sites.host_allowed("localhost", "127.0.0.1"));
    EXPECT_TRUE(sites.origin_allowed("http://localhost", "127.0.0.1"));
}

TEST(Tickets, OpenOnceAndSoon)
{
    Tickets tickets;
    const std::string ticket = *tickets.issue(Role::operator_, start, secret(1));
    EXPECT_EQ(tickets.take("nonsense", start), std::nullopt);
    EXPECT_EQ(tickets.take(ticket, start + 29s), Role::operator_);
    EXPECT_EQ(tickets.take(ticket, start + 29s), std::nullopt);
    const std::string late = *tickets.issue(Role::viewer, start, secret(2));
    EXPECT_EQ(tickets.take(late, start + 30s), std::nullopt);
}

TEST(Tickets, AreBoundedUntilTheyAreOld)
{
    Tickets tickets;
    for (int i = 0; i < static_cast<int>(tickets_max); ++i) {
        ASSERT_TRUE(tickets.issue(Role::viewer, start, secret(i)));
    }
    EXPECT_FALSE(tickets.issue(Role::viewer, start, secret(999)));
    EXPECT_TRUE(tickets.issue(Role::viewer, start + ticket_time_max, secret(999)));
}

}  // namespace

}  // namespace penstock::bridge
