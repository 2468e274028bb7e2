// docs/protocol.md, section 2 and "the first frame".
#include "common/wire/fields.hpp"
#include "common/wire/limits.hpp"
#include "tests/support/session/engine_fixture.hpp"

namespace penstock::session {
namespace {

constexpr wire::OpId read_one = wire::read_id_bit | 1;

class Greeting : public EngineFixture {};

TEST_F(Greeting, WithoutAKeyTheBrokerWelcomesAtOnce)
{
    FakeClient client(engine, now);
    EXPECT_EQ(client.payloads(), Lines{"#WELCOME#"});
    client.hello();
    EXPECT_EQ(client.answers(), Lines{"type 2"});
    EXPECT_EQ(engine.sessions(), 1u);
}

TEST_F(Greeting, AClientThatWantsAByteIsGrantedTheLeastThatThereIs)
{
    EngineOptions options = small_options();
    options.session.put_bytes_max = wire::session_put_bytes_max;
    Engine roomy(options, mac, entropy);
    FakeClient client(roomy, now);
    (void)client.payloads();
    wire::Hello hello;
    hello.version_min = hello.version_max = wire::protocol_version;
    hello.wanted = {0, 10, 1};
    client.send({}, wire::Message(hello));
    const auto frames = client.frames();
    ASSERT_EQ(frames.size(), 1u);
    const auto& welcome = std::get<wire::Welcome>(frames[0].message);
    EXPECT_EQ(welcome.granted.max_bytes, wire::session_put_bytes_min);
    EXPECT_EQ(welcome.granted.max_ops, 10u);
}

TEST_F(Greeting, AWrongAnswerToTheChallengeIsAFailureAndNothingMore)
{
    FakeClient client(engine, now, {.address = "test", .challenge = true});
    const Lines challenge = client.payloads();
    ASSERT_EQ(challenge.size(), 1u);
    EXPECT_TRUE(challenge[0].starts_with("#CHALLENGE#{sha256}"));
    client.plain("{sha256}" + std::string(32, 'x'));
    EXPECT_EQ(client.payloads(), Lines{"#FAILURE#"});
    EXPECT_EQ(client.status(), PeerStatus::finished);
}

TEST_F(Greeting, AUidThatNobodyLetInIsToldOnlyThatItFailed)
{
    FakeClient client(engine, now, {.address = "test", .allowed = false});
    EXPECT_EQ(client.payloads(), Lines{"#FAILURE#"});
    EXPECT_EQ(client.status(), PeerStatus::finished);
}

TEST_F(Greeting, WhoSaysNothingForFiveSecondsIsClosed)
{
    FakeClient client(engine, now);
    EXPECT_EQ(engine.next_deadline(), now + std::chrono::seconds(5));
    engine.expire(now + std::chrono::milliseconds(4999));
    EXPECT_EQ(client.status(), PeerStatus::open);
    engine.expire(now + std::chrono::seconds(5));
    EXPECT_EQ(client.status(), PeerStatus::dead);
}

TEST_F(Greeting, APickleGetsARefusalThatPythonCanRead)
{
    FakeClient client(engine, now);
    (void)client.payloads();
    client.plain("\x80\x04K\x01.");
    const Lines refusal = client.payloads();
    ASSERT_EQ(refusal.size(), 1u);
    EXPECT_NE(refusal[0].find("not built yet"), std::string::npos);
    EXPECT_EQ(client.status(), PeerStatus::finished);
}

TEST_F(Greeting, ResumingIsRefusedUntilItIsBuilt)
{
    FakeClient client(engine, now);
    (void)client.payloads();
    wire::Resume resume;
    resume.epoch = 2;
    resume.next_op = 1;
    client.send({}, wire::Message(resume));
    EXPECT_EQ(client.answers(), Lines{"type 5"});
}

TEST_F(Greeting, TheFirstFrameMustBeHello)
{
    FakeClient client(engine, now);
    (void)client.payloads();
    client.get(1, 0);
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
    EXPECT_EQ(client.status(), PeerStatus::finished);
}

TEST_F(Greeting, FramesBehindHelloAreExecuted)
{
    FakeClient client(engine, now);
    client.hello();
    client.open(1, "q");
    client.put(1, {"a"});
    client.get(1, 0);
    (void)engine.take_touched();
    const Lines payloads = client.payloads();
    EXPECT_EQ(payloads.size(), 5u);  // the word, WELCOME, OPEN's result, ITEM, PUT's result
}

TEST_F(Greeting, WhoWantsNoPutsMayStillGet)
{
    FakeClient producer(engine, now);
    producer.live();
    producer.open(1, "q");
    producer.put(1, {"a"});
    FakeClient client(engine, now);
    (void)client.payloads();
    wire::Hello hello;
    hello.version_min = hello.version_max = wire::protocol_version;
    client.send({}, wire::Message(hello));
    client.open(1, "q");
    (void)client.frames();
    client.ack(1);  // it asked for one operation at a time
    client.get(1, 0);
    EXPECT_EQ(client.answers(), Lines{"2 item a #1 x1"});
}

TEST_F(Greeting, AHugeFrameOfAStrangerEndsHim)
{
    FakeClient client(engine, now, {.address = "test", .challenge = true});
    (void)client.payloads();
    const std::array<std::byte, 4> length = {
        std::byte{0x7f}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
    client.bytes(length);
    EXPECT_EQ(client.status(), PeerStatus::finished);
    EXPECT_TRUE(client.payloads().empty());
}

TEST_F(Greeting, AGoodbyeIsAnsweredAndEndsTheSession)
{
    FakeClient client(engine, now);
    client.live();
    client.send({}, wire::Message(wire::Goodbye{}));
    EXPECT_EQ(client.answers(), Lines{"bye"});
    EXPECT_EQ(engine.sessions(), 0u);
}

TEST_F(Greeting, OnePingIsAnsweredAndASecondBeforeThatIsAnError)
{
    FakeClient client(engine, now);
    client.live();
    client.send({}, wire::Message(wire::Ping{7}));
    EXPECT_EQ(client.answers(), Lines{"pong"});
    client.send({}, wire::Message(wire::Ping{8}));
    EXPECT_EQ(client.answers(), Lines{"pong"});
}

TEST_F(Greeting, WhenTheBrokerStopsResultsGoFirstAndThenGoodbye)
{
    FakeClient client(engine, now);
    client.live();
    client.open(1, "q");
    client.put(1, {"a"});
    client.get(1, wire::timeout_forever_ms, 2);
    engine.stop(now);
    EXPECT_EQ(client.answers(), (Lines{"1 ok", "2 ok", "3 item a #1 x1", "goodbye 1"}));
    EXPECT_EQ(client.status(), PeerStatus::finished);
    // Nobody acknowledged it, but it goes to nobody else either.
    EXPECT_EQ(engine.broker().list("", 10).at(0).assigned, 1u);
}

TEST_F(Greeting, WhenTheBrokerStopsNoItemIsHandedToASecondClient)
{
    FakeClient first(engine, now);
    first.live();
    first.open(1, "q");
    first.put(1, {"a"});
    first.get(1, 0);
    FakeClient second(engine, now);
    second.live();
    second.open(1, "q");
    second.get(1, wire::timeout_forever_ms);
    engine.stop(now);
    EXPECT_EQ(first.answers(), (Lines{"1 ok", "2 ok", "3 item a #1 x1", "goodbye 1"}));
    EXPECT_EQ(second.answers(), (Lines{"1 ok", "goodbye 1"}));
}

TEST_F(Greeting, ALongItemGoesOutWholeBeforeTheGoodbyeOfABrokerThatStops)
{
    FakeClient client(engine, now);
    client.live();
    client.open(1, "q");
    client.put(1, {std::string(200'000, 'x')});
    wire::Put put;
    put.handle = 1;
    put.sizes = {900'000};
    put.body = rope_of(std::string(200'000, 'y'));
    wire::Header header;
    header.op = client.op(wire::Message(put));
    for (int i = 0; i < 4; ++i) {
        const std::size_t size = i < 3 ? 200'000 : 100'000;
        client.send(header, wire::Message(wire::Data{rope_of(std::string(size, 'y'))}));
    }
    (void)client.frames();
    client.get(1, 0);
    (void)client.frames();
    client.ack(4);
    client.get(1, 0);
    engine.stop(now);
    std::size_t arrived = 0;
    const std::vector<wire::Frame> frames = client.frames();
    for (const wire::Frame& frame : frames) {
        if (const auto* item = std::get_if<wire::Item>(&frame.message))
            arrived += item->body.size();
        if (const auto* data = std::get_if<wire::Data>(&frame.message))
            arrived += data->body.size();
    }
    EXPECT_EQ(arrived, 900'000u);
    EXPECT_TRUE(std::holds_alternative<wire::Goodbye>(frames.back().message));
}

TEST_F(Greeting, AQueueCountsItsOpenHandles)
{
    FakeClient client(engine, now);
    client.live();
    client.open(1, "q");
    client.open(2, "q");
    FakeClient other(engine, now);
    other.live();
    other.open(1, "q");
    EXPECT_EQ(engine.broker().list("", 1).at(0).handles, 3u);
    client.op(wire::Message(wire::Close{2}));
    other.cut();
    EXPECT_EQ(engine.broker().list("", 1).at(0).handles, 1u);
}

TEST_F(Greeting, AReadOfWhatNobodyKnowsIsUnsupportedAndEndsNothing)
{
    FakeClient client(engine, now);
    client.live();
    base::ByteQueue out;
    wire::Header header;
    header.op = read_one;
    wire::encode_frame(out, header, wire::Message(wire::Read{.what = wire::ReadWhat::ready}));
    base::Bytes bytes = FakeClient::taken(out);
    bytes[wire::length_prefix_size + wire::header_size + wire::field_header_size] =
        std::byte{99};  // what
    client.bytes(bytes);
    EXPECT_EQ(client.answers(), Lines{"1 unsupported"});
    EXPECT_EQ(client.status(), PeerStatus::open);
}

}  // namespace
}  // namespace penstock::session
