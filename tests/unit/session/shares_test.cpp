// Who uses how much: totals, shares, and users who come and go.
#include "tests/support/session/engine_fixture.hpp"

namespace penstock::session {
namespace {

TEST(Shares, OneUserGetsHisShareOfTheTotalAndNoMore)
{
    Shares shares(80);
    shares.set_max(Resource::objects, 10);
    const UserId user = shares.enter("uid=1");
    EXPECT_EQ(shares.room(user, Resource::objects, 8), Room::ok);
    EXPECT_EQ(shares.room(user, Resource::objects, 9), Room::share_used);
    shares.take(user, Resource::objects, 8);
    EXPECT_EQ(shares.room(user, Resource::objects, 1), Room::share_used);
    shares.give(user, Resource::objects, 1);
    EXPECT_TRUE(shares.may_take(user, Resource::objects, 1));
}

TEST(Shares, WhatOneUserLeavesIsThereForOthersUntilTheTotalIsUsed)
{
    Shares shares(80);
    shares.set_max(Resource::sessions, 10);
    const UserId first = shares.enter("uid=1");
    const UserId second = shares.enter("uid=2");
    shares.take(first, Resource::sessions, 8);
    EXPECT_EQ(shares.room(second, Resource::sessions, 2), Room::ok);
    EXPECT_EQ(shares.room(second, Resource::sessions, 3), Room::total_used);
    shares.take(second, Resource::sessions, 2);
    EXPECT_EQ(shares.used(Resource::sessions), 10u);
    EXPECT_EQ(shares.used_by(second, Resource::sessions), 2u);
}

TEST(Shares, ASmallTotalIsNotNobodysAndAHugeOneDoesNotOverflow)
{
    Shares shares(80);
    const UserId user = shares.enter("uid=1");
    EXPECT_EQ(shares.room(user, Resource::pending_bytes, UINT64_MAX / 2), Room::ok);  // unlimited
    shares.set_max(Resource::objects, 1);
    EXPECT_EQ(shares.share(Resource::objects), 1u);
    shares.set_max(Resource::objects, 2);  // 80 % of it is more than one
    EXPECT_EQ(shares.share(Resource::objects), 2u);
    shares.set_max(Resource::objects, 0);
    EXPECT_FALSE(shares.may_take(user, Resource::objects, 1));
    shares.set_max(Resource::objects, UINT64_MAX);
    EXPECT_GT(shares.share(Resource::objects), UINT64_MAX / 100 * 79);
    EXPECT_FALSE(shares.may_take(user, Resource::objects, UINT64_MAX));
}

TEST(Shares, AUserIsKnownWhileHeIsThereOrHoldsSomething)
{
    Shares shares(80);
    const UserId user = shares.enter("uid=1");
    EXPECT_EQ(shares.enter("uid=1"), user);
    shares.take(user, Resource::objects, 1);
    shares.leave(user);
    shares.leave(user);
    EXPECT_EQ(shares.users(), 1u);
    EXPECT_EQ(shares.enter("uid=1"), user);
    shares.leave(user);
    shares.give(user, Resource::objects, 1);
    EXPECT_EQ(shares.users(), 0u);
    EXPECT_NE(shares.enter("uid=1"), user);
}

class SharesOfABroker : public EngineFixture {
protected:
    static EngineOptions options()
    {
        EngineOptions options = small_options();
        options.sessions_max = 5;
        options.objects_max = 5;
        return options;
    }

    static PeerInfo user(std::string name) { return {.address = "test", .user = std::move(name)}; }

    [[nodiscard]] static std::string refusal(FakeClient& client)
    {
        (void)client.payloads();
        client.hello();
        const auto frames = client.frames();
        if (frames.size() != 1) return "no answer";
        const auto* refused = std::get_if<wire::Refused>(&frames[0].message);
        return refused == nullptr ? "" : std::string(refused->text);
    }

    Engine small{options(), mac, entropy};
};

TEST_F(SharesOfABroker, AnAddressWithItsShareOfSessionsIsToldWhichLimitItWas)
{
    std::vector<std::unique_ptr<FakeClient>> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<FakeClient>(small, now, user("addr=10.0.0.1")));
        clients.back()->live();
    }
    FakeClient fifth(small, now, user("addr=10.0.0.1"));
    EXPECT_NE(refusal(fifth).find("--share-max"), std::string::npos);
    FakeClient other(small, now, user("addr=10.0.0.2"));
    EXPECT_EQ(refusal(other), "");
    FakeClient late(small, now, user("addr=10.0.0.3"));
    EXPECT_NE(refusal(late).find("--sessions-max"), std::string::npos);
    clients.back()->cut();
    FakeClient again(small, now, user("addr=10.0.0.1"));
    EXPECT_EQ(refusal(again), "");
}

TEST_F(SharesOfABroker, QueuesAreTheirCreatorsUntilSomebodyRemovesThem)
{
    FakeClient creator(small, now, user("uid=1"));
    FakeClient other(small, now, user("uid=2"));
    creator.live();
    other.live();
    for (wire::HandleId handle = 1; handle <= 5; ++handle) {
        creator.open(handle, "q" + std::to_string(handle));
    }
    creator.open(6, "q1");  // is there: costs nothing
    EXPECT_EQ(creator.answers(), (Lines{"1 ok", "2 ok", "3 ok", "4 ok", "5 too_many", "6 ok"}));
    creator.cut();
    EXPECT_EQ(small.shares().users(), 2u);
    wire::Admin remove;
    remove.verb = wire::AdminVerb::remove;
    for (int i = 1; i <= 4; ++i) {
        remove.name = "q" + std::to_string(i);
        other.op(wire::Message(remove));
    }
    EXPECT_EQ(other.answers(), (Lines{"1 ok", "2 ok", "3 ok", "4 ok"}));
    EXPECT_EQ(small.shares().users(), 1u);
    EXPECT_EQ(small.shares().used(Resource::objects), 0u);
}

TEST_F(SharesOfABroker, WhenTheBrokerEndsNobodyHoldsASession)
{
    FakeClient client(small, now, user("uid=1"));
    client.live();
    small.stop(now);
    EXPECT_EQ(small.shares().used(Resource::sessions), 0u);
    client.cut();
    EXPECT_EQ(small.shares().users(), 0u);
}

}  // namespace
}  // namespace penstock::session
