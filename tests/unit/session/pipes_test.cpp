// docs/protocol.md, section 3.6, OPEN: pipes, whose parties meet at a name.
#include "tests/support/session/pipes_fixture.hpp"

namespace penstock::session {
namespace {

using Lines = std::vector<std::string>;
using wire::Kind;
constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

TEST_F(Pipes, EachPartyWaitsForTheOther)
{
    left.open_pipe(1, "p", Kind::pipe_left);
    EXPECT_EQ(left.answers(), Lines{});
    right.open_pipe(1, "p", Kind::pipe_right);
    EXPECT_EQ(left.answers(), (Lines{"1 ok by relay"}));
    EXPECT_EQ(right.answers(), (Lines{"1 ok by relay"}));
}

TEST_F(Pipes, WhatIsSentAtOneEndIsReceivedAtTheOther)
{
    meet();
    left.put(1, {"a", "", "c"});
    right.put(1, {"back"});
    right.get(1, 0, 1, 10);
    left.get(1, forever_ms);
    EXPECT_EQ(left.answers(), (Lines{"2-4 ok", "5 item back #1 x1"}));
    EXPECT_EQ(right.answers(), (Lines{"2 ok", "3 item ac #1 x1 n3"}));
}

TEST_F(Pipes, AThirdPartyIsTold)
{
    meet();
    FakeClient third{engine, now, over_tcp()};
    third.live();
    third.open_pipe(1, "p", Kind::pipe_left);
    third.open_pipe(2, "p", Kind::pipe_right);
    EXPECT_EQ(third.answers(), (Lines{"1 end_taken", "2 end_taken"}));
}

TEST_F(Pipes, AWaitingEndIsTakenToo)
{
    left.open_pipe(1, "p", Kind::pipe_left);
    right.open_pipe(1, "p", Kind::pipe_left);
    EXPECT_EQ(right.answers(), (Lines{"1 end_taken"}));
}

TEST_F(Pipes, WhoWaitsTooLongIsTimedOutAndTheNameIsFree)
{
    left.open_pipe(1, "p", Kind::pipe_left, 50);
    now += std::chrono::milliseconds(50);
    engine.expire(now);
    EXPECT_EQ(left.answers(), (Lines{"1 timed_out"}));
    EXPECT_EQ(used(Resource::objects), 0u);
    right.open_pipe(1, "p", Kind::pipe_left);
    left.open_pipe(2, "p", Kind::pipe_right);
    EXPECT_EQ(left.answers(), (Lines{"2 ok by relay"}));
}

TEST_F(Pipes, OneTryFindsAPartyThatWaitsOrNone)
{
    left.open_pipe(1, "p", Kind::pipe_left, 0);
    EXPECT_EQ(left.answers(), (Lines{"1 timed_out"}));
    left.open_pipe(2, "p", Kind::pipe_left);
    right.open_pipe(1, "p", Kind::pipe_right, 0);
    EXPECT_EQ(right.answers(), (Lines{"1 ok by relay"}));
}

TEST_F(Pipes, CloseEndsAWaitForTheOtherSide)
{
    left.open_pipe(1, "p", Kind::pipe_left);
    left.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(left.answers(), (Lines{"1 closed", "2 ok"}));
    EXPECT_EQ(used(Resource::objects), 0u);
    left.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(left.answers(), (Lines{"3 bad_handle"}));
}

TEST_F(Pipes, CancelEndsAWaitForTheOtherSide)
{
    const wire::OpId op = left.open_pipe(1, "p", Kind::pipe_left);
    left.cancel(op, true);
    EXPECT_EQ(left.answers(), (Lines{"1 cancelled"}));
    EXPECT_EQ(used(Resource::objects), 0u);
    EXPECT_EQ(engine.broker().pipes(), 0u);
}

TEST_F(Pipes, APartyThatDiesWhileItWaitsLeavesNoTrace)
{
    left.open_pipe(1, "p", Kind::pipe_left);
    left.cut();
    EXPECT_EQ(engine.broker().pipes(), 0u);
    EXPECT_EQ(used(Resource::objects), 0u);
    right.open_pipe(1, "p", Kind::pipe_right, 0);
    EXPECT_EQ(right.answers(), (Lines{"1 timed_out"}));
}

TEST_F(Pipes, AnEndThatIsNotOpenYetIsABadHandle)
{
    left.open_pipe(1, "p", Kind::pipe_left);
    left.put(1, {"a"});
    left.get(1, forever_ms);
    EXPECT_EQ(left.answers(), (Lines{"2 bad_handle", "3 bad_handle"}));
}

TEST_F(Pipes, WhenOneSideGoesTheOtherGetsWhatIsThereAndThenTheEnd)
{
    meet();
    left.put(1, {"last"});
    right.put(1, {"unread"});
    left.cut();
    right.get(1, forever_ms);
    right.get(1, forever_ms);
    right.put(1, {"nobody"});
    EXPECT_EQ(right.answers(), (Lines{"2 ok", "3 item last #1 x1 ack_now", "4 eof", "5 closed"}));
    right.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(right.answers(), (Lines{"6 ok"}));
    EXPECT_EQ(engine.broker().pipes(), 0u);
    EXPECT_EQ(used(Resource::objects), 0u);
}

TEST_F(Pipes, AWaitingReceiverIsToldWhenTheOtherSideCloses)
{
    meet();
    right.get(1, forever_ms);
    left.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(right.answers(), (Lines{"2 eof"}));
}

TEST_F(Pipes, TheNameIsTakenUntilBothHaveGone)
{
    meet();
    left.op(wire::Message(wire::Close{1}));
    left.open_pipe(2, "p", Kind::pipe_left);
    right.op(wire::Message(wire::Close{1}));
    left.open_pipe(3, "p", Kind::pipe_left, 0);
    EXPECT_EQ(left.answers(), (Lines{"2 ok", "3 end_taken", "4 timed_out"}));
}

TEST_F(Pipes, AQueueAndAPipeDoNotShareAName)
{
    left.open(1, "q");
    left.open_pipe(2, "q", Kind::pipe_left);
    left.open_pipe(3, "p", Kind::pipe_left);
    left.open(4, "p");
    EXPECT_EQ(left.answers(), (Lines{"1 ok", "2 options_differ", "4 options_differ"}));
}

TEST_F(Pipes, OneDirectionOfAnEndMayEndAndWhatWaitsInItIsClosed)
{
    meet();
    left.put(1, {"last"});
    left.get(1, forever_ms);
    right.get(1, forever_ms);
    right.get(1, forever_ms);
    EXPECT_EQ(left.answers(), (Lines{"2 ok"}));
    left.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::sending}));
    EXPECT_EQ(right.answers(), (Lines{"2 item last #1 x1", "3 eof"}));
    left.put(1, {"too late"});
    EXPECT_EQ(left.answers(), (Lines{"4 ok", "5 closed"}));
    right.put(1, {"still"});
    EXPECT_EQ(left.answers(), (Lines{"3 item still #1 x1"}));
    left.get(1, forever_ms);
    left.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::receiving}));
    EXPECT_EQ(left.answers(), (Lines{"6 closed", "7 ok"}));
    right.put(1, {"nobody"});
    EXPECT_EQ(right.answers(), (Lines{"4 ok", "5 closed"}));
    left.op(wire::Message(wire::Close{1}));
    right.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(engine.broker().pipes(), 0u);
    EXPECT_EQ(used(Resource::objects), 0u);
}

