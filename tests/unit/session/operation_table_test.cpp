// docs/protocol.md, rule 5.2: ACK, CANCEL and DATA against every state of an operation.
#include "tests/support/session/engine_fixture.hpp"

namespace penstock::session {
namespace {

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

class OperationTable : public EngineFixture {
protected:
    void SetUp() override
    {
        client.live();
        client.open(1, "q", 2);
        client.ack(1);
        (void)client.frames();
    }

    /// A PUT of six bytes of which three have arrived.
    wire::OpId half_put(std::uint32_t timeout_ms = forever_ms)
    {
        wire::Put half;
        half.handle = 1;
        half.timeout_ms = timeout_ms;
        half.sizes = {6};
        half.body = rope_of("abc");
        return client.op(wire::Message(half));
    }

    void data(wire::OpId op, std::string_view part)
    {
        wire::Header header;
        header.op = op;
        client.send(header, wire::Message(wire::Data{rope_of(part)}));
    }

    void cancel(wire::OpId first, std::uint16_t n, bool give_back)
    {
        wire::Header header;
        header.op = first;
        header.n = n;
        client.send(header, wire::Message(wire::Cancel{give_back, 0}));
    }

    core::QueueStats stats() { return engine.broker().list("", 1).at(0); }

    FakeClient client{engine, now};
};

TEST_F(OperationTable, AckOfAnUnseenOperationIsAnError)
{
    client.ack(2);
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
    EXPECT_EQ(engine.sessions(), 0u);
}

TEST_F(OperationTable, AckOfAHalfPutIsAnError)
{
    client.ack(half_put());
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(OperationTable, AckOfAHeldPutIsAnError)
{
    (void)half_put();
    client.ack(client.put(1, {"held"}));
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(OperationTable, AckOfAParkedPutIsAnError)
{
    client.put(1, {"a", "b", "c"});
    client.ack(2, 3);
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "goodbye 2"}));
}

TEST_F(OperationTable, AckOfADoneGetConsumesItsItem)
{
    client.put(1, {"a"});
    client.get(1, 0);
    EXPECT_EQ(stats().assigned, 1u);
    client.ack(3);
    EXPECT_EQ(stats().assigned, 0u);
    EXPECT_EQ(client.status(), PeerStatus::open);
}

TEST_F(OperationTable, AckOfAPartOfARangeConsumesThatPartOnly)
{
    client.put(1, {"a", "b"});
    client.get(1, 0, 2);
    client.ack(5);
    client.cut();
    EXPECT_EQ(stats().ready, 1u);
    const auto left = engine.broker().list("", 1);
    EXPECT_EQ(left.at(0).assigned, 0u);
    FakeClient second(engine, now);
    second.live();
    second.open(1, "q", 2);
    second.get(1, 0, 2);
    const Lines answers = second.answers();
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[1], "2 item a #1 x2");
}

TEST_F(OperationTable, AckOverFreedAndDoneOnesIsFine)
{
    client.put(1, {"a"});
    client.put(1, {"b"});
    client.put(1, {"c"}, 0);
    client.ack(3);
    client.ack(1, 4);
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 ok", "4 full"}));
    EXPECT_EQ(client.status(), PeerStatus::open);
}

TEST_F(OperationTable, CancelOfAnUnseenOperationIsAnError)
{
    client.cancel(2, true);
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(OperationTable, CancelOfAFreedOperationIsIgnored)
{
    client.cancel(1, true);
    client.cancel(1, false);
    EXPECT_TRUE(client.answers().empty());
    EXPECT_EQ(client.status(), PeerStatus::open);
}

TEST_F(OperationTable, CancelOfAParkedPutGivesUpItsItem)
{
    client.put(1, {"a", "b"});
    client.put(1, {"c"});
    client.cancel(4, false);
    client.get(1, 0, 2);
    client.get(1, 0);
    EXPECT_EQ(client.answers(),
              (Lines{"2-3 ok", "4 cancelled", "5 item a #1 x1", "6 item b #2 x1", "7 empty"}));
}

TEST_F(OperationTable, CancelOfAParkedGetTakesItOutOfTheLine)
{
    client.get(1, forever_ms, 2);
    client.cancel(2, true);
    client.put(1, {"a"});
    EXPECT_EQ(client.answers(), (Lines{"2 cancelled", "3 item a #1 x1", "4 ok"}));
}

TEST_F(OperationTable, CancelOfAHeldPutKeepsItOutWhenTheHalfOneArrives)
{
    const wire::OpId half = half_put();
    const wire::OpId held = client.put(1, {"held"});
    client.put(1, {"later"});
    client.cancel(held, false);
    EXPECT_EQ(client.answers(), Lines{"3 cancelled"});
    data(half, "def");
    client.get(1, 0, 2);
    EXPECT_EQ(client.answers(),
              (Lines{"2 ok", "4 ok", "5 item abcdef #1 x1", "6 item later #2 x1"}));
}

TEST_F(OperationTable, CancelOfADonePutWithGiveBackOnlySendsItsAnswerAgain)
{
    client.put(1, {"a"});
    client.cancel(2, true);
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "2 ok"}));
    EXPECT_EQ(stats().ready, 1u);
}

