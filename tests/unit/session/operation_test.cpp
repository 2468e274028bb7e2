// docs/protocol.md, section 5: the table of operations, row by row.
#include "tests/support/session/engine_fixture.hpp"

namespace penstock::session {
namespace {

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

class Operation : public EngineFixture {
protected:
    void SetUp() override
    {
        client.live();
        client.open(1, "q", 2);
        client.ack(1);
        (void)client.frames();
    }

    FakeClient client{engine, now};
};

TEST_F(Operation, ARangeOfPutsIsAdmittedAsFarAsThereIsRoom)
{
    client.put(1, {"a", "b", "c"});
    EXPECT_EQ(client.answers(), Lines{"2-3 ok"});
    client.get(1, 0);
    EXPECT_EQ(client.answers(), (Lines{"5 item a #1 x1", "4 ok"}));
}

TEST_F(Operation, ATryIsFullAndATimeoutIsFullAtItsDeadline)
{
    client.put(1, {"a", "b"});
    client.put(1, {"c"}, 0);
    client.put(1, {"d"}, 250);
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4 full"}));
    engine.expire(now + std::chrono::milliseconds(249));
    EXPECT_TRUE(client.answers().empty());
    engine.expire(now + std::chrono::milliseconds(250));
    EXPECT_EQ(client.answers(), Lines{"5 full"});
}

TEST_F(Operation, ARangeOfGetsIsAnsweredOneByOne)
{
    client.get(1, 250, 3);
    client.put(1, {"a", "b"});
    EXPECT_EQ(client.answers(), (Lines{"2 item a #1 x1", "3 item b #2 x1", "5-6 ok"}));
    engine.expire(now + std::chrono::milliseconds(250));
    EXPECT_EQ(client.answers(), Lines{"4 empty"});
}

TEST_F(Operation, AHalfPutHoldsTheLaterOnesOfItsQueue)
{
    wire::Put half;
    half.handle = 1;
    half.timeout_ms = 0;
    half.sizes = {6};
    half.body = rope_of("abc");
    const wire::OpId op = client.op(wire::Message(half));
    client.put(1, {"later"}, 0);
    EXPECT_TRUE(client.answers().empty());
    wire::Header header;
    header.op = op;
    client.send(header, wire::Message(wire::Data{rope_of("def")}));
    EXPECT_EQ(client.answers(), Lines{"2-3 ok"});
    client.get(1, 0, 2);
    EXPECT_EQ(client.answers(), (Lines{"4 item abcdef #1 x1", "5 item later #2 x1"}));
}

TEST_F(Operation, CancellingTheHalfPutLetsTheNextOneIn)
{
    wire::Put half;
    half.handle = 1;
    half.timeout_ms = forever_ms;
    half.sizes = {6};
    half.body = rope_of("abc");
    const wire::OpId op = client.op(wire::Message(half));
    client.put(1, {"later"});
    client.cancel(op, false);
    EXPECT_EQ(client.answers(), (Lines{"2 cancelled", "3 ok"}));
    wire::Header header;
    header.op = op;
    client.send(header, wire::Message(wire::Data{rope_of("def")}));  // was on its way: ignored
    EXPECT_EQ(client.status(), PeerStatus::open);
}

TEST_F(Operation, CancellingARangeIsCancellingItsMembersOneByOne)
{
    for (const bool as_range : {true, false}) {
        Engine fresh(small_options(), mac, entropy);
        FakeClient one(fresh, now);
        one.live();
        one.open(1, "q", 1);
        wire::Put half;
        half.handle = 1;
        half.timeout_ms = forever_ms;
        half.sizes = {6};
        half.body = rope_of("abc");
        wire::Header header;
        header.op = one.op(wire::Message(half));
        one.put(1, {"gets in", "waits"});
        (void)one.frames();
        header.n = as_range ? 3 : 1;
        for (int i = 0; i < (as_range ? 1 : 3); ++i, ++header.op) {
            one.send(header, wire::Message(wire::Cancel{}));
        }
        EXPECT_EQ(one.answers(), (Lines{"2 cancelled", "3 ok", "4 cancelled"})) << as_range;
        EXPECT_EQ(fresh.broker().list("", 1).at(0).ready, 1u);
    }
}

TEST_F(Operation, DataBeyondItsItemIsAnError)
{
    wire::Put half;
    half.handle = 1;
    half.sizes = {4};
    half.body = rope_of("abc");
    wire::Header header;
    header.op = client.op(wire::Message(half));
    client.send(header, wire::Message(wire::Data{rope_of("de")}));
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
    EXPECT_EQ(engine.sessions(), 0u);
}

TEST_F(Operation, ClosingAHandleEndsWhatWaitsUnderIt)
{
    client.put(1, {"a", "b", "c"});
    client.get(1, 0, 2);
    client.get(1, 0);
    (void)client.frames();
    client.get(1, forever_ms);
    client.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(client.answers(), (Lines{"8 closed", "9 ok"}));
    client.get(1, 0);
    EXPECT_EQ(client.answers(), Lines{"10 bad_handle"});
}

TEST_F(Operation, IdsRiseByOneOrTheSessionEnds)
{
    wire::Header header;
    header.op = 7;
    client.send(header, wire::Message(wire::Get{.handle = 1}));
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
    EXPECT_EQ(engine.sessions(), 0u);
}

TEST_F(Operation, AckOfWhatIsNotAnsweredIsAnErrorAndOfWhatIsFreedIsNot)
{
    client.put(1, {"a"});
    client.ack(2);
    client.ack(2);  // freed: no harm
    EXPECT_EQ(client.answers(), Lines{"2 ok"});
    client.get(1, 0);
    client.get(1, forever_ms);
    client.ack(3, 2);
    EXPECT_EQ(client.answers(), (Lines{"3 item a #1 x1", "goodbye 2"}));
}

TEST_F(Operation, AnItemGivenBackReturnsUnflagged)
{
    client.put(1, {"a", "b"});
    client.get(1, 0);
    (void)client.frames();
    client.cancel(4, true);
    EXPECT_EQ(client.answers(), Lines{"4 cancelled"});
    client.ack(4);
    client.get(1, 0, 2);
    EXPECT_EQ(client.answers(), (Lines{"5 item a #1 x1", "6 item b #2 x1"}));
}

TEST_F(Operation, CancelWithoutGiveBackLeavesAnAnswerAlone)
{
    client.put(1, {"a"});
    client.get(1, 0);
    (void)client.frames();
    client.cancel(3, false);
    EXPECT_TRUE(client.answers().empty());
}

TEST_F(Operation, CancellingAPartOfARangeLeavesTheRest)
{
    client.get(1, forever_ms, 4);
    client.cancel(3, false);
    EXPECT_EQ(client.answers(), Lines{"3 cancelled"});
    client.put(1, {"a"});
    EXPECT_EQ(client.answers(), (Lines{"2 item a #1 x1", "6 ok"}));
}

TEST_F(Operation, CancellingAPartOfJoinedAnswersSendsThatOneAgain)
{
    for (int i = 0; i < 3; ++i) client.put(1, {"a"}, 0);
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 ok", "4 full"}));
    client.cancel(2, true);
    EXPECT_EQ(client.answers(), Lines{"2 ok"});
}

TEST_F(Operation, HandlesWithTooManyGapsEndTheSession)
{
    EngineOptions options = small_options();
    options.session.handles_max = 10;
    Engine strict(options, mac, entropy);
    FakeClient rude(strict, now);
    rude.live();
    for (wire::HandleId handle = 2; handle <= 24; handle += 2) rude.open(handle, "!");
    EXPECT_EQ(strict.sessions(), 0u);
}

TEST_F(Operation, AnItemAssignedByTheFrameThatBreaksTheProtocolReturns)
{
    client.get(1, forever_ms);
    client.put(1, {"a", "b", "c", std::string(600, 'x'), std::string(600, 'y')});
    EXPECT_EQ(engine.sessions(), 0u);
    const core::QueueStats stats = engine.broker().list("", 1).at(0);
    EXPECT_EQ(stats.assigned, 0u);
    EXPECT_EQ(stats.ready, stats.unfinished);
}

TEST_F(Operation, TaskDoneAcknowledgesItsItemInTheSameStep)
{
    client.put(1, {"a"});
    client.get(1, 0);
    (void)client.frames();
    client.op(wire::Message(wire::TaskDone{1, 3, 1}));
    EXPECT_EQ(client.answers(), Lines{"4 ok"});
    EXPECT_EQ(engine.broker().list("", 1).at(0).assigned, 0u);
    client.op(wire::Message(wire::TaskDone{1, 0, 0}));
    EXPECT_EQ(client.answers(), Lines{"5 no_unfinished_task"});
}

TEST_F(Operation, JoinWaitsForTheLastTaskOrItsDeadline)
{
    client.put(1, {"a"});
    client.op(wire::Message(wire::Join{1, 100}));
    client.op(wire::Message(wire::Join{1, forever_ms}));
    engine.expire(now + std::chrono::milliseconds(100));
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 timed_out"}));
    client.op(wire::Message(wire::TaskDone{1, 0, 0}));
    const Lines answers = client.answers();
    EXPECT_EQ(answers.size(), 1u);  // joined: 4 and 5 were done in one turn
    EXPECT_EQ(answers[0], "4-5 ok");
}

TEST_F(Operation, ItemsOfAShutDownQueueAskForTheirAcknowledgement)
{
    client.put(1, {"a"});
    client.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::drain}));
    client.get(1, 0, 2);
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 ok", "4 item a #1 x1 ack_now", "5 shut_down"}));
}

