// Queues that end with their producers or consumers: who is one, and when it is gone.
#include "tests/support/session/engine_fixture.hpp"

#include <string>
#include <vector>

namespace penstock::session {
namespace {

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

class Ends : public EngineFixture {
protected:
    void SetUp() override
    {
        for (FakeClient* client : {&producer, &consumer}) client->live();
    }

    static void open(FakeClient& client,
                     wire::Role role,
                     wire::HandleId handle = 1,
                     std::int32_t expected = 0)
    {
        wire::Open open;
        open.handle = handle;
        open.name = "q";
        open.role = role;
        open.ends_with_producers = true;
        if (expected > 0) open.producers_expected = expected;
        client.op(wire::Message(open));
        (void)client.frames();
    }

    FakeClient producer{engine, now};
    FakeClient consumer{engine, now};
};

TEST_F(Ends, GettersDrainItAndThenGetTheEnd)
{
    open(producer, wire::Role::producer);
    open(consumer, wire::Role::consumer);
    producer.put(1, {"a", "b"});
    producer.op(wire::Message(wire::Close{1}));
    consumer.get(1, forever_ms, 4);
    EXPECT_EQ(consumer.answers(),
              (Lines{"2 item a #1 x1 ack_now", "3 item b #2 x1 ack_now", "4-5 eof"}));
}

TEST_F(Ends, AGetThatWaitsGetsTheEnd)
{
    open(consumer, wire::Role::consumer);
    consumer.get(1, forever_ms);
    open(producer, wire::Role::producer);
    EXPECT_TRUE(consumer.answers().empty());
    producer.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(consumer.answers(), Lines{"2 eof"});
}

TEST_F(Ends, ACutProducerIsGone)
{
    open(consumer, wire::Role::consumer);
    open(producer, wire::Role::producer);
    consumer.get(1, forever_ms);
    producer.cut();
    EXPECT_EQ(consumer.answers(), Lines{"2 eof"});
}

TEST_F(Ends, WithoutAnyProducerItDoesNotBegin)
{
    open(consumer, wire::Role::consumer);
    consumer.get(1, 0);
    EXPECT_EQ(consumer.answers(), Lines{"2 empty"});
}

TEST_F(Ends, AHandleForBothIsAProducerFromItsFirstPutOn)
{
    open(producer, wire::Role::producer);
    open(consumer, wire::Role::both);
    consumer.get(1, forever_ms);
    producer.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(consumer.answers(), Lines{"2 eof"});
}

TEST_F(Ends, AHandleForBothThatPutsKeepsItOpen)
{
    open(producer, wire::Role::producer);
    open(consumer, wire::Role::both);
    consumer.put(1, {"a"});
    producer.op(wire::Message(wire::Close{1}));
    consumer.get(1, 0, 2);
    EXPECT_EQ(consumer.answers(), (Lines{"2 ok", "3 item a #1 x1", "4 empty"}));
}

TEST_F(Ends, ItWaitsForAsManyProducersAsAreExpected)
{
    open(producer, wire::Role::producer, 1, 2);
    open(consumer, wire::Role::consumer);
    consumer.get(1, forever_ms);
    producer.op(wire::Message(wire::Close{1}));
    EXPECT_TRUE(consumer.answers().empty());
    open(producer, wire::Role::producer, 2);
    producer.op(wire::Message(wire::Close{2}));
    EXPECT_EQ(consumer.answers(), Lines{"2 eof"});
}

TEST_F(Ends, ALaterProducerIsToldThatItIsClosed)
{
    open(producer, wire::Role::producer);
    producer.op(wire::Message(wire::Close{1}));
    (void)producer.frames();
    wire::Open late;
    late.handle = 2;
    late.name = "q";
    late.role = wire::Role::producer;
    producer.op(wire::Message(late));
    late.handle = 3;
    late.role = wire::Role::both;
    producer.op(wire::Message(late));
    producer.put(3, {"a"});
    EXPECT_EQ(producer.answers(), (Lines{"3 closed", "4 ok", "5 closed"}));
}

TEST_F(Ends, WhatTheLastProducerHeldReturnsBeforeTheEnd)
{
    open(producer, wire::Role::both);
    producer.put(1, {"a"});
    producer.get(1, 0);
    open(consumer, wire::Role::consumer);
    consumer.get(1, forever_ms, 2);
    producer.cut();
    EXPECT_EQ(consumer.answers(), (Lines{"2 item a #1 x2", "3 eof"}));
}

TEST_F(Ends, PuttersAreToldWhenTheLastConsumerHasGone)
{
    wire::Open open;
    open.handle = 1;
    open.name = "c";
    open.maxsize = 1;
    open.ends_with_consumers = true;
    producer.op(wire::Message(open));
    open.role = wire::Role::consumer;
    consumer.op(wire::Message(open));
    producer.put(1, {"a", "b"}, forever_ms);
    EXPECT_EQ(producer.answers(), (Lines{"1 ok", "2 ok"}));
    consumer.cut();
    producer.put(1, {"c"});
    EXPECT_EQ(producer.answers(), (Lines{"3 closed", "4 closed"}));
}

TEST_F(Ends, TheBrokersEndIsNotTheQueues)
{
    open(producer, wire::Role::producer);
    open(consumer, wire::Role::consumer);
    consumer.get(1, forever_ms);
    engine.stop(now);
    EXPECT_EQ(consumer.answers(), Lines{"goodbye 1"});
}

class Leases : public EngineFixture {
protected:
    void SetUp() override
    {
        for (FakeClient* client : {&worker, &other}) {
            client->live();
            wire::Open open;
            open.handle = 1;
            open.name = "q";
            open.until_task_done = true;
            client->op(wire::Message(open));
            (void)client->frames();
        }
        other.put(1, {"a", "b", "c"});
        (void)other.frames();
    }

