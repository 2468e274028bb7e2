// GETs that wait at several queues: which one served them, what ends them.
#include "tests/support/session/engine_fixture.hpp"

#include <string>
#include <vector>

namespace penstock::session {
namespace {

constexpr std::uint32_t forever = wire::timeout_forever_ms;

class AnyGet : public EngineFixture {
protected:
    using EngineFixture::EngineFixture;

    void SetUp() override
    {
        client.live();
        for (wire::HandleId handle = 1; handle <= 3; ++handle) {
            client.open(handle, "q" + std::to_string(handle));
        }
        client.ack(1, 3);
        (void)client.frames();
    }

    core::QueueStats stats(wire::HandleId handle)
    {
        return engine.broker().list("", 3).at(handle - 1);
    }

    std::vector<std::uint64_t> getters()
    {
        return {stats(1).getters, stats(2).getters, stats(3).getters};
    }

    FakeClient client{engine, now};
};

TEST_F(AnyGet, TheItemSaysWhichHandleItCameFrom)
{
    client.put(3, {"c"});
    client.put(2, {"b"});
    client.get_any(1, {2, 3}, 0);
    client.get_any(1, {2, 3}, 0);
    client.get_any(1, {2, 3}, 0);
    EXPECT_EQ(client.answers(),
              (Lines{"4 ok", "5 ok", "6 item b #1 x1 w1", "7 item c #1 x1 w2", "8 empty"}));
}

TEST_F(AnyGet, WhatItTookIsAcknowledgedAtTheQueueThatItCameFrom)
{
    client.get_any(1, {2, 3}, forever);
    client.put(2, {"b"});
    EXPECT_EQ(client.answers(), (Lines{"4 item b #1 x1 w1", "5 ok"}));
    EXPECT_EQ(getters(), (std::vector<std::uint64_t>{0, 0, 0}));
    EXPECT_EQ(stats(2).assigned, 1u);
    client.ack(4);
    EXPECT_EQ(stats(2).assigned, 0u);
}

TEST_F(AnyGet, WhatItTookReturnsToTheQueueThatItCameFrom)
{
    client.get_any(1, {2, 3}, forever);
    client.put(3, {"c"});
    client.cut();
    EXPECT_EQ(stats(3).ready, 1u);
    EXPECT_EQ(stats(3).assigned, 0u);
    EXPECT_EQ(getters(), (std::vector<std::uint64_t>{0, 0, 0}));
}

TEST_F(AnyGet, TakesSeveralFromOneQueue)
{
    client.put(2, {"a", "b"});
    client.put(3, {"c"});
    client.get_any(1, {2, 3}, 0, 5);
    EXPECT_EQ(client.answers(), (Lines{"4-5 ok", "6 ok", "7 item ab #1 x1 n2 w1"}));
}

TEST_F(AnyGet, ClosingAnyOfItsHandlesEndsIt)
{
    const wire::OpId first = client.get_any(1, {2}, forever);
    client.get_any(3, {1}, forever);
    client.get_any(3, {2}, forever);
    client.op(wire::Message(wire::Close{1}));
    EXPECT_EQ(client.answers(), (Lines{"4-5 closed", "7 ok"}));
    EXPECT_EQ(first, 4u);
    EXPECT_EQ(getters(), (std::vector<std::uint64_t>{0, 1, 1}));
}

TEST_F(AnyGet, CanBeTakenBackWhenItsFirstQueueHasEnded)
{
    const wire::OpId op = client.get_any(1, {2}, forever);
    client.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::drain}));
    EXPECT_EQ(client.answers(), Lines{"5 ok"});
    client.cancel(op, true);
    EXPECT_EQ(client.answers(), Lines{"4 cancelled"});
    EXPECT_EQ(getters(), (std::vector<std::uint64_t>{0, 0, 0}));
}

TEST_F(AnyGet, VanishesFromAllQueuesWithItsSession)
{
    client.get_any(1, {2, 3}, forever);
    client.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::drain}));
    client.cut();
    EXPECT_EQ(getters(), (std::vector<std::uint64_t>{0, 0, 0}));
}

TEST_F(AnyGet, AHandleThatIsNoneIsAnsweredAtOnceAndNothingIsTaken)
{
    client.put(1, {"a"});
    client.get_any(1, {9}, forever);
    client.get_any(9, {1}, forever);
    EXPECT_EQ(client.answers(), (Lines{"4 ok", "5 bad_handle", "6 bad_handle"}));
    EXPECT_EQ(stats(1).ready, 1u);
    EXPECT_EQ(stats(1).consumers, 0u);
}

TEST_F(AnyGet, TheSameHandleTwiceIsOnePlace)
{
    client.get_any(1, {1, 2, 2}, forever);
    EXPECT_EQ(getters(), (std::vector<std::uint64_t>{1, 1, 0}));
    client.put(2, {"b"});
    EXPECT_EQ(client.answers(), (Lines{"4 item b #1 x1 w2", "5 ok"}));
}

TEST_F(AnyGet, AskingForMoreHandlesThanThereMayBeIsAnsweredTooMany)
{
    client.get_any(1, std::vector<wire::HandleId>(wire::get_further_max, 2), 0);
    client.get_any(1, std::vector<wire::HandleId>(wire::get_further_max + 1, 2), 0);
    EXPECT_EQ(client.answers(), (Lines{"4 empty", "5 too_many"}));
}

class ManyAnyGets : public AnyGet {
protected:
    static EngineOptions options()
    {
        EngineOptions options = small_options();
        options.session.ops_max = any_gets_max + 100;
        return options;
    }

    ManyAnyGets() : AnyGet(options()) {}
};

TEST_F(ManyAnyGets, ThereAreOnlySoManyAtOnce)
{
    for (std::size_t i = 0; i < any_gets_max; ++i) client.get_any(1, {2}, forever);
    const wire::OpId op = client.get_any(1, {2}, forever);
    EXPECT_EQ(client.answers(), Lines{std::to_string(op) + " too_many"});
    client.put(1, {"a"});
    (void)client.frames();
    client.get_any(1, {2}, forever);
    EXPECT_EQ(client.answers(), Lines{});
}

}  // namespace
}  // namespace penstock::session
