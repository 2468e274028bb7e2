// ADMIN: what an operator asks for.
#include "server/session/events.hpp"
#include "tests/support/session/engine_fixture.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace penstock::session {
namespace {

using wire::AdminVerb;

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

class AdminTest : public EngineFixture {
protected:
    AdminTest()
    {
        client.live();
        client.open(1, "q", 2);
        operator_.live();
        (void)client.frames();
    }

    [[nodiscard]] core::QueueStats stats(std::string_view name)
    {
        for (core::QueueStats& stats : engine.broker().list("", 100)) {
            if (stats.name == name) return std::move(stats);
        }
        ADD_FAILURE() << "no queue " << name;
        return {};
    }

    void ask(const wire::Admin& admin) { operator_.op(wire::Message(admin)); }

    Lines ask_to_kick(PeerId connection)
    {
        ask({.verb = AdminVerb::kick, .id = connection});
        return operator_.answers();
    }

    [[nodiscard]] std::vector<std::string> log_of(std::string_view event)
    {
        std::vector<std::string> lines;
        for (const LogEvent& line : engine.take_log()) {
            if (line.event != event) continue;
            std::string text;
            for (const auto& [key, value] : line.fields)
                text += std::string(key) + "=" + value + ";";
            lines.push_back(text);
        }
        return lines;
    }

    FakeClient client{engine, now};
    FakeClient operator_{engine, now};
};

TEST_F(AdminTest, PauseHoldsItemsBackUntilResume)
{
    client.put(1, {"a"});
    ask({.verb = AdminVerb::pause, .name = "q"});
    EXPECT_EQ(operator_.answers(), Lines{"1 ok"});
    EXPECT_TRUE(stats("q").paused);
    client.get(1, 0);
    client.get(1, forever_ms);
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 empty"}));
    ask({.verb = AdminVerb::resume, .name = "q"});
    EXPECT_EQ(operator_.answers(), Lines{"2 ok"});
    EXPECT_EQ(client.answers(), Lines{"4 item a #1 x1"});
}

TEST_F(AdminTest, AReadThatWaitsDoesNotSeeWhatIsHeldBack)
{
    ask({.verb = AdminVerb::pause, .name = "q"});
    client.put(1, {"a"});
    (void)client.frames();
    wire::Header header;
    header.op = wire::read_id_bit | 1;
    wire::Read read;
    read.what = wire::ReadWhat::ready;
    read.handles = {1};
    read.timeout_ms = 1000;
    client.send(header, wire::Message(read));
    EXPECT_EQ(client.answers(), Lines{});
    ask({.verb = AdminVerb::resume, .name = "q"});
    EXPECT_EQ(client.answers(), Lines{"1 ok"});
}

TEST_F(AdminTest, MoveSaysHowManyWereMoved)
{
    client.open(2, "r");
    client.put(1, {"a", "b", "c"});
    ask({.verb = AdminVerb::move, .name = "q", .to = "r", .count = 1});
    ask({.verb = AdminVerb::move, .name = "q", .to = "r"});
    std::vector<std::uint64_t> moved;
    for (const wire::Frame& frame : operator_.frames()) {
        const auto& result = std::get<wire::Result>(frame.message);
        EXPECT_EQ(result.status, wire::Status::ok);
        moved.push_back(wire::decode_admin_body(result.body.to_bytes())->moved);
    }
    EXPECT_EQ(moved, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(stats("q").ready, 0u);
    EXPECT_EQ(stats("r").ready, 3u);
}

TEST_F(AdminTest, MoveIsRefusedWithWhatAPutWouldAnswer)
{
    client.open(2, "r");
    client.op(wire::Message(wire::Shutdown{2}));
    ask({.verb = AdminVerb::move, .name = "q", .to = "q"});
    ask({.verb = AdminVerb::move, .name = "q", .to = "r"});
    ask({.verb = AdminVerb::move, .name = "q", .to = "none"});
    ask({.verb = AdminVerb::move, .name = "none", .to = "q"});
    EXPECT_EQ(operator_.answers(),
              (Lines{"1 refused", "2 shut_down", "3 not_found", "4 not_found"}));
}

TEST_F(AdminTest, AnotherQueueOfTheNameIsNotTouched)
{
    client.put(1, {"a"});
    const std::uint64_t object = stats("q").object;
    for (const AdminVerb verb : {AdminVerb::purge, AdminVerb::remove, AdminVerb::pause}) {
        ask({.verb = verb, .name = "q", .object = object + 1});
    }
    EXPECT_EQ(operator_.answers(), (Lines{"1 not_found", "2 not_found", "3 not_found"}));
    EXPECT_EQ(stats("q").ready, 1u);
    EXPECT_FALSE(stats("q").paused);
    ask({.verb = AdminVerb::purge, .name = "q", .object = object});
    EXPECT_EQ(operator_.answers(), Lines{"4 ok"});
}

TEST_F(AdminTest, AKickedProducerThatWaitsLosesItsPutAndIsTold)
{
    client.put(1, {"a", "b", "c"});
    (void)client.frames();
    EXPECT_EQ(stats("q").putters, 1u);
    EXPECT_EQ(ask_to_kick(client.peer()), Lines{"1 ok"});
    EXPECT_EQ(stats("q").putters, 0u);
    EXPECT_EQ(stats("q").handles, 0u);
    const std::vector<wire::Frame> frames = client.frames();
    ASSERT_EQ(frames.size(), 1u);
    const auto& goodbye = std::get<wire::Goodbye>(frames.front().message);
    EXPECT_EQ(goodbye.code, wire::GoodbyeCode::done);
    EXPECT_EQ(goodbye.text, "closed by an operator");
    EXPECT_EQ(client.status(), PeerStatus::finished);
    EXPECT_EQ(engine.sessions(), 1u);
}

TEST_F(AdminTest, WhatAKickedConsumerHadReturnsAndMayHaveBeenSeen)
{
    client.put(1, {"a"});
    client.get(1, 0);
    ask_to_kick(client.peer());
    operator_.open(1, "q", 2);
    operator_.get(1, 0);
    EXPECT_EQ(operator_.answers(), (Lines{"2 ok", "3 item a #1 x2"}));
}

TEST_F(AdminTest, TheLogSaysWhoWasKickedByWhom)
{
    (void)engine.take_log();
    ask_to_kick(client.peer());
    EXPECT_EQ(
        log_of(events::session_kicked),
        (Lines{"conn=" + std::to_string(client.peer()) + ";peer=test;text=asked for by conn " +
               std::to_string(operator_.peer()) + ";"}));
}

TEST_F(AdminTest, WhoKicksHimselfHasHisAnswerFirst)
{
    EXPECT_EQ(ask_to_kick(operator_.peer()), (Lines{"1 ok", "goodbye 0"}));
    EXPECT_EQ(operator_.status(), PeerStatus::finished);
}

TEST_F(AdminTest, AConnectionInItsHandshakeIsClosed)
{
    const FakeClient stranger(engine, now, {.address = "stranger", .challenge = true});
    EXPECT_EQ(ask_to_kick(stranger.peer()), Lines{"1 ok"});
    EXPECT_EQ(stranger.status(), PeerStatus::dead);
}

TEST_F(AdminTest, WhoIsNotThereOrAlreadyGoingIsNotFound)
{
    EXPECT_EQ(ask_to_kick(999), Lines{"1 not_found"});
    ask_to_kick(client.peer());
    EXPECT_EQ(ask_to_kick(client.peer()), Lines{"3 not_found"});
}

}  // namespace
}  // namespace penstock::session
