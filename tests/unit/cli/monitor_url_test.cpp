#include "client/cli/monitor_url.hpp"

#include <cerrno>
#include <gtest/gtest.h>

namespace penstock::cli {
namespace {

TEST(MonitorUrl, TakesTheTokenOfTheRole)
{
    const std::string text = "viewer 0123abcd\noperator fedc9876\n";
    EXPECT_EQ(token_of(text, "viewer"), "0123abcd");
    EXPECT_EQ(token_of(text, "operator"), "fedc9876");
    EXPECT_EQ(token_of("viewer 0123abcd", "viewer"), "0123abcd") << "without a newline";
}

TEST(MonitorUrl, HasNoTokenWhereTheRoleIsNotThere)
{
    EXPECT_EQ(token_of("viewer 0123\n", "operator"), "");
    EXPECT_EQ(token_of("", "viewer"), "");
    EXPECT_EQ(token_of("viewers 0123\nviewer\nviewer \n", "viewer"), "");
}

// Somebody else may have written the file, and the URL goes to a browser.
TEST(MonitorUrl, TakesNothingForATokenThatAUrlCannotHold)
{
    EXPECT_EQ(token_of("viewer 01/../23\n", "viewer"), "");
    EXPECT_EQ(token_of("viewer 01 23\n", "viewer"), "");
    EXPECT_EQ(token_of("viewer \x1b[2J\n", "viewer"), "");
}

TEST(MonitorUrl, PutsTheTokenIntoTheFragmentWhichNoServerSees)
{
    EXPECT_EQ(monitor_url("127.0.0.1:8700", "abc"), "http://127.0.0.1:8700/#t=abc");
    EXPECT_EQ(monitor_url("[::1]:8700", "abc"), "http://[::1]:8700/#t=abc");
}

TEST(MonitorUrl, NamesThisHostForOneThatIsServedOnAllAddresses)
{
    EXPECT_EQ(monitor_url("0.0.0.0:80", "abc"), "http://127.0.0.1:80/#t=abc");
    EXPECT_EQ(monitor_url("[::]:80", "abc"), "http://[::1]:80/#t=abc");
}

// Its tokens aren't in the file of that name here, which another broker's may be.
TEST(MonitorUrl, KnowsABrokerOfAnotherHost)
{
    EXPECT_EQ(other_host("unix:/run/penstock.sock"), "");
    EXPECT_EQ(other_host("tcp:127.0.0.1:7410"), "");
    EXPECT_EQ(other_host("tcp:[::1]:7410"), "");
    EXPECT_EQ(other_host("tcp:localhost:7410"), "");
    EXPECT_EQ(other_host("tcp:the-host:7410"), "the-host");
    EXPECT_EQ(other_host("tcp:[fe80::1]:7410"), "[fe80::1]");
}

TEST(MonitorUrl, SaysWhatToDoWhereTheTokensCannotBeRead)
{
    const std::string denied = unreadable_text("/run/tokens", "127.0.0.1:8700", EACCES);
    EXPECT_NE(denied.find("/run/tokens"), std::string::npos);
    EXPECT_NE(denied.find("sudo -u USER penstock monitor"), std::string::npos);
    const std::string missing = unreadable_text("/run/tokens", "127.0.0.1:9000", ENOENT);
    EXPECT_NE(missing.find("ssh -L 9000:127.0.0.1:9000 HOST"), std::string::npos) << missing;
}

}  // namespace
}  // namespace penstock::cli
