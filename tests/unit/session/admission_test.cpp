// Who is let in, at whose cost, and who has to leave.
#include "tests/support/session/engine_fixture.hpp"

namespace penstock::session {
namespace {

using namespace std::chrono_literals;

class Admission : public EngineFixture {
protected:
    static EngineOptions options()
    {
        EngineOptions options = small_options();
        options.unauthenticated_max = 3;
        options.descriptors_max = 10;
        return options;
    }

    static PeerInfo from(std::string user, bool challenge = false)
    {
        return {.address = "test", .user = std::move(user), .challenge = challenge, .local = false};
    }

    std::unique_ptr<FakeClient> client(PeerInfo info)
    {
        return std::make_unique<FakeClient>(small, now, std::move(info));
    }

    std::unique_ptr<FakeClient> live_client(PeerInfo info)
    {
        auto result = client(std::move(info));
        result->live();
        return result;
    }

    std::size_t logged(std::string_view event)
    {
        for (LogEvent& entry : small.take_log()) log.push_back(std::move(entry));
        return static_cast<std::size_t>(
            std::count_if(log.begin(), log.end(), [event](const LogEvent& entry) {
                return entry.event == event;
            }));
    }

    Engine small{options(), mac, entropy};
    std::vector<LogEvent> log;
};

TEST_F(Admission, TheOldestUnfinishedHandshakeMakesWayAndNobodyIsRefused)
{
    const auto session = live_client(from("addr=a"));
    const auto first = client(from("addr=a"));
    const auto second = client(from("addr=b"));
    const auto third = client(from("addr=c"));
    EXPECT_EQ(first->status(), PeerStatus::open);
    const auto fourth = live_client(from("addr=d"));
    EXPECT_EQ(first->status(), PeerStatus::dead);
    EXPECT_EQ(second->status(), PeerStatus::open);
    EXPECT_EQ(session->status(), PeerStatus::open);
    EXPECT_EQ(small.sessions(), 2u);
    EXPECT_EQ(logged("handshake_displaced"), 1u);
    // The fourth has its session now and left room behind.
    const auto fifth = client(from("addr=e"));
    EXPECT_EQ(second->status(), PeerStatus::open);
}

TEST_F(Admission, ACrowdOfOneUsersHandshakesDrivesOutItsOwn)
{
    const auto oldest = client(from("addr=a"));
    std::vector<std::unique_ptr<FakeClient>> crowd;
    for (int i = 0; i < 5; ++i) crowd.push_back(client(from("addr=b")));
    EXPECT_EQ(oldest->status(), PeerStatus::open);
    EXPECT_EQ(crowd[2]->status(), PeerStatus::dead);
    EXPECT_EQ(crowd[3]->status(), PeerStatus::open);
    const auto newest = client(from("addr=c"));
    EXPECT_EQ(crowd[3]->status(), PeerStatus::dead);
    EXPECT_EQ(oldest->status(), PeerStatus::open);
    EXPECT_EQ(crowd[4]->status(), PeerStatus::open);
}

// An honest host starts some workers while others sit there, one on each of many addresses.
TEST_F(Admission, AHostThatStartsSeveralWorkersIsNoCrowd)
{
    EngineOptions roomy = options();
    roomy.unauthenticated_max = 20;
    roomy.descriptors_max = 100;
    small.reconfigure(roomy);
    std::vector<std::unique_ptr<FakeClient>> silent;
    for (int i = 0; i < 20; ++i) silent.push_back(client(from("addr=" + std::to_string(i))));
    std::vector<std::unique_ptr<FakeClient>> workers;
    for (int i = 0; i < 5; ++i) workers.push_back(client(from("addr=a")));
    for (const auto& worker : workers) EXPECT_EQ(worker->status(), PeerStatus::open);
    EXPECT_EQ(silent[4]->status(), PeerStatus::dead);
    EXPECT_EQ(silent[5]->status(), PeerStatus::open);
    workers.push_back(client(from("addr=a")));  // now they are more than a quarter
    EXPECT_EQ(workers[0]->status(), PeerStatus::dead);
    EXPECT_EQ(silent[5]->status(), PeerStatus::open);
}

// An ordinary client's sessions are all in the log; a loop that opens and closes them is not.
TEST_F(Admission, OfManySessionsOfOneSourceTheFirstAreLoggedAndTheOthersCounted)
{
    for (std::size_t i = 0; i < log_lines_max + 50; ++i) live_client(from("addr=a"))->cut();
    live_client(from("addr=b"))->cut();
    EXPECT_EQ(logged("session_began"), log_lines_max + 1);
    EXPECT_EQ(logged("session_cut"), log_lines_max + 1);
    small.expire(now + 10s);
    EXPECT_EQ(logged("session_began"), log_lines_max + 2);
    EXPECT_EQ(log.back().fields.back().second, "50");
}

TEST_F(Admission, WhoFailedIsAStrangerUntilHeIsGone)
{
    const auto failed = client(from("addr=a", true));
    failed->plain("wrong");
    EXPECT_EQ(failed->status(), PeerStatus::finished);
    const auto second = client(from("addr=b"));
    const auto third = client(from("addr=c"));
    EXPECT_EQ(failed->status(), PeerStatus::finished);
    const auto fourth = client(from("addr=d"));
    EXPECT_EQ(failed->status(), PeerStatus::dead);
}

TEST_F(Admission, FailingGainsNoTime)
{
    const auto failed = client(from("addr=a", true));
    now += 4s;
    failed->plain("wrong");
    small.expire(now + 1s);
    EXPECT_EQ(failed->status(), PeerStatus::dead);
}

TEST_F(Admission, AByteNowAndThenDoesNotExtendTheHandshake)
{
    const auto dripping = client(from("addr=a", true));
    for (const int next : {0, 0, 0, 40}) {  // a length, and nothing behind it
        now += 1s;
        const std::array<std::byte, 1> byte{std::byte(next)};
        dripping->bytes(byte);
        small.expire(now);
        EXPECT_EQ(dripping->status(), PeerStatus::open);
    }
    small.expire(now + 1s);
    EXPECT_EQ(dripping->status(), PeerStatus::dead);
    EXPECT_EQ(logged("handshake_timeout"), 1u);
}

TEST_F(Admission, AnAddressMakesRoomForItselfWithItsOwnHandshakesFirst)
{
    std::vector<std::unique_ptr<FakeClient>> sessions;
    const auto other = client(from("addr=b"));
    for (int i = 0; i < 7; ++i) sessions.push_back(live_client(from("addr=a")));
    const auto own = client(from("addr=a"));  // its eighth, and its share
    const auto next = client(from("addr=a"));
    EXPECT_EQ(own->status(), PeerStatus::dead);
    EXPECT_EQ(other->status(), PeerStatus::open);
    next->live();
    const auto refused = client(from("addr=a"));
    EXPECT_EQ(refused->status(), PeerStatus::dead);
    EXPECT_TRUE(refused->payloads().empty());
    EXPECT_EQ(logged("connection_refused"), 1u);
    EXPECT_EQ(logged("handshake_displaced"), 1u);
    sessions.pop_back();
}

TEST_F(Admission, OverTheTotalAnybodysOldestHandshakeMakesWay)
{
    std::vector<std::unique_ptr<FakeClient>> sessions;
    for (int i = 0; i < 8; ++i) sessions.push_back(live_client(from("addr=a")));
    const auto stranger = client(from("addr=b"));
    const auto second = client(from("addr=c"));
    const auto third = client(from("addr=d"));
    EXPECT_EQ(stranger->status(), PeerStatus::dead);
    EXPECT_EQ(third->status(), PeerStatus::open);
}

TEST_F(Admission, DescriptorsComeBackWhenTheConnectionIsGone)
{
    PeerInfo info = from("uid=1");
    info.descriptors = 2;
    const auto first = live_client(info);
    EXPECT_EQ(small.shares().used(Resource::descriptors), 2u);
    const auto second = client(info);
    EXPECT_EQ(small.shares().used(Resource::descriptors), 4u);
    first->cut();
    second->cut();
    EXPECT_EQ(small.shares().used(Resource::descriptors), 0u);
    EXPECT_EQ(small.shares().users(), 0u);
}

TEST_F(Admission, WhoFailedFromAfarIsClosedAtOnceForAWhile)
{
    client(from("addr=a", true))->plain("wrong");
    EXPECT_EQ(client(from("addr=a", true))->status(), PeerStatus::dead);
    EXPECT_EQ(logged("connection_refused"), 1u);
    EXPECT_EQ(client(from("addr=b", true))->status(), PeerStatus::open);
    now += 5s;
    EXPECT_EQ(client(from("addr=a", true))->status(), PeerStatus::open);
}

TEST_F(Admission, WhoBrokeTheProtocolFromAfarIsClosedAtOnceForLonger)
{
    const auto rude = live_client(from("addr=a"));
    rude->ack(7);
    EXPECT_EQ(rude->status(), PeerStatus::finished);
    now += 9999ms;
    EXPECT_EQ(client(from("addr=a"))->status(), PeerStatus::dead);
    now += 1ms;
    EXPECT_EQ(client(from("addr=a"))->status(), PeerStatus::open);
}

TEST_F(Admission, ASourceThatWorksIsNotLockedOutForItsNeighbour)
{
    const auto session = live_client(from("addr=a"));
    client(from("addr=a", true))->plain("wrong");
    EXPECT_EQ(client(from("addr=a"))->status(), PeerStatus::open);
    session->cut();
    EXPECT_EQ(client(from("addr=a"))->status(), PeerStatus::dead);
}

TEST_F(Admission, OnThisHostNobodyIsLockedOut)
{
    PeerInfo local = from("addr=127.0.0.1", true);
    local.local = true;
    client(local)->plain("wrong");
    EXPECT_EQ(client(local)->status(), PeerStatus::open);
}

TEST_F(Admission, RefusalsAreLoggedOncePerSourceAndCounted)
{
    PeerInfo local = from("addr=127.0.0.1", true);
    local.local = true;
    for (int i = 0; i < 3; ++i) client(local)->plain("wrong");
    EXPECT_EQ(logged("auth_failed"), 1u);
    small.expire(now + 10s);
    EXPECT_EQ(logged("auth_failed"), 2u);
    EXPECT_EQ(log.back().fields.back(),
              (std::pair<std::string_view, std::string>("suppressed", "2")));
}

class OwnerOfASession : public EngineFixture {
protected:
    FakeClient connect(std::uint32_t pid_of_socket, std::uint32_t pid_in_hello)
    {
        FakeClient client(engine, now, {.address = "test", .pid = pid_of_socket});
        (void)client.payloads();
        wire::Hello hello;
        hello.version_min = hello.version_max = wire::protocol_version;
        hello.wanted = {0, 10, 1000};
        hello.pid = pid_in_hello;
        client.send({}, wire::Message(hello));
        (void)client.frames();
        return client;
    }
};

TEST_F(OwnerOfASession, ItsDeathEndsTheSessionThoughTheSocketIsOpen)
{
    FakeClient owned = connect(42, 42);
    EXPECT_EQ(engine.owner(owned.peer()), Owner::same);
    FakeClient other(engine, now);
    other.live();
    owned.open(1, "q");
    owned.get(1, wire::timeout_forever_ms);
    other.open(1, "q");
    engine.owner_died(owned.peer(), now);
    EXPECT_EQ(owned.status(), PeerStatus::dead);
    other.put(1, {"a"});
    other.get(1, 0);
    EXPECT_EQ(other.answers(), (Lines{"1 ok", "2 ok", "3 item a #1 x1"}));
    EXPECT_EQ(engine.sessions(), 1u);
}

TEST_F(OwnerOfASession, AnotherProcessThanHellosSaysNothingOfTheSession)
{
    FakeClient other = connect(42, 43);
    FakeClient unknown = connect(0, 0);
    FakeClient silent(engine, now, {.address = "test", .pid = 42});
    EXPECT_EQ(engine.owner(other.peer()), Owner::other);
    EXPECT_EQ(engine.owner(unknown.peer()), Owner::other);
    EXPECT_EQ(engine.owner(silent.peer()), Owner::undecided);
    for (const FakeClient* client : {&other, &unknown, &silent}) {
        engine.owner_died(client->peer(), now);
        EXPECT_EQ(client->status(), PeerStatus::open);
    }
}

TEST_F(OwnerOfASession, AHostThatAnswersNoMoreLosesItsSession)
{
    FakeClient lost = connect(0, 7);
    lost.open(1, "q");
    engine.unreachable(lost.peer(), now);
    EXPECT_EQ(lost.status(), PeerStatus::dead);
    EXPECT_EQ(engine.sessions(), 0u);
    EXPECT_EQ(engine.take_log().back().event, "peer_unreachable");
}

}  // namespace
}  // namespace penstock::session