TEST_F(OperationTable, AnItemGivenBackGoesToTheNextThatWaits)
{
    client.get(1, forever_ms, 2);
    client.put(1, {"a"});
    (void)client.answers();
    client.cancel(2, true);
    EXPECT_EQ(client.answers(), (Lines{"3 item a #1 x1", "2 cancelled"}));
    EXPECT_EQ(stats().assigned, 1u);
}

// The range names both: the item that the first returns must not end in the second, whose client
// ignores items until its `cancelled` comes (section 6).
TEST_F(OperationTable, ACancelledRangeOfGetsKeepsNothing)
{
    client.get(1, forever_ms, 2);
    client.put(1, {"a"});
    (void)client.answers();
    cancel(2, 2, true);
    EXPECT_EQ(client.answers(), Lines{"2-3 cancelled"});
    EXPECT_EQ(stats().ready, 1u);
    EXPECT_EQ(stats().assigned, 0u);
}

TEST_F(OperationTable, GivingBackALongItemSendsNoMoreOfIt)
{
    wire::Put put;
    put.handle = 1;
    put.sizes = {900'000};
    put.body = rope_of(std::string(200'000, 'x'));
    const wire::OpId op = client.op(wire::Message(put));
    for (int i = 0; i < 3; ++i) data(op, std::string(200'000, 'x'));
    data(op, std::string(100'000, 'x'));
    (void)client.frames();
    const wire::OpId get = client.get(1, 0);
    client.cancel(get, true);
    std::size_t size = 0;
    bool cancelled = false;
    for (const wire::Frame& frame : client.frames()) {
        EXPECT_FALSE(cancelled) << "something of the item behind its RESULT";  // rule 3.6.2
        if (const auto* item = std::get_if<wire::Item>(&frame.message)) size += item->body.size();
        if (const auto* part = std::get_if<wire::Data>(&frame.message)) size += part->body.size();
        cancelled |= std::holds_alternative<wire::Result>(frame.message);
    }
    EXPECT_TRUE(cancelled);
    EXPECT_LT(size, 900'000u);
    EXPECT_EQ(stats().ready, 1u);
}

TEST_F(OperationTable, DataOfAnUnseenOperationIsAnError)
{
    data(2, "x");
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(OperationTable, DataOfAHeldPutIsAnError)
{
    (void)half_put();
    const wire::OpId held = client.put(1, {"held"});
    data(held, "x");
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(OperationTable, DataOfAParkedPutIsAnError)
{
    client.put(1, {"a", "b", "c"});
    data(4, "x");
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "goodbye 2"}));
}

TEST_F(OperationTable, DataOfAFreedOrDoneOperationIsIgnored)
{
    data(1, "x");
    client.put(1, {"a"});
    data(2, "x");
    EXPECT_EQ(client.answers(), Lines{"2 ok"});
    EXPECT_EQ(client.status(), PeerStatus::open);
}

TEST_F(OperationTable, AnIdThatWasGivenAlreadyIsAnError)
{
    wire::Header header;
    header.op = 1;
    client.send(header, wire::Message(wire::Get{.handle = 1}));
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(OperationTable, FlowIsIgnored)
{
    wire::Header header;
    header.op = 1;
    client.send(header, wire::Message(wire::Flow{}));
    EXPECT_TRUE(client.answers().empty());
    EXPECT_EQ(client.status(), PeerStatus::open);
}

}  // namespace
}  // namespace penstock::session