TEST_F(Pipes, ASenderThatWaitsIsToldThatNobodyReceives)
{
    EngineOptions options = Pipes::options();
    options.pipe_bytes_max = 300;
    engine.reconfigure(options);
    meet();
    left.put(1, {std::string(300, 'x')}, 0);
    left.put(1, {"waits"});
    EXPECT_EQ(left.answers(), (Lines{"2 ok"}));
    right.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::receiving}));
    EXPECT_EQ(left.answers(), (Lines{"3 closed"}));
    left.put(1, {"waits"});
    left.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::sending}));
    EXPECT_EQ(left.answers(), (Lines{"4 closed", "5 ok"}));
}

TEST_F(Pipes, HalvesAreOfPipesAndTheirHandlesMustBeOpen)
{
    meet();
    left.open(2, "q");
    left.op(wire::Message(wire::Shutdown{2, wire::ShutdownHow::sending}));
    left.op(wire::Message(wire::Shutdown{3, wire::ShutdownHow::receiving}));
    EXPECT_EQ(left.answers(), (Lines{"2 ok", "3 unsupported", "4 bad_handle"}));
}

TEST_F(Pipes, TheCallsOfQueuesAreUnsupported)
{
    meet();
    left.op(wire::Message(wire::Join{1, 0}));
    left.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::drain}));
    left.op(wire::Message(wire::TaskDone{1, 0, 0}));
    left.get_any(1, {1}, 0);
    EXPECT_EQ(left.answers(),
              (Lines{"2 unsupported", "3 unsupported", "4 unsupported", "5 unsupported"}));
}

TEST_F(Pipes, ASenderIsHeldBackAtTheLimitOfBytes)
{
    EngineOptions options = Pipes::options();
    options.pipe_bytes_max = 300;
    engine.reconfigure(options);
    meet();
    left.put(1, {std::string(300, 'x')}, 0);
    left.put(1, {"more"}, 0);
    left.put(1, {"waits"});
    EXPECT_EQ(left.answers(), (Lines{"2 ok", "3 full"}));
    right.get(1, 0);
    EXPECT_EQ(left.answers(), (Lines{"4 ok"}));
}

TEST_F(Pipes, BothEndsMayBeOfOneSession)
{
    left.open_pipe(1, "p", Kind::pipe_left);
    left.open_pipe(2, "p", Kind::pipe_right);
    left.put(1, {"to myself"});
    left.get(2, 0);
    EXPECT_EQ(left.answers(),
              (Lines{"1 ok by relay", "2 ok by relay", "3 ok", "4 item to myself #1 x1"}));
    left.cut();
    EXPECT_EQ(engine.broker().pipes(), 0u);
    EXPECT_EQ(used(Resource::objects), 0u);
}

}  // namespace
}  // namespace penstock::session
