// GETs that are given several items at once: frames, acknowledgements, returns.
#include "server/session/got_items.hpp"
#include "tests/support/session/engine_fixture.hpp"

#include <string>

namespace penstock::session {
namespace {

class Several : public EngineFixture {
protected:
    void SetUp() override
    {
        client.live();
        client.open(1, "q");
        client.ack(1);
        (void)client.frames();
    }

    void put(const std::vector<std::string>& items)
    {
        const wire::OpId op = client.put(1, items);
        (void)client.frames();
        client.ack(op, static_cast<std::uint16_t>(items.size()));
    }

    core::QueueStats stats() { return engine.broker().list("", 1).at(0); }

    FakeClient client{engine, now};
};

TEST_F(Several, NeighboursShareAFrame)
{
    put({"a", "b", "c"});
    client.get(1, 0, 1, 10);
    EXPECT_EQ(client.answers(), Lines{"5 item abc #1 x1 n3"});
}

TEST_F(Several, OneFrameIsForOneNumberOfAttempts)
{
    put({"a", "b", "c"});
    const wire::OpId first = client.get(1, 0);
    (void)client.frames();
    client.cancel(first, true);
    put({"d"});
    client.get(1, 0);
    (void)client.frames();
    client.cut();
    FakeClient other(engine, now);
    other.live();
    other.open(1, "q");
    (void)other.frames();
    other.get(1, 0, 1, 10);
    EXPECT_EQ(other.answers(), (Lines{"2 item a #1 x2 to_be_continued", "2 item bcd #2 x1 n3 i2"}));
}

TEST_F(Several, OneAcknowledgementIsForAll)
{
    put({"a", "b", "c"});
    const wire::OpId op = client.get(1, 0, 1, 2);
    EXPECT_EQ(stats().assigned, 2u);
    client.ack(op);
    EXPECT_EQ(stats().assigned, 0u);
    EXPECT_EQ(stats().ready, 1u);
}

TEST_F(Several, AllReturnToTheirPlacesWhenTheSessionEnds)
{
    put({"a", "b", "c"});
    client.get(1, 0, 1, 2);
    client.cut();
    FakeClient other(engine, now);
    other.live();
    other.open(1, "q");
    (void)other.frames();
    other.get(1, 0, 3);
    EXPECT_EQ(other.answers(), (Lines{"2 item a #1 x2", "3 item b #2 x2", "4 item c #3 x1"}));
}

TEST_F(Several, AllReturnWhenTheGetIsTakenBack)
{
    put({"a", "b"});
    const wire::OpId op = client.get(1, 0, 1, 2);
    (void)client.frames();
    client.cancel(op, true);
    EXPECT_EQ(client.answers(), Lines{"4 cancelled"});
    EXPECT_EQ(stats().ready, 2u);
    client.get(1, 0, 1, 2);
    EXPECT_EQ(client.answers(), Lines{"5 item ab #1 x1 n2"});
}

TEST_F(Several, ReturningItemsGoToAWaiterTheOldestFirst)
{
    put({"a", "b", "c"});
    // One session holds c by its first GET and a, b by its second.
    const wire::OpId first = client.get(1, 0, 1, 2);
    client.get(1, 0);
    (void)client.frames();
    client.cancel(first, true);
    client.get(1, 0, 1, 2);
    (void)client.frames();
    FakeClient other(engine, now);
    other.live();
    other.open(1, "q");
    other.get(1, wire::timeout_forever_ms);
    (void)other.frames();
    client.cut();
    EXPECT_EQ(other.answers(), Lines{"2 item a #1 x2"});
}

TEST_F(Several, TaskDoneNamesOneOfThem)
{
    put({"a", "b", "c"});
    const wire::OpId op = client.get(1, 0, 1, 3);
    (void)client.frames();
    client.op(wire::Message(wire::TaskDone{1, op, 2}));
    EXPECT_EQ(client.answers(), Lines{"6 ok"});
    EXPECT_EQ(stats().assigned, 2u);
    EXPECT_EQ(stats().unfinished, 2u);
    client.op(wire::Message(wire::TaskDone{1, op, 2}));
    client.op(wire::Message(wire::TaskDone{1, op, 4}));
    EXPECT_EQ(client.answers(), (Lines{"7 not_found", "8 not_found"}));
    client.op(wire::Message(wire::TaskDone{1, op, 1}), 3);
    EXPECT_EQ(client.answers(), (Lines{"10 not_found", "9 ok", "11 ok"}));
    EXPECT_EQ(stats().assigned, 0u);
    EXPECT_EQ(stats().unfinished, 0u);
}

TEST_F(Several, ALongItemGoesOnInData)
{
    put({"a", "b"});
    const std::string item(300'000, 'x');
    client.put_in_parts(1, item, 100'000);
    const wire::OpId op = client.get(1, 0, 1, 3);
    std::size_t bytes = 0;
    Lines frames;
    for (const wire::Frame& frame : client.frames()) {
        if (frame.header.op != op) continue;
        if (const auto* several = std::get_if<wire::Item>(&frame.message)) {
            frames.push_back("item " + std::to_string(several->first_index) +
                             (several->end ? " end" : ""));
            bytes += several->body.size();
        } else {
            frames.emplace_back("data");
            bytes += std::get<wire::Data>(frame.message).body.size();
        }
    }
    EXPECT_EQ(frames, (Lines{"item 1", "item 3 end", "data"}));
    EXPECT_EQ(bytes, 300'002u);
}

TEST(GotItems, FindsEachByItsIndex)
{
    GotItems items;
    for (const core::Seq seq : {5, 6, 7, 3, 9, 10}) items.add(seq);
    EXPECT_EQ(items.runs(), 3u);
    EXPECT_EQ(items.find(1), 5u);
    EXPECT_EQ(items.find(3), 7u);
    EXPECT_EQ(items.find(4), 3u);
    EXPECT_EQ(items.find(6), 10u);
    EXPECT_EQ(items.find(0), std::nullopt);
    EXPECT_EQ(items.find(7), std::nullopt);
}

TEST(GotItems, KeepTheirIndexesWhenOthersGo)
{
    GotItems items;
    for (const core::Seq seq : {5, 6, 7, 8}) items.add(seq);
    items.remove(2);
    EXPECT_EQ(items.find(1), 5u);
    EXPECT_EQ(items.find(2), std::nullopt);
    EXPECT_EQ(items.find(3), 7u);
    items.remove(3);
    items.remove(4);
    items.remove(1);
    EXPECT_TRUE(items.empty());
}

}  // namespace
}  // namespace penstock::session
