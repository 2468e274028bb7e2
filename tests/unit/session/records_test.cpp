// docs/protocol.md, rule 4.4: what operations that wait, kept results, handles and empty queues may
// take, and who is ended for it.
#include "tests/support/session/engine_fixture.hpp"

#include <memory>

namespace penstock::session {
namespace {

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

class RecordBounds : public EngineFixture {
protected:
    static EngineOptions options()
    {
        EngineOptions options = small_options();
        options.session.ops_max = wire::session_ops_max;
        options.pending_max = 2'000'000;  // of it a million for records, and 500,000 a user
        options.share_max_percent = 50;
        return options;
    }

    std::unique_ptr<FakeClient> client(std::string user)
    {
        auto result = std::make_unique<FakeClient>(
            bounded, now, PeerInfo{.address = "test", .user = std::move(user)});
        result->live();
        result->open(1, "q");
        (void)result->frames();
        return result;
    }

    /// They can't be joined, and are not acknowledged.
    static void keep_results(FakeClient& client, int n)
    {
        for (int i = 0; i < n && client.status() == PeerStatus::open; ++i) {
            client.get(i % 2 == 0 ? 1 : 9, 0);  // empty, bad_handle
            (void)client.read_all();
        }
    }

    Engine bounded{options(), mac, entropy};
};

TEST_F(RecordBounds, WhoKeepsTheMostIsEndedWhenHisUsersShareIsUsedUp)
{
    const auto honest = client("uid=1");
    for (int i = 0; i < 100; ++i) honest->get(1, forever_ms);  // more than the floor
    const auto other = client("uid=2");
    const auto hoarder = client("uid=1");
    keep_results(*hoarder, 3000);
    EXPECT_EQ(hoarder->status(), PeerStatus::open);
    keep_results(*hoarder, 1000);
    EXPECT_EQ(hoarder->status(), PeerStatus::finished);
    EXPECT_EQ(honest->status(), PeerStatus::open);
    EXPECT_EQ(bounded.sessions(), 2u);
    std::size_t logged = 0;
    for (const LogEvent& event : bounded.take_log()) {
        if (event.event == "peer_holds_too_much") ++logged;
    }
    EXPECT_EQ(logged, 1u);
    EXPECT_LT(bounded.shares().used(Resource::record_bytes), 100'000u);
    keep_results(*other, 1000);
    EXPECT_EQ(other->status(), PeerStatus::open);
}

TEST_F(RecordBounds, WhoIsEndedForItIsToldWhy)
{
    const auto hoarder = client("uid=1");
    for (int i = 0; i < 4000 && hoarder->status() == PeerStatus::open; ++i) {
        (void)hoarder->read_all();
        hoarder->get(i % 2 == 0 ? 1 : 9, 0);
    }
    const auto frames = hoarder->frames();
    ASSERT_FALSE(frames.empty());
    const auto* goodbye = std::get_if<wire::Goodbye>(&frames.back().message);
    ASSERT_NE(goodbye, nullptr);
    EXPECT_NE(goodbye->text.find("--pending-max"), std::string::npos);
}

// Many users, none of them over his share: the one who keeps the most of all makes room.
TEST_F(RecordBounds, WhereTheTotalIsUsedUpTheLargestOfAllIsEnded)
{
    const auto small = client("uid=1");
    keep_results(*small, 500);
    const auto largest = client("uid=2");
    keep_results(*largest, 3500);
    const auto second = client("uid=3");
    keep_results(*second, 3400);
    const auto last = client("uid=4");
    keep_results(*last, 1000);
    EXPECT_EQ(largest->status(), PeerStatus::finished);
    for (const auto* other : {&small, &second, &last}) {
        EXPECT_EQ((*other)->status(), PeerStatus::open);
    }
}

// What was used stays known, so that no handle is used twice: without gaps in one range.
TEST_F(RecordBounds, GapsBetweenUsedHandlesAreRecordsToo)
{
    const auto tidy = client("uid=1");
    const auto hoarder = client("uid=2");
    const std::uint64_t before = bounded.shares().used(Resource::record_bytes);
    for (wire::HandleId i = 1; i <= 1000; ++i) {
        for (FakeClient* one : {tidy.get(), hoarder.get()}) {
            wire::Open open{.handle = one == tidy.get() ? 1 + i : 1 + 2 * i, .name = "absent"};
            open.mode = wire::Mode::existing;
            one->ack(one->op(wire::Message(open)));
        }
    }
    const std::uint64_t kept = bounded.shares().used(Resource::record_bytes) - before;
    EXPECT_EQ(kept, 1000 * handle_range_cost);
}

TEST_F(RecordBounds, AnEmptyQueueIsItsCreatorsUntilItIsRemoved)
{
    const auto creator = client("uid=1");
    const std::uint64_t before = bounded.shares().used(Resource::pending_bytes);
    Lines answers;
    wire::HandleId handle = 2;
    for (; handle < 1000; ++handle) {
        creator->open(handle, "q" + std::to_string(handle));
        answers = creator->answers();
        if (answers.back().ends_with("too_many")) break;
    }
    EXPECT_GT(handle, 300u);
    EXPECT_LT(handle, 600u);
    creator->cut();
    const std::uint64_t kept = bounded.shares().used(Resource::pending_bytes) - before;
    EXPECT_GT(kept, 300 * queue_cost);
    const auto other = client("uid=2");
    for (wire::HandleId i = 2; i < handle; ++i) {
        wire::Admin remove{.verb = wire::AdminVerb::remove, .name = "q" + std::to_string(i)};
        other->op(wire::Message(remove));
    }
    other->cut();
    EXPECT_EQ(bounded.shares().used(Resource::pending_bytes), queue_cost);  // of "q"
}

}  // namespace
}  // namespace penstock::session
