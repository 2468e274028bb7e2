// docs/protocol.md, section 3.6: one request after the other.
#include "tests/support/session/engine_fixture.hpp"

namespace penstock::session {
namespace {

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

class Requests : public EngineFixture {
protected:
    void SetUp() override
    {
        client.live();
        client.open(1, "q", 2);
        (void)client.frames();
    }

    wire::OpId open(wire::Open open) { return client.op(wire::Message(std::move(open))); }

    wire::OpId long_put(std::uint32_t size, std::string_view begin, std::uint32_t timeout_ms)
    {
        wire::Put put;
        put.handle = 1;
        put.timeout_ms = timeout_ms;
        put.sizes = {size};
        put.body = rope_of(begin);
        return client.op(wire::Message(put));
    }

    void data(wire::OpId op, std::string_view part)
    {
        wire::Header header;
        header.op = op;
        client.send(header, wire::Message(wire::Data{rope_of(part)}));
    }

    core::QueueStats stats() { return engine.broker().list("", 1).at(0); }

    FakeClient client{engine, now};
};

TEST_F(Requests, OpenSaysWhichQueueItIsAndWhetherItIsNew)
{
    open({.handle = 2, .name = "new", .maxsize = 7});
    open({.handle = 3, .name = "new"});
    std::vector<wire::OpenBody> bodies;
    for (const wire::Frame& frame : client.frames()) {
        const base::Bytes body = std::get<wire::Result>(frame.message).body.to_bytes();
        bodies.push_back(wire::decode_open_body(body).value());
    }
    ASSERT_EQ(bodies.size(), 2u);
    EXPECT_TRUE(bodies[0].created);
    EXPECT_FALSE(bodies[1].created);
    EXPECT_EQ(bodies[0].object, bodies[1].object);
    EXPECT_EQ(bodies[0].boot, bodies[1].boot);
    EXPECT_EQ(bodies[1].maxsize, 7);
}

TEST_F(Requests, OpenGoesByItsMode)
{
    open({.handle = 2, .name = "none", .mode = wire::Mode::existing});
    open({.handle = 3, .name = "q", .mode = wire::Mode::existing});
    open({.handle = 4, .name = "q", .mode = wire::Mode::fresh});
    open({.handle = 5, .name = "fresh", .mode = wire::Mode::fresh});
    EXPECT_EQ(client.answers(), (Lines{"2 not_found", "3 ok", "4 exists", "5 ok"}));
}

TEST_F(Requests, ReopeningComparesOnlyWhatIsGiven)
{
    open({.handle = 2, .name = "q"});
    open({.handle = 3, .name = "q", .maxsize = 2});
    open({.handle = 4, .name = "q", .maxsize = 3});
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 ok", "4 options_differ"}));
}

TEST_F(Requests, OpeningComparesTheKindIfOneIsGiven)
{
    open({.handle = 2, .kind = wire::Kind::lifo, .name = "l"});
    open({.handle = 3, .kind = wire::Kind::priority, .name = "l"});
    open({.handle = 4, .name = "l"});
    open({.handle = 5, .kind = wire::Kind::lifo, .name = "q"});
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 options_differ", "4 ok", "5 options_differ"}));
}

TEST_F(Requests, AnInvalidNameIsRefused)
{
    open({.handle = 2, .name = "no blanks"});
    open({.handle = 3, .name = ""});
    EXPECT_EQ(client.answers(), (Lines{"2 refused", "3 refused"}));
}

TEST_F(Requests, OpeningComparesEachOptionThatIsGiven)
{
    open({.handle = 2, .name = "q", .until_task_done = true});
    open({.handle = 3, .name = "q", .ends_with_producers = true});
    open({.handle = 4, .name = "q", .ends_with_consumers = true});
    open({.handle = 5, .name = "q", .producers_expected = 2});
    open({.handle = 6,
          .name = "q",
          .role = wire::Role::consumer,
          .until_task_done = false,
          .ends_with_producers = false,
          .ends_with_consumers = false,
          .producers_expected = 0});
    EXPECT_EQ(client.answers(),
              (Lines{"2 options_differ",
                     "3 options_differ",
                     "4 options_differ",
                     "5 options_differ",
                     "6 ok"}));
}

// Rule 3.3.4: not even when the first OPEN failed, or the handle was closed.
TEST_F(Requests, AHandleThatWasUsedBeforeIsAnError)
{
    client.op(wire::Message(wire::Close{1}));
    open({.handle = 1, .name = "other"});
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "goodbye 2"}));
}

