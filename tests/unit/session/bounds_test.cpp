// docs/protocol.md, rules 4, 7.1 and "Limits": what a peer that doesn't read, or doesn't
// acknowledge, can pile up.
#include "tests/support/session/engine_fixture.hpp"

#include <map>

namespace penstock::session {
namespace {

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;

class Bounds : public EngineFixture {
protected:
    static EngineOptions roomy()
    {
        EngineOptions options = small_options();
        options.session.ops_max = wire::session_ops_max;
        options.session.put_bytes_max = wire::session_put_bytes_max;
        return options;
    }

    void SetUp() override
    {
        client.live();
        client.open(1, "q");
        (void)client.frames();
    }

    core::QueueStats stats() { return broad.broker().list("", 1).at(0); }

    void list(wire::OpId id)
    {
        wire::Read read;
        read.what = wire::ReadWhat::list;
        wire::Header header;
        header.op = wire::read_id_bit | id;
        client.send(header, wire::Message(read));
    }

    Engine broad{roomy(), mac, entropy};
    FakeClient client{broad, now};
};

TEST_F(Bounds, GetsStopWhileThePeerDoesNotReadAndGoOnWhenItDoes)
{
    const std::string item(100'000, 'x');
    for (int i = 0; i < 10; ++i) client.put(1, {item});
    (void)client.frames();
    client.get(1, forever_ms, 10);
    EXPECT_LE(broad.output(client.peer()).size(), wire::unsent_output_max + 150'000);
    EXPECT_GE(stats().ready, 6u);
    std::size_t items = 0;
    for (int round = 0; round < 10; ++round) items += client.frames().size();
    EXPECT_EQ(items, 10u);  // nothing was acknowledged: the grant is larger
    EXPECT_EQ(stats().ready, 0u);
}

// To free a long item at once would keep everybody waiting.
TEST_F(Bounds, TheMemoryOfManyBytesIsFreedALittleAtATime)
{
    const std::string item(200'000, 'x');
    for (int i = 0; i < 30; ++i) client.put(1, {item});
    const auto turns_to_free = [&] {
        int turns = 0;
        for (; broad.has_memory_to_free() && turns < 100; ++turns) broad.free_memory();
        return turns;
    };
    EXPECT_LT(turns_to_free(), 3);  // blocks that were too short
    client.op(wire::Message(wire::Admin{.verb = wire::AdminVerb::purge, .name = "q"}));
    EXPECT_GE(turns_to_free(), 5);
    EXPECT_FALSE(broad.has_memory_to_free());
}

// Rule 5.4.2: empty is answered only if nothing was ready.
TEST_F(Bounds, ATryThatAGateKeptFromReadyItemsWaitsForTheGate)
{
    const std::string item(300'000, 'x');
    client.put(1, {"a"});
    (void)client.frames();
    client.op(wire::Message(wire::Admin{.verb = wire::AdminVerb::purge, .name = "q"}));
    (void)client.frames();
    for (int i = 0; i < 3; ++i) client.put_in_parts(1, item, 200'000);
    (void)client.frames();
    const wire::OpId first = client.get(1, 0, 3);
    EXPECT_EQ(stats().assigned, 1u);
    EXPECT_EQ(stats().getters, 2u);
    std::map<wire::OpId, std::size_t> sizes;
    for (int round = 0; round < 10; ++round) {
        for (const wire::Frame& frame : client.frames()) {
            if (const auto* whole = std::get_if<wire::Item>(&frame.message)) {
                sizes[frame.header.op] += whole->body.size();
            } else if (const auto* part = std::get_if<wire::Data>(&frame.message)) {
                sizes[frame.header.op] += part->body.size();
            } else {
                ADD_FAILURE() << "a get was answered without its item";
            }
        }
    }
    for (wire::OpId op = first; op < first + 3; ++op) EXPECT_EQ(sizes[op], 300'000u) << op;
}

TEST_F(Bounds, ReadsWaitWhileThePeerDoesNotRead)
{
    const std::string item(300, 'x');
    for (int i = 0; i < 2000; ++i) client.put(1, {item});
    (void)client.frames();
    client.get(1, forever_ms, 2000);
    const std::size_t before = broad.output(client.peer()).size();
    EXPECT_GE(before, wire::unsent_output_max);
    for (wire::OpId id = 1; id <= 64; ++id) list(id);
    EXPECT_EQ(broad.output(client.peer()).size(), before);
    std::size_t reads = 0;
    for (int round = 0; round < 10; ++round) {
        for (const wire::Frame& frame : client.frames()) {
            reads += std::holds_alternative<wire::Result>(frame.message) ? 1 : 0;
        }
    }
    EXPECT_EQ(reads, 64u);
}

TEST_F(Bounds, MoreReadsThanMayWaitEndTheSession)
{
    const std::string item(300, 'x');
    for (int i = 0; i < 2000; ++i) client.put(1, {item});
    (void)client.frames();
    client.get(1, forever_ms, 2000);
    for (wire::OpId id = 1; id <= 65; ++id) list(id);
    EXPECT_EQ(client.status(), PeerStatus::finished);
    EXPECT_EQ(client.answers().back(), "goodbye 2");
    EXPECT_EQ(stats().ready, 2000u);
}

TEST_F(Bounds, AReadThatWaitsCanBeCancelled)
{
    const std::string item(300, 'x');
    for (int i = 0; i < 2000; ++i) client.put(1, {item});
    (void)client.frames();
    client.get(1, forever_ms, 2000);
    list(1);
    client.cancel(wire::read_id_bit | 1, false);
    list(2);
    std::vector<std::string> results;
    for (int round = 0; round < 10; ++round) {
        for (const std::string& line : client.answers()) {
            if (line.find("item") == std::string::npos) results.push_back(line);
        }
    }
    EXPECT_EQ(results, (Lines{"1 cancelled", "2 ok"}));
}

TEST_F(Bounds, APingIsAnsweredWhenTheOutputHasRoomAndOnlyOneMayWait)
{
    const std::string item(300, 'x');
    for (int i = 0; i < 2000; ++i) client.put(1, {item});
    (void)client.frames();
    client.get(1, forever_ms, 2000);
    client.send({}, wire::Message(wire::Ping{1}));
    EXPECT_EQ(client.status(), PeerStatus::open);
    client.send({}, wire::Message(wire::Ping{2}));
    EXPECT_EQ(client.status(), PeerStatus::finished);
}

// One CANCEL of 28 bytes may ask for 4,096 answers, and a read block is full of them.
TEST_F(Bounds, AnswersSentAgainAreBoundedWithinOneTurn)
{
    client.open(2, "small", 1);
    client.put(2, {"a"});
    for (int i = 0; i < 1000; ++i) {  // full and empty in turn: no two can be joined
        client.put(2, {"b"}, 0);
        client.op(wire::Message(wire::Close{9}));
    }
    (void)client.frames();
    base::ByteQueue out;
    wire::Header header;
    header.op = 1;  // done, so it is ignored; but the block it lies in is a large one
    wire::encode_frame(out, header, wire::Message(wire::Data{rope_of(std::string(150'000, 'x'))}));
    for (int i = 0; i < 10'000; ++i) {
        header.op = 4;
        header.n = 2000;
        wire::encode_frame(out, header, wire::Message(wire::Cancel{true, 0}));
    }
    const base::Bytes all = FakeClient::taken(out);
    // As one read: the shell gives the engine what the kernel has.
    std::size_t at = 0;
    while (at < all.size() && client.status() == PeerStatus::open) {
        const std::span<std::byte> room = broad.recv_buffer(client.peer());
        const std::size_t size = std::min(room.size(), all.size() - at);
        std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at), size, room.begin());
        broad.received(client.peer(), size, now);
        while (broad.has_input(client.peer())) broad.received(client.peer(), 0, now);
        at += size;
        EXPECT_LE(broad.output(client.peer()).size(), std::size_t{9} * 1024 * 1024);
    }
    EXPECT_EQ(client.status(), PeerStatus::dead);
    EXPECT_EQ(broad.sessions(), 0u);
}

// A frame of 16 bytes may name 4,096 operations, and a read is full of them.
TEST_F(Bounds, ATurnEndsWithItsWorkAndTheNextOneGoesOn)
{
    base::ByteQueue out;
    wire::Header header;
    header.op = 1;
    header.n = 4096;
    for (int i = 0; i < 4096; ++i) {
        client.get(9, 0);  // bad_handle
    }
    (void)client.frames();
    for (int i = 0; i < 100; ++i) wire::encode_frame(out, header, wire::Message(wire::Ack{}));
    wire::encode_frame(out, {}, wire::Message(wire::Ping{1}));
    const base::Bytes all = FakeClient::taken(out);
    const std::span<std::byte> room = broad.recv_buffer(client.peer());
    ASSERT_GE(room.size(), all.size());
    std::copy(all.begin(), all.end(), room.begin());
    broad.received(client.peer(), all.size(), now);
    EXPECT_TRUE(client.frames().empty());
    int turns = 1;
    for (; broad.has_input(client.peer()); ++turns) broad.received(client.peer(), 0, now);
    EXPECT_GE(turns, 10);
    EXPECT_EQ(client.answers(), Lines{"pong"});
}

TEST_F(Bounds, ItemsOfARemovedQueueDoNotEatTheGrant)
{
    FakeClient narrow(engine, now);  // it is granted 1000 bytes
    narrow.live();
    narrow.open(1, "gone");
    narrow.open(2, "stays");
    for (int i = 0; i < 2; ++i) narrow.put(1, {std::string(600, 'x')});
    narrow.put(2, {"a"});
    narrow.get(1, 0, 2);  // 6 and 7
    (void)narrow.frames();
    narrow.op(wire::Message(wire::Admin{.verb = wire::AdminVerb::remove, .name = "gone"}));
    (void)narrow.frames();
    narrow.get(2, 0);
    EXPECT_TRUE(narrow.answers().empty());  // until the client has said that it took one
    narrow.ack(6);
    EXPECT_EQ(narrow.answers(), Lines{"9 item a #1 x1"});
    narrow.ack(7);
    EXPECT_EQ(narrow.status(), PeerStatus::open);
}

TEST_F(Bounds, AnItemLargerThanTheGrantIsHandedOutAlone)
{
    FakeClient narrow(engine, now);
    narrow.live();
    narrow.open(1, "q");
    narrow.put(1, {std::string(5000, 'x')});
    narrow.put(1, {"a"});
    (void)narrow.frames();
    narrow.get(1, 0, 2);
    EXPECT_EQ(narrow.frames().size(), 1u);
    narrow.ack(4);
    EXPECT_EQ(narrow.answers(), Lines{"5 item a #2 x1"});
}

}  // namespace
}  // namespace penstock::session
