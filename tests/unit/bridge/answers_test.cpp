#include "server/bridge/answers.hpp"

#include "tests/unit/bridge/readings.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <variant>

namespace penstock::bridge {

namespace {

class AnswersTest : public testing::Test {
protected:
    static Request get(std::string target, std::string token = "")
    {
        Request request;
        request.method = "GET";
        request.target = std::move(target);
        request.hosts = {"127.0.0.1:8700"};
        request.local = "127.0.0.1";
        if (!token.empty()) request.authorization = "Bearer " + token;
        return request;
    }
    static Request upgrade(std::string protocols)
    {
        Request request = get("/api/v1/live");
        request.is_upgrade = true;
        request.origin = "http://127.0.0.1:8700";
        request.protocols = std::move(protocols);
        return request;
    }
    Answers::Answer answer(const Request& request)
    {
        ++secret_[0];
        return answers_.answer(request, state_, now_, Answers::Secret{std::byte(secret_[0])});
    }
    /// 0: it is no response.
    unsigned status(const Request& request)
    {
        const Answers::Answer given = answer(request);
        const auto* response = std::get_if<Response>(&given);
        return response == nullptr ? 0 : response->status;
    }
    std::string ticket()
    {
        Request request = get("/api/v1/ticket", "viewer");
        request.method = "POST";
        const std::string body(std::get<Response>(answer(request)).body());
        const std::size_t begin = body.find("ticket.");
        return body.substr(begin, body.find('"', begin) - begin);
    }

    TimePoint now_{1h};
    State state_{"b1"};
    Answers answers_{Sites(8700, {}), Tokens{"viewer", "operator"}};
    std::array<unsigned char, 1> secret_{};
};

TEST_F(AnswersTest, WhatIsOpenForAllAndWhatNeedsAToken)
{
    for (const char* target : {"/", "/app.js", "/style.css", "/livez"}) {
        EXPECT_EQ(status(get(target)), 200u) << target;
    }
    EXPECT_EQ(status(get("/api/v1/state")), 401u);
    EXPECT_EQ(status(get("/api/v1/state", "wrong")), 401u);
    EXPECT_EQ(status(get("/api/v1/ticket", "viewer")), 405u);
    EXPECT_TRUE(std::holds_alternative<Wanted>(answer(get("/api/v1/state", "viewer"))));
    EXPECT_EQ(status(get("/index.html")), 404u);
    EXPECT_EQ(status(get("/%2e%2e/etc/passwd")), 404u);
}

TEST_F(AnswersTest, ReadyIsOnlyWhoHearsFromTheBroker)
{
    EXPECT_EQ(status(get("/readyz")), 503u);
    FakeBroker broker;
    state_.take(broker.reading({}), now_, wall_ms, "");
    EXPECT_EQ(status(get("/readyz")), 200u);
    state_.set_away("it is away");
    EXPECT_EQ(status(get("/readyz")), 503u);
    EXPECT_EQ(status(get("/livez")), 200u);
}

TEST_F(AnswersTest, WhatIsWrongWithARequestCountsBeforeItsToken)
{
    Request request = get("/api/v1/state", "viewer");
    request.is_http_1_1 = false;
    EXPECT_EQ(status(request), 505u);
    request = get("/", "viewer");
    request.has_transfer_encoding = true;
    EXPECT_EQ(status(request), 501u);
    request = get("/", "viewer");
    request.hosts.clear();
    EXPECT_EQ(status(request), 400u);
    request.hosts = {"127.0.0.1:8700", "127.0.0.1:8700"};
    EXPECT_EQ(status(request), 400u);
    request.hosts = {"evil.example"};
    EXPECT_EQ(status(request), 421u);
    request = get("http://127.0.0.1:8700/", "viewer");
    EXPECT_EQ(status(request), 400u);
    request = get("/", "viewer");
    request.origin = "http://evil.example";
    EXPECT_EQ(status(request), 403u);
}

TEST_F(AnswersTest, ATicketOpensOneWebSocket)
{
    const std::string one = ticket();
    const Answers::Answer opened = answer(upgrade("mon.v1, " + one));
    ASSERT_TRUE(std::holds_alternative<Upgrade>(opened));
    EXPECT_EQ(std::get<Upgrade>(opened).protocol, "mon.v1");
    EXPECT_EQ(status(upgrade("mon.v1, " + one)), 401u);
    const std::string late = ticket();
    now_ += ticket_time_max;
    EXPECT_EQ(status(upgrade("mon.v1, " + late)), 401u);
}

// A page can't leave out its origin; so whoever has none is no page.
TEST_F(AnswersTest, ATokenOpensOneOnlyForWhoHasNoOrigin)
{
    Request request = upgrade("");
    request.authorization = "Bearer operator";
    EXPECT_EQ(status(request), 401u);
    request.origin.reset();
    const Answers::Answer opened = answer(request);
    ASSERT_TRUE(std::holds_alternative<Upgrade>(opened));
    EXPECT_EQ(std::get<Upgrade>(opened).role, Role::operator_);
    EXPECT_EQ(std::get<Upgrade>(opened).protocol, "");
}

TEST_F(AnswersTest, AnUpgradeElsewhereIsNone)
{
    Request request = upgrade("mon.v1, " + ticket());
    request.target = "/";
    EXPECT_EQ(status(request), 404u);
    request = get("/api/v1/live", "viewer");
    EXPECT_EQ(status(request), 426u);
}

TEST_F(AnswersTest, AKnownPageIsNotSentAgain)
{
    Response page = std::get<Response>(answer(get("/app.js")));
    EXPECT_FALSE(page.body().empty());
    Request again = get("/app.js");
    again.if_none_match = page.headers.front().second;
    page = std::get<Response>(answer(again));
    EXPECT_EQ(page.status, 304u);
    EXPECT_TRUE(page.body().empty());
}

TEST_F(AnswersTest, EachAnswerHasTheHeadersThatProtectIt)
{
    for (const auto& response : {problem(404, "x"), std::get<Response>(answer(get("/")))}) {
        const auto headers = all_headers(response);
        for (const char* name : {"Content-Security-Policy",
                                 "X-Content-Type-Options",
                                 "Referrer-Policy",
                                 "Cache-Control",
                                 "Connection"}) {
            EXPECT_TRUE(std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
                return header.first == name;
            })) << name;
        }
    }
}

TEST_F(AnswersTest, TheStateIsOfTheViewThatIsAskedFor)
{
    FakeBroker broker;
    state_.take(broker.reading({queue_row(1, "a", 1), queue_row(2, "b", 2)}), now_, wall_ms, "");
    const auto body = [&](const std::string& query) {
        const Response response =
            answers_.wanted_answer(Wanted::state, get("/api/v1/state" + query), state_);
        return std::to_string(response.status) + std::string(response.body());
    };
    EXPECT_NE(body("?kind=queues&sort=-depth&limit=1").find(R"("rows":[[2,"b")"),
              std::string::npos);
    for (const char* kind : {"queues", "pipes", "connections", "waits"}) {
        EXPECT_NE(body("").find("\"" + std::string(kind) + "\":{\"total\""), std::string::npos);
    }
    for (const char* wrong : {"?kind=x", "?sort=x", "?limit=-1", "?limit=1x", "?x", "?=", "?&&"}) {
        EXPECT_TRUE(body(wrong).starts_with("400")) << wrong;
    }
}

}  // namespace

}  // namespace penstock::bridge
