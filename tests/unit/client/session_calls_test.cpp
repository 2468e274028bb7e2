#include "common/wire/limits.hpp"
#include "tests/support/client/session_fixture.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace penstock::test {

namespace {

using namespace std::chrono_literals;
using Calls = LiveSession;
using wire::Status;
using wire::Type;

base::Bytes ping_bytes(std::uint64_t token)
{
    return frame_bytes({}, wire::Pong{token});
}

}  // namespace

TEST_F(Calls, IdsRiseByOneInTheOrderOfTheWire)
{
    (void)start(put_request(pattern(3)));
    (void)start(get_request());
    (void)start(wire::Join{.handle = 1});
    const auto frames = broker.frames();
    ASSERT_EQ(types(frames), (std::vector{Type::put, Type::get, Type::join}));
    EXPECT_EQ(frames[0].header.op, 2u);  // OPEN was 1
    EXPECT_EQ(frames[1].header.op, 3u);
    EXPECT_EQ(frames[2].header.op, 4u);
}

TEST_F(Calls, AnswersGoToTheirCallsInAnyOrder)
{
    const auto first = start(get_request());
    const auto second = start(get_request());
    (void)broker.frames();
    broker.send({.op = 3}, item_message(pattern(5)));
    EXPECT_FALSE(session.answered(first));
    ASSERT_TRUE(session.answered(second));
    EXPECT_EQ(session.take_answered().back(), second);
    const auto answer = session.take(second);
    EXPECT_EQ(answer.items.front().body.to_bytes(), pattern(5));
    EXPECT_EQ(answer.items.front().seq, 5u);
    EXPECT_EQ(answer.op, 3u);
    EXPECT_EQ(answer.items.front().index, 1u);
}

TEST_F(Calls, AReadThatMayWaitIsCalledOffByACancel)
{
    wire::Read request;
    request.what = wire::ReadWhat::ready;
    request.handles = {1};
    const auto waits = start(request);
    ASSERT_EQ(types(broker.frames()), (std::vector{Type::read}));
    session.abandon(waits);
    const auto frames = broker.frames();
    ASSERT_EQ(types(frames), (std::vector{Type::cancel}));
    EXPECT_EQ(frames.front().header.op, wire::read_id_bit | 1);
    broker.send({.op = wire::read_id_bit | 1}, result_message(Status::cancelled));
    EXPECT_TRUE(broker.frames().empty()) << "READs are not acknowledged";
}

TEST_F(Calls, OneResultMayAnswerARangeOfAllTypes)
{
    const auto put = start(put_request(pattern(3)));
    const auto done = start(wire::TaskDone{.handle = 1});
    const auto join = start(wire::Join{.handle = 1});
    (void)broker.frames();
    broker.send({.n = 3, .op = 2}, result_message(Status::closed));
    EXPECT_EQ(code(put), errc::closed);
    EXPECT_EQ(code(done), errc::closed);
    EXPECT_EQ(code(join), errc::closed);
}

TEST_F(Calls, TimeoutsAreWhatIsLeftAndNeverBecomeAOneTryByRounding)
{
    (void)start(get_request(), start_time + 250ms);
    auto frame = broker.only<wire::Get>(start_time + 10us);
    EXPECT_EQ(std::get<wire::Get>(frame.message).timeout_ms, 250u);

    (void)start(get_request(), start_time + 1us);
    frame = broker.only<wire::Get>(start_time);
    EXPECT_EQ(std::get<wire::Get>(frame.message).timeout_ms, 1u);

    (void)start(get_request(), start_time);
    frame = broker.only<wire::Get>(start_time);
    EXPECT_EQ(std::get<wire::Get>(frame.message).timeout_ms, 0u);

    (void)start(get_request());
    frame = broker.only<wire::Get>(start_time);
    EXPECT_EQ(std::get<wire::Get>(frame.message).timeout_ms, UINT32_MAX);
}

TEST_F(Calls, ReadsHaveIdsOfTheirOwn)
{
    wire::Read read;
    read.what = wire::ReadWhat::qsize;
    read.handles = {1};
    const auto call = start(read);
    const auto frame = broker.only<wire::Read>();
    EXPECT_EQ(frame.header.op, (std::uint64_t{1} << 63) | 1);
    broker.result(frame.header.op, Status::ok, pattern(7));
    EXPECT_EQ(session.take(call).body.to_bytes(), pattern(7));
    EXPECT_TRUE(broker.frames().empty()) << "a read is not kept, so it is not acknowledged";
}

TEST_F(Calls, APingIsAnsweredByItsPong)
{
    const auto call = start(wire::Ping{});
    const auto frame = broker.only<wire::Ping>();
    broker.send_bytes(ping_bytes(std::get<wire::Ping>(frame.message).token));
    EXPECT_FALSE(code(call));
}

TEST_F(Calls, TheBrokersPingIsAnswered)
{
    broker.send({}, wire::Ping{77});
    const auto frame = broker.only<wire::Pong>();
    EXPECT_EQ(std::get<wire::Pong>(frame.message).token, 77u);
}

TEST_F(Calls, AnAbandonedGetThatWasNeverWrittenLeavesNoTrace)
{
    const auto call = start(get_request());
    session.abandon(call);
    EXPECT_TRUE(broker.frames().empty());
}

