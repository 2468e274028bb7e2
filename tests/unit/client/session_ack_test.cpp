#include "tests/support/client/session_fixture.hpp"

#include <gtest/gtest.h>

namespace penstock::test {

namespace {

using Acks = LiveSession;
using wire::Status;
using wire::Type;

}  // namespace

TEST_F(Acks, AResultIsAcknowledgedOnReceipt)
{
    const auto call = start(put_request(pattern(3)));
    (void)broker.frames();
    broker.result(2, Status::ok);
    const auto frame = broker.only<wire::Ack>();  // though nobody has taken the answer yet
    EXPECT_EQ(frame.header.op, 2u);
    EXPECT_FALSE(code(call));
}

TEST_F(Acks, AnItemIsAcknowledgedOnlyWhenItIsHandedOver)
{
    const auto call = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(3)));
    EXPECT_TRUE(broker.frames().empty());
    (void)session.take(call);
    EXPECT_EQ(broker.only<wire::Ack>().header.op, 2u);
}

TEST_F(Acks, TheyGoOutBeforeAnyOtherFrame)
{
    const auto get = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(3)));
    (void)start(put_request(pattern(1)));
    broker.send({}, wire::Ping{1});
    (void)session.take(get);
    EXPECT_EQ(types(broker.frames()), (std::vector{Type::ack, Type::pong, Type::put}));
}

TEST_F(Acks, NeighboursShareOneFrame)
{
    for (int i = 0; i < 5; ++i) (void)start(put_request(pattern(1)));
    (void)broker.frames();
    broker.send({.n = 2, .op = 2}, result_message(Status::ok));
    broker.send({.n = 2, .op = 5}, result_message(Status::ok));
    auto frames = broker.frames();
    ASSERT_EQ(types(frames), (std::vector{Type::ack, Type::ack}));
    EXPECT_EQ(frames[0].header.op, 2u);
    EXPECT_EQ(frames[0].header.n, 2u);
    EXPECT_EQ(frames[1].header.op, 5u);
    EXPECT_EQ(frames[1].header.n, 2u);
}

TEST_F(Acks, AnItemOfAClosingQueueSaysThatItsAckMustNotWait)
{
    const auto call = start(get_request());
    (void)broker.frames();
    auto item = item_message(pattern(3));
    item.ack_now = true;
    broker.send({.op = 2}, item);
    EXPECT_TRUE(session.take(call).ack_now);
    EXPECT_EQ(broker.only<wire::Ack>().header.op, 2u);
}

TEST_F(Acks, TheyGoOutBeforeTheGoodbye)
{
    const auto call = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(3)));
    (void)session.take(call);
    session.goodbye();
    EXPECT_EQ(types(broker.frames()), (std::vector{Type::ack, Type::goodbye}));
}

TEST_F(Acks, OpIdsOfAThousandCallsMakeOneFrame)
{
    std::vector<protocol::CallId> calls;
    for (int i = 0; i < 1000; ++i) calls.push_back(start(wire::TaskDone{.handle = 1}));
    (void)broker.drain();
    broker.send({.n = 1000, .op = 2}, result_message(Status::ok));
    for (const auto call : calls) EXPECT_FALSE(code(call));
    EXPECT_EQ(broker.only<wire::Ack>().header.n, 1000u);
}

}  // namespace penstock::test