    core::QueueStats stats() { return engine.broker().list("", 1).at(0); }

    FakeClient worker{engine, now};
    FakeClient other{engine, now};
};

TEST_F(Leases, AnAcknowledgedItemStaysAssignedUntilItIsDone)
{
    const wire::OpId op = worker.get(1, 0);
    worker.ack(op);
    EXPECT_EQ(stats().assigned, 1u);
    worker.op(wire::Message(wire::TaskDone{1, op, 1}));
    EXPECT_EQ(worker.answers(), (Lines{"2 item a #1 x1", "3 ok"}));
    EXPECT_EQ(stats().assigned, 0u);
    EXPECT_EQ(stats().unfinished, 2u);
}

TEST_F(Leases, WhatIsNotDoneReturnsFlaggedWhenItsWorkerIsGone)
{
    worker.ack(worker.get(1, 0));
    worker.cut();
    other.get(1, 0, 2);
    EXPECT_EQ(other.answers(), (Lines{"5 item a #1 x2", "6 item b #2 x1"}));
}

TEST_F(Leases, EvenWhenItsWorkerSaysGoodbye)
{
    worker.ack(worker.get(1, 0));
    worker.send({}, wire::Message(wire::Goodbye{wire::GoodbyeCode::done, 0, ""}));
    other.get(1, 0);
    EXPECT_EQ(other.answers(), Lines{"5 item a #1 x2"});
}

TEST_F(Leases, OfSeveralEachIsDoneByItself)
{
    const wire::OpId op = worker.get(1, 0, 1, 3);
    worker.ack(op);
    (void)worker.frames();
    worker.op(wire::Message(wire::TaskDone{1, op, 2}));
    worker.op(wire::Message(wire::TaskDone{1, op, 2}));
    EXPECT_EQ(worker.answers(), (Lines{"3 ok", "4 not_found"}));
    worker.cut();
    other.get(1, 0, 3);
    EXPECT_EQ(other.answers(), (Lines{"5 item a #1 x2", "6 item c #3 x2", "7 empty"}));
}

TEST_F(Leases, DoneBeforeItsAcknowledgementIsBoth)
{
    const wire::OpId op = worker.get(1, 0);
    worker.op(wire::Message(wire::TaskDone{1, op, 1}));
    worker.ack(op);
    EXPECT_EQ(worker.answers(), (Lines{"2 item a #1 x1", "3 ok"}));
    EXPECT_EQ(stats().assigned, 0u);
}

TEST_F(Leases, WithoutItsItemATaskIsNotFoundAndCountsNothing)
{
    worker.op(wire::Message(wire::TaskDone{1, 0, 0}), 2);
    other.op(wire::Message(wire::TaskDone{1, 1, 1}));
    EXPECT_EQ(worker.answers(), Lines{"2-3 not_found"});
    EXPECT_EQ(other.answers(), Lines{"5 not_found"});
    EXPECT_EQ(stats().unfinished, 3u);
}

TEST_F(Leases, JoinWaitsForTheLast)
{
    const wire::OpId join = other.op(wire::Message(wire::Join{1, forever_ms}));
    for (int i = 0; i < 3; ++i) {
        const wire::OpId op = worker.get(1, 0);
        worker.ack(op);
        EXPECT_TRUE(other.answers().empty());
        worker.op(wire::Message(wire::TaskDone{1, op, 1}));
    }
    EXPECT_EQ(other.answers(), Lines{std::to_string(join) + " ok"});
}

TEST_F(Leases, TheEndComesWhenAllIsDone)
{
    other.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::drain}));
    const wire::OpId op = worker.get(1, 0, 1, 3);
    worker.ack(op);
    (void)worker.frames();
    (void)other.frames();
    other.get(1, forever_ms);
    EXPECT_TRUE(other.answers().empty());  // one may return yet
    worker.op(wire::Message(wire::TaskDone{1, op, 1}), 2);
    EXPECT_TRUE(other.answers().empty());
    worker.op(wire::Message(wire::TaskDone{1, op, 3}));
    EXPECT_EQ(other.answers(), Lines{"6 shut_down"});
}

}  // namespace
}  // namespace penstock::session
