#include "common/base/endpoint.hpp"

#include <gtest/gtest.h>
#include <string>
#include <variant>

namespace penstock::base {
namespace {

Endpoint parsed(std::string_view text)
{
    auto result = parse_endpoint(text);
    if (auto* error = std::get_if<std::string>(&result)) {
        ADD_FAILURE() << *error;
        return {};
    }
    return std::get<Endpoint>(std::move(result));
}

std::string error_of(std::string_view text)
{
    const auto result = parse_endpoint(text);
    const auto* error = std::get_if<std::string>(&result);
    return error == nullptr ? "(parsed)" : *error;
}

#define EXPECT_CONTAINS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Endpoint, UnixPathIsTakenAsItIs)
{
    const Endpoint endpoint = parsed("unix:/run/user/1000/a b:c.sock");
    EXPECT_EQ(endpoint.family, Endpoint::Family::unix_socket);
    EXPECT_EQ(endpoint.path, "/run/user/1000/a b:c.sock");
}

TEST(Endpoint, TcpHasAHostAndAPort)
{
    const Endpoint endpoint = parsed("tcp:queue-1.example.org:7000");
    EXPECT_EQ(endpoint.family, Endpoint::Family::tcp);
    EXPECT_EQ(endpoint.host, "queue-1.example.org");
    EXPECT_EQ(endpoint.port, 7000);
    EXPECT_EQ(parsed("tcp:127.0.0.1:0").port, 0);
    EXPECT_EQ(parsed("tcp:h:65535").port, 65535);
}

TEST(Endpoint, Ipv6AddressesStandInBrackets)
{
    EXPECT_EQ(parsed("tcp:[::1]:7000").host, "::1");
    EXPECT_EQ(parsed("tcp:[fe80::1%eth0]:7000").host, "fe80::1%eth0");
    EXPECT_CONTAINS(error_of("tcp:::1:7000"), "brackets");
}

TEST(Endpoint, UrlsAreToldTheRightForm)
{
    EXPECT_CONTAINS(error_of("unix:///run/penstock.sock"), "unix:/path");
    EXPECT_CONTAINS(error_of("tcp://localhost:7000"), "tcp:host:port");
}

TEST(Endpoint, OtherSchemesAreToldAllForms)
{
    for (const std::string_view text : {"", "localhost:7000", "/run/penstock.sock", "udp:h:1"}) {
        EXPECT_CONTAINS(error_of(text), "unix:/path");
        EXPECT_CONTAINS(error_of(text), "tcp:host:port");
        EXPECT_CONTAINS(error_of(text), "tcp:[::1]:port");
    }
}

TEST(Endpoint, EveryErrorQuotesTheText)
{
    EXPECT_CONTAINS(error_of("tcp:localhost"), "'tcp:localhost'");
}

TEST(Endpoint, UnixPathMistakesAreNamed)
{
    EXPECT_CONTAINS(error_of("unix:"), "missing");
    EXPECT_CONTAINS(error_of("unix:run/penstock.sock"), "absolute");
    EXPECT_CONTAINS(error_of("unix:/run/"), "slash");
    EXPECT_CONTAINS(error_of(std::string_view("unix:/a\0b", 9)), "zero");
    EXPECT_EQ(parsed("unix:/" + std::string(106, 'p')).path.size(), 107u);
    EXPECT_CONTAINS(error_of("unix:/" + std::string(107, 'p')), "107");
}

TEST(Endpoint, TcpMistakesAreNamed)
{
    EXPECT_CONTAINS(error_of("tcp:"), "host is missing");
    EXPECT_CONTAINS(error_of("tcp::7000"), "host is missing");
    EXPECT_CONTAINS(error_of("tcp:[]:7000"), "host is missing");
    EXPECT_CONTAINS(error_of("tcp:localhost"), "port is missing");
    EXPECT_CONTAINS(error_of("tcp:localhost:"), "port is missing");
    EXPECT_CONTAINS(error_of("tcp:[::1]"), "port is missing");
    EXPECT_CONTAINS(error_of("tcp:[::1]7000"), "port is missing");
    EXPECT_CONTAINS(error_of("tcp:[::1:7000"), "bracket");
    EXPECT_CONTAINS(error_of("tcp:a b:7000"), "character");
    EXPECT_CONTAINS(error_of("tcp:" + std::string(254, 'h') + ":1"), "too long");
}

TEST(Endpoint, PortIsANumberUpTo65535)
{
    for (const std::string_view port :
         {"65536", "99999999999999", "-1", "+1", " 1", "1 ", "http", "0x10", "1.5"}) {
        EXPECT_CONTAINS(error_of("tcp:h:" + std::string(port)), "65535");
    }
}

TEST(Endpoint, TextRoundTrips)
{
    for (const std::string_view text : {"unix:/run/penstock.sock",
                                        "tcp:localhost:7000",
                                        "tcp:[::1]:7000",
                                        "tcp:[a%b]:1",
                                        "tcp:10.0.0.1:0"}) {
        EXPECT_EQ(to_string(parsed(text)), text);
    }
}

TEST(Endpoint, DefaultSocketIsInTheRuntimeFolderElseInTmp)
{
    EXPECT_EQ(default_socket_path("/run/user/1000", 1000), "/run/user/1000/penstock/penstock.sock");
    EXPECT_EQ(default_socket_path({}, 1000), "/tmp/penstock-1000/penstock.sock");
    EXPECT_EQ(default_socket_path("", 0), "/tmp/penstock-0/penstock.sock");
    EXPECT_EQ(default_socket_path("relative", 7), "/tmp/penstock-7/penstock.sock");
}

}  // namespace
}  // namespace penstock::base
