// docs/protocol.md, sections 2 and 3: what each phase of a connection takes, and what ends it.
#include "tests/support/session/engine_fixture.hpp"

namespace penstock::session {
namespace {

class Phases : public EngineFixture {
protected:
    static constexpr std::string_view challenge_word = "#CHALLENGE#";

    std::string answer_to(const std::string& challenge)
    {
        const std::string m1 = challenge.substr(challenge_word.size());
        const auto digest = mac.hmac_sha256(small_options().key, base::as_bytes(m1));
        return "{sha256}" + std::string(base::as_text(digest));
    }

    /// As far as the broker's own challenge is answered and verified.
    void authenticate(FakeClient& client)
    {
        const Lines challenge = client.payloads();
        ASSERT_EQ(challenge.size(), 1u);
        client.plain(answer_to(challenge[0]));
        EXPECT_EQ(client.payloads(), Lines{"#WELCOME#"});
        client.plain("#CHALLENGE#{sha256}" + std::string(40, 'm'));
        const Lines answer = client.payloads();
        ASSERT_EQ(answer.size(), 1u);
        EXPECT_EQ(answer[0], answer_to("#CHALLENGE#{sha256}" + std::string(40, 'm')));
        client.plain("#WELCOME#");
        EXPECT_TRUE(client.payloads().empty());
    }

    static PeerInfo with_key() { return {.address = "test", .challenge = true}; }

