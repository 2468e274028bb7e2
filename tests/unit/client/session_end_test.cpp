// What each call answers when the connection ends, by its kind and by how far it has come.

#include "tests/support/client/session_fixture.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace penstock::test {

namespace {

using End = LiveSession;
using protocol::Session;
using wire::Status;
using wire::Type;

struct Kind {
    std::string name;
    protocol::Request request;
    errc written;  // what it answers when it was written
};

std::vector<Kind> kinds()
{
    wire::Open open;
    open.handle = 5;
    open.name = "q";
    wire::Read read;
    read.what = wire::ReadWhat::list;
    wire::Admin admin;
    admin.verb = wire::AdminVerb::purge;
    admin.name = "q";
    return {{"open", open, errc::disconnected},
            {"close", wire::Close{.handle = 2}, errc::disconnected},
            {"put", put_request(pattern(3)), errc::in_doubt},
            {"long put", put_request(pattern(1'000'000)), errc::in_doubt},
            {"get", get_request(), errc::disconnected},
            {"task_done", wire::TaskDone{.handle = 1}, errc::in_doubt},
            {"join", wire::Join{.handle = 1}, errc::disconnected},
            {"shutdown", wire::Shutdown{.handle = 1}, errc::in_doubt},
            {"admin", admin, errc::in_doubt},
            {"read", read, errc::disconnected},
            {"ping", wire::Ping{}, errc::disconnected}};
}

}  // namespace

TEST_F(End, WrittenCallsThatChangeSomethingAreInDoubt)
{
    for (const Kind& kind : kinds()) {
        Session cut(mac, usual_options());
        ScriptedBroker far(cut);
        far.welcome();
        const auto call = cut.start(kind.request, base::no_deadline);
        (void)far.frames();
        cut.connection_ended("cut");
        ASSERT_TRUE(cut.answered(call)) << kind.name;
        EXPECT_EQ(cut.take(call).ec, kind.written) << kind.name;
    }
}

TEST_F(End, CallsThatWereNeverWrittenAreDisconnected)
{
    for (const Kind& kind : kinds()) {
        Session cut(mac, usual_options());
        ScriptedBroker far(cut);
        far.welcome();
        const auto call = cut.start(kind.request, base::no_deadline);
        cut.connection_ended("cut");
        EXPECT_EQ(cut.take(call).ec, errc::disconnected) << kind.name;
    }
}

TEST_F(End, LaterCallsAreDisconnectedAtOnce)
{
    session.connection_ended("cut");
    for (const Kind& kind : kinds()) {
        const auto call = start(kind.request);
        EXPECT_EQ(code(call), errc::disconnected) << kind.name;
    }
    EXPECT_TRUE(broker.frames().empty());
}

TEST_F(End, TheBrokersGoodbyeIsLikeACut)
{
    const auto put = start(put_request(pattern(1)));
    const auto get = start(get_request());
    (void)broker.frames();
    broker.send({}, wire::Goodbye{wire::GoodbyeCode::shutting_down, 100, "going down"});
    EXPECT_EQ(session.end_text(), "going down");
    EXPECT_EQ(code(put), errc::in_doubt);
    EXPECT_EQ(code(get), errc::disconnected);
    EXPECT_EQ(code(start(get_request())), errc::disconnected);
}

TEST_F(End, AnswersThatCameBeforeTheEndStand)
{
    const auto put = start(put_request(pattern(1)));
    (void)broker.frames();
    broker.result(2, Status::ok);
    session.connection_ended("cut");
    EXPECT_FALSE(code(put));
}

TEST_F(End, AnItemThatWasNotHandedOverIsDropped)
{
    const auto get = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(1)));
    session.connection_ended("cut");
    EXPECT_EQ(code(get), errc::disconnected) << "the broker gives it to somebody else";
}

TEST_F(End, AnItemThatCameBeforeTheBrokerEndedIsHandedOver)
{
    const auto get = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(1)));
    broker.send({}, wire::Goodbye{wire::GoodbyeCode::shutting_down, 0, "going down"});
    EXPECT_FALSE(code(get)) << "nobody else can get it any more";
}

TEST_F(End, AHalfItemIsDropped)
{
    const auto get = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(100), 50));
    session.connection_ended("cut");
    EXPECT_EQ(code(get), errc::disconnected);
}

TEST_F(End, AGoodbyeThatNobodyAskedForIsACutWithTheBrokersWords)
{
    const auto put = session.start(put_request(pattern(3)), base::no_deadline);
    const auto get = session.start(get_request(), base::no_deadline);
    (void)broker.frames();
    EXPECT_EQ(session.farewell(), "");
    broker.send({}, wire::Goodbye{wire::GoodbyeCode::done, 0, "closed by an operator"});
    EXPECT_EQ(session.take(put).ec, errc::in_doubt);
    EXPECT_EQ(session.take(get).ec, errc::disconnected);
    EXPECT_EQ(session.end_code(), errc::disconnected);
    EXPECT_EQ(session.farewell(), "closed by an operator");
}

TEST_F(End, GoodbyeIsAnsweredByBye)
{
    session.goodbye();
    EXPECT_EQ(types(broker.frames()), (std::vector{Type::goodbye}));
    EXPECT_EQ(session.stage(), Session::Stage::closing);
    broker.send({}, wire::Bye{});
    EXPECT_EQ(session.stage(), Session::Stage::ended);
    EXPECT_FALSE(session.end_code());
    EXPECT_EQ(code(start(get_request())), errc::disconnected);
}

TEST_F(End, ACutAfterOurGoodbyeIsNoError)
{
    session.goodbye();
    (void)broker.frames();
    session.connection_ended("cut");
    EXPECT_FALSE(session.end_code());
}

TEST_F(End, GoodbyeEndsWhatWaitsInHereAndLetsTheBrokerAnswerTheRest)
{
    const auto put = start(put_request(pattern(1)));
    const auto held = start(get_request());
    (void)broker.frames();
    broker.send({.op = 3}, item_message(pattern(1)));
    const auto waiting = start(get_request());

    session.goodbye();

    EXPECT_EQ(code(held), errc::disconnected) << "its ACK could not go out any more";
    EXPECT_EQ(code(waiting), errc::disconnected);
    (void)broker.frames();
    broker.result(2, Status::ok);
    EXPECT_FALSE(code(put));
}

TEST_F(End, AnItemThatArrivesAfterOurGoodbyeIsNotHandedOver)
{
    const auto get = start(get_request());
    (void)broker.frames();
    session.goodbye();
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(1)));
    EXPECT_EQ(code(get), errc::disconnected);
    broker.result(2, Status::closed);
    EXPECT_EQ(session.stage(), Session::Stage::closing);
}

TEST_F(End, GoodbyeTwiceIsSaidOnce)
{
    session.goodbye();
    session.goodbye();
    EXPECT_EQ(broker.frames().size(), 1u);
    session.goodbye();
    EXPECT_TRUE(broker.frames().empty());
}

TEST_F(End, CallsThatAreAnsweredAsTheyStartAreNotRemembered)
{
    session.connection_ended("cut");
    (void)session.take_answered();
    EXPECT_EQ(code(start(get_request())), errc::disconnected);
    EXPECT_TRUE(session.take_answered().empty()) << "nobody reads here any more, and asks";
}

TEST_F(End, AbandonedCallsAreGoneWithTheConnection)
{
    const auto get = start(get_request());
    (void)broker.frames();
    session.abandon(get);
    (void)session.take_answered();
    session.connection_ended("cut");
    EXPECT_TRUE(session.take_answered().empty());
}

}  // namespace penstock::test
