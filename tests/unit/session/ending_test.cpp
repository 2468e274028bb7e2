// docs/protocol.md, section 5: what a session's end gives back, and how its output is bounded.
#include "tests/support/session/engine_fixture.hpp"

#include <memory>

namespace penstock::session {
namespace {

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

class Ending : public EngineFixture {
protected:
    std::unique_ptr<FakeClient> open_client()
    {
        auto client = std::make_unique<FakeClient>(engine, now);
        client->live();
        client->open(1, "q");
        (void)client->frames();
        return client;
    }
};

TEST_F(Ending, ACutReturnsWhatWasNotAcknowledgedToItsPlaceFlagged)
{
    const auto producer = open_client();
    producer->put(1, {"a", "b", "c"});
    const auto first = open_client();
    first->get(1, 0, 2);
    first->ack(2);
    first->cut();
    const auto second = open_client();
    second->get(1, 0, 2);
    EXPECT_EQ(second->answers(), (Lines{"2 item b #2 x2", "3 item c #3 x1"}));
}

TEST_F(Ending, AReturnedItemGoesStraightToWhoWaits)
{
    const auto producer = open_client();
    producer->put(1, {"a"});
    const auto first = open_client();
    first->get(1, 0);
    const auto second = open_client();
    second->get(1, forever_ms);
    first->cut();
    EXPECT_EQ(second->answers(), Lines{"2 item a #1 x2"});
}

TEST_F(Ending, AGoodbyeReturnsItemsUnflagged)
{
    const auto first = open_client();
    first->put(1, {"a"});
    first->get(1, 0);
    first->send({}, wire::Message(wire::Goodbye{}));
    const auto second = open_client();
    second->get(1, 0);
    EXPECT_EQ(second->answers(), Lines{"2 item a #1 x1"});
}

TEST_F(Ending, TheWaitersOfACutSessionVanish)
{
    const auto gone = open_client();
    gone->get(1, forever_ms);
    gone->cut();
    const auto client = open_client();
    client->put(1, {"a"});
    client->get(1, 0);
    EXPECT_EQ(client->answers(), (Lines{"2 ok", "3 item a #1 x1"}));
}

TEST_F(Ending, ACutAtEveryByteOfAPutLeavesAWholeItemOrNone)
{
    base::ByteQueue out;
    wire::Header header;
    header.op = 2;
    header.n = 2;
    wire::Put put;
    put.handle = 1;
    put.sizes = {3, 4};
    put.body = rope_of("onetwo!");
    wire::encode_frame(out, header, wire::Message(put));
    std::array<std::span<const std::byte>, 16> parts;
    ASSERT_EQ(out.gather(parts), 1u);
    for (std::size_t size = 0; size <= parts[0].size(); ++size) {
        Engine fresh(small_options(), mac, entropy);
        FakeClient client(fresh, now);
        client.live();
        client.open(1, "q");
        for (std::size_t i = 0; i < size; ++i) client.bytes(parts[0].subspan(i, 1));
        client.cut();
        EXPECT_EQ(fresh.broker().list("", 1).at(0).ready, size == parts[0].size() ? 2u : 0u);
    }
}

TEST_F(Ending, GetsPauseWhenTheirSessionDoesNotAcknowledge)
{
    const auto client = open_client();  // it is granted 1000 bytes
    const std::string item(600, 'x');
    client->put(1, {item});
    client->put(1, {item});
    client->put(1, {item});
    client->get(1, 0, 3);
    EXPECT_EQ(client->frames().size(), 5u);  // the PUTs' results and two items
    EXPECT_EQ(engine.broker().list("", 1).at(0).ready, 1u);
    client->ack(5);
    EXPECT_EQ(client->frames().size(), 1u);
    EXPECT_EQ(engine.broker().list("", 1).at(0).ready, 0u);
}

TEST_F(Ending, ALongItemGoesOutInPartsWithResultsBetween)
{
    const auto client = open_client();
    const std::string item(900'000, 'x');
    client->put_in_parts(1, item, 200'000);
    (void)client->frames();
    client->get(1, 0);
    client->send({}, wire::Message(wire::Ping{1}));
    std::string arrived;
    for (const wire::Frame& frame : client->frames()) {
        if (const auto* begin = std::get_if<wire::Item>(&frame.message)) {
            EXPECT_TRUE(begin->end);
            arrived += text_of(begin->body);
        }
        if (const auto* part = std::get_if<wire::Data>(&frame.message)) {
            arrived += text_of(part->body);
        }
    }
    EXPECT_EQ(arrived, item);
}

TEST_F(Ending, WhoReadsNothingIsEndedBeforeItsOutputGrowsWithoutBound)
{
    EngineOptions options = small_options();
    options.output_size_max = 20'000;
    Engine strict(options, mac, entropy);
    FakeClient client(strict, now);
    client.live();
    client.open(1, "q");
    for (wire::OpId op = 2; op < 2000 && client.status() == PeerStatus::open; ++op) {
        client.get(1, 0);
        client.ack(op);
    }
    EXPECT_EQ(client.status(), PeerStatus::dead);
    EXPECT_EQ(strict.sessions(), 0u);
}

}  // namespace
}  // namespace penstock::session
