// docs/protocol.md, section 3.6, OPEN: pipes whose parties are handed a socket each.
#include "tests/support/session/pipes_fixture.hpp"

#include <memory>

namespace penstock::session {
namespace {

using Lines = std::vector<std::string>;
using wire::Kind;

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