TEST_F(Requests, WhatUsesTheHandleOfAFailedOpenAnswersBadHandle)
{
    open({.handle = 2, .name = "none", .mode = wire::Mode::existing});
    client.put(2, {"a", "b"});
    client.get(2, forever_ms);
    client.op(wire::Message(wire::Join{2, 0}));
    client.op(wire::Message(wire::TaskDone{2, 0, 0}));
    client.op(wire::Message(wire::Shutdown{2, wire::ShutdownHow::drain}));
    client.op(wire::Message(wire::Close{2}));
    const Lines answers = client.answers();
    ASSERT_EQ(answers.size(), 7u);
    EXPECT_EQ(answers[0], "2 not_found");
    EXPECT_EQ(answers[1], "3-4 bad_handle");
    for (std::size_t i = 2; i < 7; ++i) EXPECT_TRUE(answers[i].ends_with(" bad_handle"));
}

TEST_F(Requests, MoreHandlesThanTheBrokerHasAreTooMany)
{
    EngineOptions options = small_options();
    options.session.handles_max = 2;
    Engine small(options, mac, entropy);
    FakeClient greedy(small, now);
    greedy.live();
    for (wire::HandleId handle = 1; handle <= 3; ++handle) greedy.open(handle, "q");
    greedy.op(wire::Message(wire::Close{1}));
    greedy.open(4, "q");
    EXPECT_EQ(greedy.answers(), (Lines{"1 ok", "2 ok", "3 too_many", "4 ok", "5 ok"}));
}

TEST_F(Requests, MoreQueuesThanTheBrokerHoldsAreTooMany)
{
    EngineOptions options = small_options();
    options.objects_max = 1;
    Engine small(options, mac, entropy);
    FakeClient greedy(small, now);
    greedy.live();
    greedy.open(1, "a");
    greedy.open(2, "b");
    EXPECT_EQ(greedy.answers(), (Lines{"1 ok", "2 too_many"}));
}

TEST_F(Requests, OneItemInARunThatIsTooLargeFailsAlone)
{
    EngineOptions options = small_options();
    options.session.item_size_max = 3;
    Engine small(options, mac, entropy);
    FakeClient producer(small, now);
    producer.live();
    producer.open(1, "q");
    producer.put(1, {"abc", "abcd", "ab"});
    producer.get(1, 0, 3);
    EXPECT_EQ(producer.answers(),
              (Lines{"1 ok",
                     "3 too_large",
                     "2 ok",
                     "4 ok",
                     "5 item abc #1 x1",
                     "6 item ab #2 x1",
                     "7 empty"}));
}

// Rule 5.4.1: a try behind a parked PUT is full at once.
TEST_F(Requests, ATryBehindAParkedPutIsFullAtOnce)
{
    client.put(1, {"a", "b", "c"});
    client.put(1, {"d"}, 0);
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "5 full"}));
}

TEST_F(Requests, ATryBehindAHalfPutWaitsAndIsThenFull)
{
    client.put(1, {"a"});
    const wire::OpId half = long_put(6, "abc", forever_ms);
    client.put(1, {"c"}, 0);
    client.put(1, {"d"}, 100);
    EXPECT_EQ(client.answers(), Lines{"2 ok"});
    now += std::chrono::seconds(1);
    engine.expire(now);
    EXPECT_TRUE(client.answers().empty());
    data(half, "def");
    EXPECT_EQ(client.answers(), (Lines{"3 ok", "4-5 full"}));
}

// Rule 5.4.2: the deadline counts from the arrival of the last frame.
TEST_F(Requests, ALongPutBeginsToWaitWhenItIsWhole)
{
    client.put(1, {"a", "b"});
    const wire::OpId half = long_put(6, "abc", 100);
    now += std::chrono::seconds(1);
    engine.expire(now);
    data(half, "d");
    data(half, "ef");
    EXPECT_EQ(client.answers(), Lines{"2-3 ok"});
    EXPECT_EQ(engine.next_deadline(), now + std::chrono::milliseconds(100));
    now += std::chrono::milliseconds(100);
    engine.expire(now);
    EXPECT_EQ(client.answers(), Lines{"4 full"});
}

TEST_F(Requests, ARunWhoseLastItemIsLongArrivesInOrder)
{
    wire::Put put;
    put.handle = 1;
    put.timeout_ms = 0;
    put.sizes = {1, 6};
    put.body = rope_of("aabc");
    client.op(wire::Message(put), 2);
    EXPECT_EQ(client.answers(), Lines{"2 ok"});
    data(3, "def");
    client.get(1, 0, 2);
    EXPECT_EQ(client.answers(), (Lines{"3 ok", "4 item a #1 x1", "5 item abcdef #2 x1"}));
}

TEST_F(Requests, AHalfPutHoldsNothingOfAnotherQueue)
{
    client.open(2, "other");
    (void)long_put(6, "abc", forever_ms);
    client.put(2, {"a"});
    client.get(1, 0);
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "4 ok", "5 empty"}));
}

