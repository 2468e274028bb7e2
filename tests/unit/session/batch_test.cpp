// Batches of PUTs: what succeeds is a prefix, however it is sliced. docs/protocol.md, section 3.8.
#include "tests/support/session/engine_fixture.hpp"

#include <string>
#include <vector>

namespace penstock::session {
namespace {

constexpr wire::Batch begins = wire::Batch::begins;
constexpr wire::Batch goes_on = wire::Batch::goes_on;

class BatchTest : public EngineFixture {
protected:
    void SetUp() override
    {
        EngineOptions options = small_options();
        options.session.item_size_max = 1000;
        engine.reconfigure(options);
        client.live();
        client.open(1, "q", 2);
        client.ack(1);
        (void)client.frames();
    }

    wire::OpId put(wire::Batch batch,
                   const std::vector<std::string>& items,
                   std::uint32_t timeout_ms = 0)
    {
        wire::Put put;
        put.handle = 1;
        put.timeout_ms = timeout_ms;
        put.batch = batch;
        for (const std::string& item : items) {
            put.sizes.push_back(static_cast<std::uint32_t>(item.size()));
            put.body.append(rope_of(item));
        }
        return client.op(wire::Message(put), static_cast<std::uint16_t>(items.size()));
    }

    /// A PUT of one item of which only the first byte has arrived.
    wire::OpId half(wire::Batch batch, const std::string& item)
    {
        wire::Put put;
        put.handle = 1;
        put.batch = batch;
        put.sizes = {static_cast<std::uint32_t>(item.size())};
        put.body = rope_of(item.substr(0, 1));
        return client.op(wire::Message(put));
    }

    void rest(wire::OpId op, const std::string& item)
    {
        wire::Header header;
        header.op = op;
        client.send(header, wire::Message(wire::Data{rope_of(item.substr(1))}));
    }

    std::uint64_t ready() { return engine.broker().list("", 1).at(0).ready; }

    FakeClient client{engine, now};
};

TEST_F(BatchTest, WhatStandsBehindAFailedOneIsSkipped)
{
    put(begins, {"a", "b", "c", "d", "e"});
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4 full", "5-6 skipped"}));
}

TEST_F(BatchTest, SoIsTheNextSlice)
{
    put(begins, {"a", "b", "c"});
    put(goes_on, {"d", "e"});
    put(goes_on, {"f"});
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4 full", "5-6 skipped", "7 skipped"}));
}

TEST_F(BatchTest, EvenWhenThereIsRoomAgain)
{
    put(begins, {"a", "b", "c"});
    FakeClient other(engine, now);
    other.live();
    other.open(1, "q", 2);
    other.get(1, 0);
    put(goes_on, {"d"});
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4 full", "5 skipped"}));
    EXPECT_EQ(ready(), 1u);
}

TEST_F(BatchTest, EvenAfterTheFailureWasAcknowledged)
{
    put(begins, {"a", "b", "c"});
    client.ack(2, 3);
    put(goes_on, {"d"});
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4 full", "5 skipped"}));
}

TEST_F(BatchTest, AnotherBatchBeginsAnew)
{
    put(begins, {"a", "b", "c"});
    client.get(1, 0);
    put(begins, {"d"});
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4 full", "5 item a #1 x1", "6 ok"}));
}

TEST_F(BatchTest, OnlyTheSuccessorInTheOrderOfIdsGoesOn)
{
    put(begins, {"a", "b", "c"});
    client.get(1, 0);
    put(goes_on, {"d"});
    EXPECT_EQ(client.answers(), (Lines{"2-3 ok", "4 full", "5 item a #1 x1", "6 ok"}));
}

TEST_F(BatchTest, APrefixIsLeftWhenTheTimeIsOver)
{
    put(begins, {"a", "b", "c", "d"}, 100);
    put(goes_on, {"e"}, 500);
    EXPECT_EQ(client.answers(), Lines{"2-3 ok"});
    engine.expire(now + std::chrono::milliseconds(100));
    EXPECT_EQ(client.answers(), (Lines{"4 full", "5-6 skipped"}));
    client.get(1, 0, 3);
    EXPECT_EQ(client.answers(), (Lines{"7 item a #1 x1", "8 item b #2 x1", "9 empty"}));
}

TEST_F(BatchTest, ACancelledOneIsAFailedOne)
{
    put(begins, {"a", "b", "c", "d", "e"}, wire::timeout_forever_ms);
    (void)client.frames();
    client.cancel(5, true);
    EXPECT_EQ(client.answers(), (Lines{"5 cancelled", "6 skipped"}));
    put(goes_on, {"f"});
    EXPECT_EQ(client.answers(), Lines{"7 skipped"});
}

TEST_F(BatchTest, ATooLargeOneLeavesThoseBefore)
{
    put(begins, {"a", std::string(1001, 'x'), "b"});
    put(goes_on, {"c"});
    EXPECT_EQ(client.answers(), (Lines{"3 too_large", "4 skipped", "2 ok", "5 skipped"}));
}

TEST_F(BatchTest, WithoutABatchATooLargeOneHarmsNoOther)
{
    put(wire::Batch::none, {"a", std::string(1001, 'x'), "b"});
    EXPECT_EQ(client.answers(), (Lines{"3 too_large", "2 ok", "4 ok"}));
}

TEST_F(BatchTest, WhatWaitsBehindAHalfOneIsSkippedWhenThatFails)
{
    put(wire::Batch::none, {"a", "b"});
    const wire::OpId op = half(begins, "long");
    put(goes_on, {"c", "d"});
    EXPECT_EQ(client.answers(), Lines{"2-3 ok"});
    rest(op, "long");
    EXPECT_EQ(client.answers(), (Lines{"5-6 skipped", "4 full"}));
}

TEST_F(BatchTest, AHalfOneThatIsCancelledIsAFailedOne)
{
    const wire::OpId op = half(begins, "long");
    put(goes_on, {"c", "d"});
    client.cancel(op, true);
    EXPECT_EQ(client.answers(), (Lines{"2 cancelled", "3-4 skipped"}));
    EXPECT_EQ(ready(), 0u);
}

TEST_F(BatchTest, OfAShutDownQueueOneSaysSo)
{
    client.op(wire::Message(wire::Shutdown{1, wire::ShutdownHow::drain}));
    put(begins, {"a", "b"});
    EXPECT_EQ(client.answers(), (Lines{"2 ok", "3 shut_down", "4 skipped"}));
}

}  // namespace
}  // namespace penstock::session