TEST_F(Operation, WhatIsNotBuiltIsUnsupported)
{
    client.op(wire::Message(wire::Subscribe{1, 10}));
    EXPECT_EQ(client.answers(), (Lines{"2 unsupported"}));
}

TEST_F(Operation, ResendOutsideOfResumingIsAnError)
{
    client.send({}, wire::Message(wire::ResendEnd{}));
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(Operation, MoreOperationsThanGrantedEndTheSession)
{
    client.get(1, forever_ms, 100);
    EXPECT_TRUE(client.answers().empty());
    client.get(1, forever_ms);
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(Operation, OneLargePutAloneOnItsQueueIsWithinTheGrantASecondIsNot)
{
    client.put(1, {"a", "b"});
    client.put(1, {std::string(5000, 'x')});
    EXPECT_EQ(client.answers(), Lines{"2-3 ok"});
    client.put(1, {std::string(5000, 'y')});
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(Operation, AnItemOverTheLimitIsTooLargeAndItsDataIsIgnored)
{
    wire::Put half;
    half.handle = 1;
    half.sizes = {1'000'001};
    half.body = rope_of("abc");
    wire::Header header;
    header.op = client.op(wire::Message(half));
    client.send(header, wire::Message(wire::Data{rope_of("def")}));
    client.put(1, {"next"});
    EXPECT_EQ(client.answers(), (Lines{"2 too_large", "3 ok"}));
}

}  // namespace
}  // namespace penstock::session