// Rule 5.4.8.
TEST_F(Requests, CloseEndsHalfHeldAndParkedPutsFirst)
{
    client.put(1, {"a", "b", "c"});
    (void)long_put(6, "abc", forever_ms);
    client.put(1, {"held"});
    client.op(wire::Message(wire::Close{1}));
    Lines answers = client.answers();
    ASSERT_GE(answers.size(), 3u);
    EXPECT_EQ(answers.front(), "2-3 ok");
    EXPECT_EQ(answers.back(), "7 ok");
    EXPECT_EQ(engine.broker().list("", 1).at(0).putters, 0u);
    data(5, "def");  // was on its way
    EXPECT_EQ(client.status(), PeerStatus::open);
    client.ack(2, 6);
    EXPECT_EQ(client.status(), PeerStatus::open);
}

TEST_F(Requests, CloseLetsThePutsOfAnotherHandleStepOn)
{
    client.open(2, "q", 2);
    (void)long_put(6, "abc", forever_ms);
    client.put(2, {"other"});
    client.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 closed", "4-5 ok"}));
    EXPECT_EQ(stats().ready, 1u);
}

TEST_F(Requests, CloseLeavesWhatWasHandedOutAlone)
{
    client.put(1, {"a"});
    client.get(1, 0);
    client.op(wire::Message(wire::Close{1}));
    (void)client.answers();
    EXPECT_EQ(stats().assigned, 1u);
    client.op(wire::Message(wire::TaskDone{1, 3, 1}));  // the handle may be closed
    EXPECT_EQ(client.answers(), Lines{"5 ok"});
    EXPECT_EQ(stats().assigned, 0u);
}

TEST_F(Requests, TaskDoneOfAnUnansweredGetFindsNoItem)
{
    client.put(1, {"a"});
    client.op(wire::Message(wire::TaskDone{1, 2, 1}));  // a PUT
    client.get(1, 0);
    client.op(wire::Message(wire::TaskDone{1, 4, 2}));  // a GET has one item
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 not_found", "4 item a #1 x1", "5 not_found"}));
    EXPECT_EQ(stats().unfinished, 1u);
}

TEST_F(Requests, TaskDoneOfAnUnseenOperationIsAnError)
{
    client.op(wire::Message(wire::TaskDone{1, 2, 1}));  // itself
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(Requests, ARangeOfTaskDonesSucceedsAsFarAsThereAreTasks)
{
    client.put(1, {"a", "b"});
    client.op(wire::Message(wire::TaskDone{1, 0, 0}), 3);
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4-5 ok", "6 no_unfinished_task"}));
}

TEST_F(Requests, ShutdownEndsThePutsThatWaitAndThenEveryGet)
{
    client.put(1, {"a", "b", "c"});
    client.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::drain}));
    client.put(1, {"d"});
    client.get(1, forever_ms, 3);
    EXPECT_EQ(client.answers(),
              (Lines{"2-3 ok",
                     "4 shut_down",
                     "5 ok",
                     "6 shut_down",
                     "7 item a #1 x1 ack_now",
                     "8 item b #2 x1 ack_now",
                     "9 shut_down"}));
}

TEST_F(Requests, AnImmediateShutdownDropsWhatIsReady)
{
    client.put(1, {"a", "b"});
    client.op(wire::Message(wire::Join{1, forever_ms}));
    client.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::immediate}));
    client.get(1, forever_ms);
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4-5 ok", "6 shut_down"}));
}

TEST_F(Requests, PurgeSaysHowMuchItDroppedAndLetsPutsIn)
{
    client.put(1, {"a", "b", "c"});
    client.op(wire::Message(wire::Admin{wire::AdminVerb::purge, "q"}));
    std::optional<wire::AdminBody> body;
    for (const wire::Frame& frame : client.frames()) {
        const base::Bytes bytes = std::get<wire::Result>(frame.message).body.to_bytes();
        if (!bytes.empty()) body = wire::decode_admin_body(bytes);
    }
    ASSERT_TRUE(body);
    EXPECT_EQ(body->dropped, 2u);
    EXPECT_EQ(stats().ready, 1u);
}

TEST_F(Requests, RemoveEndsWhatWaitsAndTheHandlesOfEverybody)
{
    FakeClient other(engine, now);
    other.live();
    other.open(1, "q", 2);
    other.get(1, forever_ms);
    (void)other.frames();
    client.op(wire::Message(wire::Admin{wire::AdminVerb::remove, "q"}));
    client.op(wire::Message(wire::Admin{wire::AdminVerb::remove, "q"}));
    client.get(1, 0);
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 not_found", "4 closed"}));
    other.put(1, {"a"});
    EXPECT_EQ(other.answers(), (Lines{"2 closed", "3 closed"}));
}

}  // namespace
}  // namespace penstock::session