TEST_F(Calls, AnAbandonedGetIsCancelledAndItsLateItemIgnored)
{
    const auto call = start(get_request());
    (void)broker.frames();
    session.abandon(call);

    const auto frame = broker.only<wire::Cancel>();
    EXPECT_EQ(frame.header.op, 2u);
    EXPECT_TRUE(std::get<wire::Cancel>(frame.message).give_back);

    broker.send({.op = 2}, item_message(pattern(3)));
    EXPECT_TRUE(broker.frames().empty()) << "an ACK would consume what nobody got";
    broker.result(2, Status::cancelled);
    EXPECT_EQ(broker.only<wire::Ack>().header.op, 2u);
}

TEST_F(Calls, AnAbandonedGetForgetsAnItemThatIsHere)
{
    const auto call = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(3)));
    session.abandon(call);
    EXPECT_EQ(broker.only<wire::Cancel>().header.op, 2u);
    broker.result(2, Status::cancelled);
    EXPECT_EQ(broker.only<wire::Ack>().header.op, 2u);
}

TEST_F(Calls, AnAbandonedGetForgetsTheHalfOfAnItem)
{
    const auto call = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(300), 100));
    session.abandon(call);
    (void)broker.frames();
    broker.send({.op = 2}, wire::Data{base::Rope(base::Slice::copy_of(pattern(200)))});
    EXPECT_TRUE(broker.frames().empty());
    broker.result(2, Status::cancelled);
    EXPECT_EQ(broker.only<wire::Ack>().header.op, 2u);
    EXPECT_EQ(session.stage(), protocol::Session::Stage::live);
}

TEST_F(Calls, ACancelThatCrossesTheAnswerDoesNoHarm)
{
    const auto call = start(get_request());
    (void)broker.frames();
    session.abandon(call);
    (void)broker.frames();
    broker.result(2, Status::empty);  // before the CANCEL arrived
    EXPECT_EQ(broker.only<wire::Ack>().header.op, 2u);
    broker.result(2, Status::empty);  // the answer to it
    EXPECT_TRUE(broker.frames().empty());
    EXPECT_EQ(session.stage(), protocol::Session::Stage::live);
}

TEST_F(Calls, ACancelThatCrossesTheAnswerOfOneItemOfSeveralDoesNoHarm)
{
    auto put = put_request(pattern(3));
    put.sizes = {1, 1, 1};
    const auto call = start(put);
    (void)broker.frames();
    broker.result(2, Status::ok);  // the other two wait for room
    session.abandon(call);
    (void)broker.frames();
    broker.result(2, Status::ok);  // it was cancelled before its ACK was there
    broker.send({.n = 2, .op = 3}, result_message(Status::cancelled));
    EXPECT_EQ(broker.only<wire::Ack>().header.n, 2u);
    EXPECT_EQ(session.stage(), protocol::Session::Stage::live);
}

TEST_F(Calls, AnAbandonedOpenThatSucceedsIsClosed)
{
    wire::Open open;
    open.handle = 9;
    open.name = "late";
    const auto call = start(open);
    (void)broker.frames();
    session.abandon(call);
    (void)broker.frames();
    broker.result(2, Status::ok, wire::encode(open_body(4)));
    const auto frames = broker.frames();
    ASSERT_EQ(types(frames), (std::vector{Type::ack, Type::close}));
    EXPECT_EQ(std::get<wire::Close>(frames[1].message).handle, 9u);
}

TEST_F(Calls, CloseEndsWhatItsHandleHasInHere)
{
    const auto sent = start(get_request());
    const auto held = start(get_request());
    const auto other = start(get_request(2));
    (void)broker.frames();
    broker.send({.op = 3}, item_message(pattern(3)));
    const auto waiting = start(get_request());

    session.forget(start(wire::Close{.handle = 1}));

    EXPECT_EQ(code(sent), errc::closed);
    EXPECT_EQ(code(held), errc::closed);
    EXPECT_EQ(code(waiting), errc::closed);
    EXPECT_FALSE(session.answered(other));
    const auto frames = broker.frames();
    ASSERT_EQ(types(frames), (std::vector{Type::cancel, Type::cancel, Type::close}));
    broker.result(2, Status::cancelled);
    broker.result(3, Status::cancelled);
    broker.result(5, Status::ok);
    const auto acks = broker.frames();
    ASSERT_EQ(types(acks), (std::vector{Type::ack, Type::ack}));
}

TEST_F(Calls, CloseEndsAGetThatAlsoWaitsElsewhere)
{
    wire::Get get = get_request(2);
    get.further = {3, 1};
    const auto any = start(get);
    (void)broker.frames();
    session.forget(start(wire::Close{.handle = 1}));
    EXPECT_EQ(code(any), errc::closed);
    EXPECT_EQ(types(broker.frames()), (std::vector{Type::cancel, Type::close}));
}

TEST_F(Calls, CloseLeavesWrittenPutsToTheBroker)
{
    const auto put = start(put_request(pattern(3)));
    (void)broker.frames();
    session.forget(start(wire::Close{.handle = 1}));
    EXPECT_FALSE(session.answered(put)) << "only the broker knows whether it went in";
    (void)broker.frames();
    broker.result(2, Status::ok);
    EXPECT_FALSE(code(put));
}

}  // namespace penstock::test
