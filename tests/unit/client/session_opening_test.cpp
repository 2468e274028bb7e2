#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"
#include "tests/support/client/session_fixture.hpp"

#include <gtest/gtest.h>
#include <string>

namespace penstock::test {

namespace {

using Opening = NewSession;
using protocol::Session;

base::Bytes key()
{
    const auto text = base::as_bytes("correct horse battery staple");
    return {text.begin(), text.end()};
}

/// Carries the handshake between `session` and a broker of `broker_key` to its end.
void shake_hands(Session& session, const base::Bytes& broker_key)
{
    OpensslMac mac;
    ScriptedBroker wire_end(session);
    wire::Nonce nonce{};
    nonce.fill(std::byte{3});
    wire::ServerHandshake broker(mac, broker_key, {.challenge = true}, nonce);
    wire::HandshakeStep step = broker.start();
    while (true) {
        for (const base::Bytes& message : step.send) {
            wire_end.send_bytes(handshake_bytes(base::as_text(message)));
        }
        if (step.state != wire::HandshakeStep::State::pending) return;
        const auto answers = wire_end.payloads();
        if (answers.empty()) return;
        step = broker.receive(answers.front());
        for (std::size_t i = 1; i < answers.size(); ++i) {
            if (step.state != wire::HandshakeStep::State::pending) return;
            const auto more = broker.receive(answers[i]);
            step.state = more.state;
            step.send.insert(step.send.end(), more.send.begin(), more.send.end());
        }
    }
}

}  // namespace

TEST_F(Opening, SaysHelloOnlyAfterTheBrokersWelcomeWord)
{
    EXPECT_TRUE(broker.payloads().empty());

    broker.send_bytes(handshake_bytes("#WELCOME#"));

    const auto frames = broker.frames();
    ASSERT_EQ(types(frames), std::vector{wire::Type::hello});
    const auto& hello = std::get<wire::Hello>(frames.front().message);
    EXPECT_EQ(hello.client_name, "test:1");
    EXPECT_EQ(session.stage(), Session::Stage::welcome);
}

TEST_F(Opening, CallsThatStartEarlyWaitForTheWelcome)
{
    const auto call = session.start(wire::Ping{}, base::no_deadline);
    EXPECT_TRUE(broker.payloads().empty());
    EXPECT_TRUE(session.waiting(call));

    broker.welcome();

    EXPECT_FALSE(session.waiting(call));
}

TEST_F(Opening, WithTheSameKeyBothSidesAreSatisfied)
{
    auto options = usual_options();
    options.key = key();
    options.require_challenge = true;
    Session keyed(mac, std::move(options));

    shake_hands(keyed, key());

    EXPECT_EQ(keyed.stage(), Session::Stage::welcome);
}

TEST_F(Opening, AWrongKeyIsRefused)
{
    auto options = usual_options();
    options.key = base::Bytes(20, std::byte{1});
    Session keyed(mac, std::move(options));

    shake_hands(keyed, key());

    EXPECT_EQ(keyed.stage(), Session::Stage::ended);
    EXPECT_EQ(keyed.end_code(), errc::refused);
    EXPECT_NE(keyed.end_text().find("key"), std::string::npos) << keyed.end_text();
}

TEST_F(Opening, ABrokerThatAsksForAKeyIsToldApartFromOneThatHasAnother)
{
    shake_hands(session, key());

    EXPECT_EQ(session.end_code(), errc::refused);
    EXPECT_NE(session.end_text().find("none"), std::string::npos) << session.end_text();
}

TEST_F(Opening, ABrokerThatSkipsTheChallengeIsRefusedWhereItIsRequired)
{
    auto options = usual_options();
    options.key = key();
    options.require_challenge = true;
    Session keyed(mac, std::move(options));
    ScriptedBroker wire_end(keyed);

    wire_end.send_bytes(handshake_bytes("#WELCOME#"));

    EXPECT_EQ(keyed.end_code(), errc::refused);
    EXPECT_TRUE(wire_end.payloads().empty()) << "nothing may be said to a stranger";
}

TEST_F(Opening, EveryRefusalHasItsCodeAndTheBrokersText)
{
    const std::vector<std::pair<wire::RefusedReason, errc>> cases{
        {wire::RefusedReason::version, errc::unsupported},
        {wire::RefusedReason::too_many, errc::too_many},
        {wire::RefusedReason::unknown, errc::refused},
        {wire::RefusedReason::fenced, errc::refused}};
    for (const auto& [reason, code] : cases) {
        Session refused(mac, usual_options());
        ScriptedBroker wire_end(refused);
        wire_end.send_bytes(handshake_bytes("#WELCOME#"));
        wire::Refused message;
        message.reason = reason;
        message.text = "because";
        wire_end.send({}, message);
        EXPECT_EQ(refused.end_code(), code);
        EXPECT_EQ(refused.end_text(), "because");
    }
}

TEST_F(Opening, AGoodbyeInsteadOfTheWelcomeDisconnects)
{
    broker.send_bytes(handshake_bytes("#WELCOME#"));
    broker.send({}, wire::Goodbye{wire::GoodbyeCode::shutting_down, 0, "going down"});
    EXPECT_EQ(session.end_code(), errc::disconnected);
    EXPECT_EQ(session.end_text(), "going down");
}

TEST_F(Opening, AVersionThatWasNotOfferedIsAFault)
{
    broker.send_bytes(handshake_bytes("#WELCOME#"));
    wire::Welcome welcome;
    welcome.version = wire::protocol_version + 1;
    welcome.granted = usual_grants;
    broker.send({}, welcome);
    EXPECT_EQ(session.end_code(), errc::protocol);
}

TEST_F(Opening, AGrantOfNoOperationsIsAFault)
{
    broker.send_bytes(handshake_bytes("#WELCOME#"));
    wire::Welcome welcome;
    welcome.version = wire::protocol_version;
    broker.send({}, welcome);
    EXPECT_EQ(session.end_code(), errc::protocol);
}

TEST_F(Opening, AnythingElseThanAWelcomeIsAFault)
{
    broker.send_bytes(handshake_bytes("#WELCOME#"));
    broker.send({.op = 1}, result_message(wire::Status::ok));
    EXPECT_EQ(session.end_code(), errc::protocol);
}

TEST_F(Opening, AStrangersServerIsRecognised)
{
    broker.send_bytes(handshake_bytes("HTTP/1.1 400 Bad Request"));
    EXPECT_EQ(session.end_code(), errc::refused);
    EXPECT_NE(session.end_text().find("not a penstock server"), std::string::npos);
}

TEST_F(Opening, AFirstFrameThatIsTooLongEndsIt)
{
    broker.send_bytes({std::byte{0}, std::byte{0}, std::byte{2}, std::byte{0}});
    EXPECT_EQ(session.end_code(), errc::protocol);
}

TEST_F(Opening, AnEndDuringTheHandshakeAnswersTheCalls)
{
    const auto call = session.start(get_request(), base::no_deadline);
    session.connection_ended("cut");
    ASSERT_TRUE(session.answered(call));
    EXPECT_EQ(session.take(call).ec, errc::disconnected);
}

}  // namespace penstock::test