    static wire::Hello hello()
    {
        wire::Hello hello;
        hello.version_min = hello.version_max = wire::protocol_version;
        hello.wanted = {60'000, 10, 500};
        return hello;
    }

    static std::vector<std::byte> length(std::uint32_t n)
    {
        return {std::byte(n >> 24), std::byte(n >> 16), std::byte(n >> 8), std::byte(n)};
    }

    template <class T>
    static std::optional<T> only(std::vector<wire::Frame> frames)
    {
        if (frames.size() != 1 || !std::holds_alternative<T>(frames[0].message)) {
            return std::nullopt;
        }
        return std::get<T>(std::move(frames[0].message));
    }
};

TEST_F(Phases, WithAKeyBothSidesProveIt)
{
    FakeClient client(engine, now, with_key());
    authenticate(client);
    client.send({}, wire::Message(hello()));
    const auto welcome = only<wire::Welcome>(client.frames());
    ASSERT_TRUE(welcome);
    EXPECT_FALSE(welcome->secret);  // rule 5.5.1: it is made from the key
    engine.expire(now + std::chrono::minutes(1));
    EXPECT_EQ(client.status(), PeerStatus::open);  // the handshake's time is over, and nothing else
}

TEST_F(Phases, TheDialogueMayArriveByteByByte)
{
    FakeClient client(engine, now, with_key());
    const std::string answer = answer_to(client.payloads().at(0));
    client.bytes(length(static_cast<std::uint32_t>(answer.size())));
    for (const char c : answer) {
        EXPECT_TRUE(engine.output(client.peer()).empty());
        const std::byte byte{static_cast<std::uint8_t>(c)};
        client.bytes(std::span(&byte, 1));
    }
    EXPECT_EQ(client.payloads(), Lines{"#WELCOME#"});
}

// Rule 2.5: the deadline is for the whole dialogue, HELLO included.
TEST_F(Phases, ProgressInTheDialogueBuysNoTime)
{
    FakeClient client(engine, now, with_key());
    const TimePoint began = now;
    now += std::chrono::seconds(4);
    authenticate(client);
    engine.expire(began + std::chrono::seconds(5));
    EXPECT_EQ(client.status(), PeerStatus::dead);
}

// Rule 2.1.
TEST_F(Phases, AChallengeThatComesFirstIsNotAnswered)
{
    FakeClient client(engine, now, with_key());
    (void)client.payloads();
    const int before = mac.calls();
    client.plain("#CHALLENGE#{sha256}" + std::string(40, 'm'));
    EXPECT_EQ(client.payloads(), Lines{"#FAILURE#"});
    EXPECT_EQ(client.status(), PeerStatus::finished);
    EXPECT_LE(mac.calls(), before + 1);
}

TEST_F(Phases, WhoFailedHasFiveSecondsToReadIt)
{
    FakeClient client(engine, now, {.address = "test", .allowed = false});
    EXPECT_EQ(engine.next_deadline(), now + std::chrono::seconds(5));
    engine.expire(now + std::chrono::seconds(5));
    EXPECT_EQ(client.status(), PeerStatus::dead);
}

TEST_F(Phases, NothingIsTakenFromAUidThatIsNotLetIn)
{
    FakeClient client(engine, now, {.address = "test", .allowed = false});
    client.send({}, wire::Message(hello()));
    EXPECT_EQ(client.payloads(), Lines{"#FAILURE#"});
    EXPECT_EQ(engine.sessions(), 0u);
}

TEST_F(Phases, EveryPhaseHasItsLimitOfAFrame)
{
    FakeClient stranger(engine, now, with_key());
    (void)stranger.payloads();
    stranger.bytes(length(wire::handshake_payload_max + 1));
    EXPECT_EQ(stranger.status(), PeerStatus::finished);
    EXPECT_TRUE(stranger.payloads().empty());

    FakeClient first(engine, now);
    (void)first.payloads();
    first.bytes(length(wire::first_frame_payload_max));
    EXPECT_EQ(first.status(), PeerStatus::open);
    FakeClient too_long(engine, now);
    (void)too_long.payloads();
    too_long.bytes(length(wire::first_frame_payload_max + 1));
    EXPECT_EQ(too_long.answers(), Lines{"goodbye 2"});

    FakeClient native(engine, now);
    native.live();
    native.bytes(length(wire::frame_payload_max + 1));
    EXPECT_EQ(native.answers(), Lines{"goodbye 2"});
    EXPECT_EQ(engine.sessions(), 0u);
}

TEST_F(Phases, ANegativeLengthIsAnErrorInEveryPhase)
{
    FakeClient stranger(engine, now, with_key());
    stranger.bytes(length(0x8000'0000));
    EXPECT_EQ(stranger.status(), PeerStatus::finished);
    FakeClient first(engine, now);
    first.bytes(length(0x8000'0000));
    EXPECT_EQ(first.status(), PeerStatus::finished);
    FakeClient native(engine, now);
    native.live();
    native.bytes(length(0x8000'0000));
    EXPECT_EQ(native.answers(), Lines{"goodbye 2"});
}

TEST_F(Phases, GarbageBehindHelloEndsTheSession)
{
    for (const std::string& garbage :
         {std::string(), std::string(12, '\0'), std::string(40, 'g')}) {
        FakeClient client(engine, now);
        client.live();
        client.plain(garbage);
        EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
        EXPECT_EQ(client.status(), PeerStatus::finished);
    }
    EXPECT_EQ(engine.sessions(), 0u);
}

TEST_F(Phases, NothingBehindAProtocolErrorIsExecuted)
{
    FakeClient client(engine, now);
    client.live();
    client.open(1, "q");
    client.plain("garbage");
    client.put(1, {"a"});
    EXPECT_EQ(client.answers(), (Lines{"1 ok", "goodbye 2"}));
    EXPECT_EQ(engine.broker().list("", 1).at(0).ready, 0u);
}

TEST_F(Phases, FramesOfTheSessionHaveNoPlaceInsideIt)
{
    const wire::Message resume = wire::Resume{.session = {}, .epoch = 2, .proof = {}, .next_op = 1};
    for (const wire::Message& message : {wire::Message(hello()), resume}) {
        FakeClient client(engine, now);
        client.live();
        client.send({}, message);
        EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
    }
    FakeClient client(engine, now);
    client.live();
    wire::Header header;
    header.op = 1;
    client.send(header, wire::Message(wire::Resend{}));
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(Phases, APongOfNoPingDoesNoHarm)
{
    FakeClient client(engine, now);
    client.live();
    client.send({}, wire::Message(wire::Pong{7}));
    EXPECT_TRUE(client.answers().empty());
    EXPECT_EQ(client.status(), PeerStatus::open);
}

TEST_F(Phases, WelcomeGrantsTheOperationsThatAreWantedTheLeastOfBytesAndNoWindow)
{
    FakeClient client(engine, now);
    (void)client.payloads();
    client.send({}, wire::Message(hello()));
    const auto welcome = only<wire::Welcome>(client.frames());
    ASSERT_TRUE(welcome);
    EXPECT_EQ(welcome->granted, (wire::Grants{0, 10, 1000}));  // the broker has no more
    EXPECT_TRUE(welcome->secret);
}

TEST_F(Phases, AVersionThatThisBrokerDoesNotSpeakIsRefused)
{
    for (const std::uint16_t version : {std::uint16_t{0}, std::uint16_t{2}}) {
        FakeClient client(engine, now);
        (void)client.payloads();
        wire::Hello other = hello();
        other.version_min = other.version_max = version;
        client.send({}, wire::Message(other));
        const auto refused = only<wire::Refused>(client.frames());
        ASSERT_TRUE(refused) << version;
        EXPECT_EQ(refused->reason, wire::RefusedReason::version);
        EXPECT_EQ(client.status(), PeerStatus::finished);
    }
}

TEST_F(Phases, OneSessionTooManyIsRefusedUntilOneHasEnded)
{
    EngineOptions options = small_options();
    options.sessions_max = 1;
    Engine small(options, mac, entropy);
    FakeClient first(small, now);
    first.live();
    FakeClient second(small, now);
    (void)second.payloads();
    second.send({}, wire::Message(hello()));
    const auto refused = only<wire::Refused>(second.frames());
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, wire::RefusedReason::too_many);
    first.cut();
    FakeClient third(small, now);
    third.live();
    EXPECT_EQ(small.sessions(), 1u);
}

TEST_F(Phases, ResumeIsRefusedAsUnknown)
{
    FakeClient client(engine, now);
    (void)client.payloads();
    client.send({},
                wire::Message(wire::Resume{.session = {}, .epoch = 2, .proof = {}, .next_op = 1}));
    const auto refused = only<wire::Refused>(client.frames());
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, wire::RefusedReason::unknown);
}

TEST_F(Phases, NobodyIsLetInWhenTheBrokerStops)
{
    FakeClient early(engine, now);
    (void)early.payloads();
    engine.stop(now);
    EXPECT_EQ(early.status(), PeerStatus::dead);
    const PeerId late = engine.connected({.address = "late"}, now);
    EXPECT_NE(engine.status(late), PeerStatus::open);
}

// A finished connection is written empty and closed; what stands behind GOODBYE is nobody's.
TEST_F(Phases, NothingFollowsGoodbyeNotEvenTheRestOfALongItem)
{
    for (const bool by_the_client : {false, true}) {
        Engine fresh(small_options(), mac, entropy);
        FakeClient client(fresh, now);
        client.live();
        client.open(1, "q");
        wire::Put put;
        put.handle = 1;
        put.sizes = {900'000};
        put.body = rope_of(std::string(200'000, 'x'));
        wire::Header header;
        header.op = client.op(wire::Message(put));
        for (const std::size_t size : {200'000u, 200'000u, 200'000u, 100'000u}) {
            client.send(header, wire::Message(wire::Data{rope_of(std::string(size, 'x'))}));
        }
        (void)client.frames();
        client.get(1, 0);
        if (by_the_client) {
            client.send({}, wire::Message(wire::Goodbye{}));
        } else {
            fresh.stop(now);
        }
        const Lines answers = client.answers();
        EXPECT_EQ(answers.back(), by_the_client ? "bye" : "goodbye 1");
        // A broker that ends lets its getter have the item; a client that leaves gives it back.
        EXPECT_EQ(fresh.broker().list("", 1).at(0).ready, by_the_client ? 1u : 0u);
    }
}

}  // namespace
}  // namespace penstock::session
