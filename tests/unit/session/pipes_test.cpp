// docs/protocol.md, section 3.6, OPEN: pipes, whose parties meet at a name.
#include "tests/support/session/engine_fixture.hpp"

#include <memory>

namespace penstock::session {
namespace {

using Lines = std::vector<std::string>;
using wire::Kind;
constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

PeerInfo over_tcp()
{
    return {.address = "test", .user = "addr=10.0.0.1"};
}

PeerInfo over_unix(std::uint32_t uid)
{
    return {.address = "test", .user = "uid=" + std::to_string(uid), .pid = 7, .uid = uid};
}

/// Outlives the engine.
struct WithPairs {
    NumberedPairs pairs;
};

/// Of the two whose parties are on other hosts.
class Pipes : protected WithPairs, public EngineFixture {
protected:
    Pipes() : EngineFixture(options(), &pairs) {}

    static EngineOptions options()
    {
        EngineOptions options = small_options();
        options.session.ops_max = wire::session_ops_max;
        return options;
    }

    void SetUp() override
    {
        left.live();
        right.live();
    }

    void meet()
    {
        left.open_pipe(1, "p", Kind::pipe_left);
        right.open_pipe(1, "p", Kind::pipe_right);
        ASSERT_EQ(left.answers(), (Lines{"1 ok by relay"}));
        ASSERT_EQ(right.answers(), (Lines{"1 ok by relay"}));
    }

    std::uint64_t used(Resource resource) { return engine.shares().used(resource); }

    FakeClient left{engine, now, over_tcp()};
    FakeClient right{engine, now, over_tcp()};
};

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

TEST_F(Pipes, TheCallsOfQueuesAreUnsupported)
{
    meet();
    left.op(wire::Message(wire::Join{1, 0}));
    left.op(wire::Message(wire::Shutdown{1, false}));
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

/// Of two processes on this host.
class LocalPipes : public Pipes {
protected:
    void SetUp() override
    {
        one.live();
        two.live();
    }

    void open_both()
    {
        one.open_pipe(1, "p", Kind::pipe_left);
        two.open_pipe(1, "p", Kind::pipe_right);
    }

    FakeClient one{engine, now, over_unix(1000)};
    FakeClient two{engine, now, over_unix(1001)};
};

TEST_F(LocalPipes, EachPartyIsHandedOneEndOfAPairWithTheFirstByteOfItsResult)
{
    one.open(5, "q");
    open_both();
    one.open(6, "q");
    EXPECT_EQ(one.answers(),
              (Lines{"1 ok", "2 ok by descriptor, other side uid 1001 ack_now", "3 ok"}));
    EXPECT_EQ(one.sockets, (std::vector<int>{10}));
    EXPECT_EQ(two.answers(), (Lines{"1 ok by descriptor, other side uid 1000 ack_now"}));
    EXPECT_EQ(two.sockets, (std::vector<int>{11}));
    EXPECT_EQ(pairs.open, 0);
}

TEST_F(LocalPipes, EachSocketIsWrittenWithACallOfItsOwn)
{
    one.open(9, "q");
    for (wire::HandleId i = 1; i <= 3; ++i) {
        one.open_pipe(i, "p" + std::to_string(i), Kind::pipe_left);
        two.open_pipe(i, "p" + std::to_string(i), Kind::pipe_right);
    }
    std::vector<int> sockets;
    while (!engine.output(one.peer()).empty()) {
        const Outbox::NextWrite next = engine.next_write(one.peer());
        ASSERT_GT(next.size_max, 0u);
        sockets.push_back(next.socket);
        engine.written(one.peer(), 1);
        if (next.size_max == 1) continue;
        EXPECT_EQ(engine.next_write(one.peer()).socket, -1);  // it went with the first byte
        engine.written(one.peer(), next.size_max - 1);
    }
    EXPECT_EQ(sockets, (std::vector<int>{-1, 10, 20, 30}));
}

TEST_F(LocalPipes, PutAndGetAreNotForAnEndWithASocket)
{
    open_both();
    (void)one.frames();
    one.put(1, {"a"});
    one.get(1, 0);
    EXPECT_EQ(one.answers(), (Lines{"2 unsupported", "3 unsupported"}));
}

TEST_F(LocalPipes, SocketsThatWereNotSentAreClosedWithTheConnection)
{
    open_both();
    EXPECT_EQ(pairs.open, 2);
    one.cut();
    EXPECT_EQ(pairs.open, 1);
    (void)two.frames();
    EXPECT_EQ(pairs.open, 0);
}

TEST_F(LocalPipes, AnAcknowledgedSocketLeavesTheAccount)
{
    open_both();
    EXPECT_EQ(used(Resource::passed_sockets), 2u);
    (void)one.frames();
    one.ack(1);
    EXPECT_EQ(used(Resource::passed_sockets), 1u);
    two.cut();
    EXPECT_EQ(used(Resource::passed_sockets), 0u);
}

TEST_F(LocalPipes, WhereTheSystemHasNoMoreSocketsTheBrokerRelays)
{
    pairs.left = 0;
    open_both();
    EXPECT_EQ(one.answers(), (Lines{"1 ok by relay, other side uid 1001"}));
    EXPECT_EQ(two.answers(), (Lines{"1 ok by relay, other side uid 1000"}));
    one.put(1, {"a"});
    two.get(1, 0);
    EXPECT_EQ(two.answers(), (Lines{"2 item a #1 x1"}));
}

TEST_F(LocalPipes, WhoLeavesTooManySocketsUnacknowledgedGetsRelays)
{
    std::size_t passed = 0;
    for (wire::HandleId i = 1; i <= 300; ++i) {
        one.open_pipe(2 * i, "p" + std::to_string(i), Kind::pipe_left);
        one.open_pipe(2 * i + 1, "p" + std::to_string(i), Kind::pipe_right);
        (void)one.frames();
        one.op(wire::Message(wire::Close{2 * i}));
        one.op(wire::Message(wire::Close{2 * i + 1}));
        (void)one.frames();
        one.ack(4 * i - 1, 2);
        passed = one.sockets.size();
    }
    const std::size_t share = engine.shares().share(Resource::passed_sockets);
    EXPECT_LE(passed, share);
    EXPECT_GE(passed, share / 2 - 1);
    EXPECT_EQ(used(Resource::passed_sockets), passed);
}

TEST_F(LocalPipes, AProxysClientIsNotHandedASocket)
{
    PeerInfo info = over_unix(1000);
    FakeClient proxied{engine, now, info};
    proxied.live_as(info.pid + 1);
    proxied.open_pipe(1, "p", Kind::pipe_left);
    two.open_pipe(1, "p", Kind::pipe_right);
    EXPECT_EQ(two.answers(), (Lines{"1 ok by relay, other side uid 1000"}));
}

}  // namespace
}  // namespace penstock::session
