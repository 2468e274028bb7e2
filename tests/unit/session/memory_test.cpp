// docs/protocol.md, rule 4 and "Limits": what items and those who wait with them may take in all.
#include "tests/support/session/engine_fixture.hpp"

#include <chrono>

namespace penstock::session {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t forever_ms = wire::timeout_forever_ms;
using Lines = std::vector<std::string>;

class MemoryBounds : public EngineFixture {
protected:
    static EngineOptions tight()
    {
        EngineOptions options = small_options();
        options.session.ops_max = wire::session_ops_max;
        options.session.put_bytes_max = wire::session_put_bytes_max;
        options.memory_max = 10 * core::item_cost(4872);  // ten items of 4872 bytes
        options.pending_max = 600'000;                    // a receive block of 260 KiB, and some
        options.share_max_percent = 100;
        return options;
    }

    void SetUp() override
    {
        for (FakeClient* client : {&producer, &consumer}) {
            client->live();
            client->open(1, "q");
            (void)client->frames();
        }
    }

    [[nodiscard]] std::uint64_t pending() const
    {
        return tight_engine.shares().used(Resource::pending_bytes);
    }

    /// Puts items of 4872 bytes; returns the id of the last.
    wire::OpId fill(int items)
    {
        wire::OpId last = 0;
        for (int i = 0; i < items; ++i) last = producer.put(1, {item});
        (void)producer.frames();
        return last;
    }

    const std::string item = std::string(4872, 'x');
    Engine tight_engine{tight(), mac, entropy};
    FakeClient producer{tight_engine, now};
    FakeClient consumer{tight_engine, now};
};

TEST_F(MemoryBounds, APutOverTheLimitWaitsAndAnswersNoMemoryAtItsTimeout)
{
    fill(10);
    const auto tried = std::to_string(producer.put(1, {item}, 0));
    EXPECT_EQ(producer.answers(), (Lines{tried + " no_memory"}));
    const auto timed = std::to_string(producer.put(1, {item}, 1000));
    EXPECT_EQ(producer.answers(), Lines{});
    tight_engine.expire(now + 1s);
    EXPECT_EQ(producer.answers(), (Lines{timed + " no_memory"}));
}

TEST_F(MemoryBounds, ASessionWhosePutsWaitIsReadAndItsOwnGetsMakeTheRoom)
{
    fill(10);
    const auto waiting = std::to_string(producer.put(1, {item}));
    const auto got = producer.get(1, forever_ms);
    ASSERT_EQ(producer.frames().size(), 1u);  // the item; it is the broker's until the ACK
    producer.ack(got);
    EXPECT_EQ(producer.answers(), (Lines{waiting + " ok"}));
}

TEST_F(MemoryBounds, AConsumersAckLetsAnotherSessionsPutIn)
{
    fill(10);
    const auto waiting = std::to_string(producer.put(1, {item}));
    const auto got = consumer.get(1, forever_ms);
    EXPECT_EQ(producer.answers(), Lines{});
    consumer.ack(got);
    EXPECT_EQ(producer.answers(), (Lines{waiting + " ok"}));
}

TEST_F(MemoryBounds, APutThatCannotEvenWaitAnswersAtOnceAndCostsNothing)
{
    fill(10);
    const std::string large(250'000, 'y');
    producer.put(1, {large});
    EXPECT_EQ(producer.answers(), Lines{});
    const std::uint64_t before = pending();
    EXPECT_GE(before, large.size());
    const auto refused = std::to_string(producer.put(1, {large}));
    EXPECT_EQ(producer.answers(), (Lines{refused + " no_memory"}));
    EXPECT_LT(pending(), before + 1000);  // its answer is kept until the ACK, and no more
}

TEST_F(MemoryBounds, OfARangeThatCannotWaitWholeTheFrontWaits)
{
    fill(10);
    producer.put(1, {std::string(250'000, 'y')});
    producer.put(1, {std::string(200'000, 'y')});
    const std::string tenth(10'000, 'y');
    const auto first = producer.put(1, std::vector<std::string>(20, tenth));
    const std::string end = "-" + std::to_string(first + 19) + " no_memory";
    const Lines answers = producer.answers();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_TRUE(answers[0].ends_with(end)) << answers[0];
    EXPECT_GT(std::stoull(answers[0]), first) << "not one of them waits";
}

TEST_F(MemoryBounds, ALongItemThatHasNoRoomIsRefusedAtItsFirstFrameAndItsDataIgnored)
{
    wire::Put put;
    put.handle = 1;
    put.timeout_ms = forever_ms;
    put.sizes.push_back(610'000);
    put.body = rope_of(std::string(1000, 'z'));
    const wire::OpId op = producer.op(wire::Message(put));
    EXPECT_EQ(producer.answers(), (Lines{std::to_string(op) + " no_memory"}));
    wire::Header header;
    header.op = op;
    for (int i = 0; i < 3; ++i) {
        producer.send(header, wire::Message(wire::Data{rope_of(std::string(203'000, 'z'))}));
    }
    EXPECT_EQ(producer.status(), PeerStatus::open);
    EXPECT_EQ(producer.answers(), Lines{});
    EXPECT_EQ(tight_engine.broker().list("", 1).at(0).ready, 0u);
}

TEST_F(MemoryBounds, AnnouncingAloneTakesNothingFromOthers)
{
    fill(10);
    (void)consumer.frames();  // NOTICE
    wire::Put put;
    put.handle = 1;
    put.timeout_ms = forever_ms;
    put.sizes.push_back(550'000);
    put.body = rope_of("z");
    producer.op(wire::Message(put));
    consumer.put(1, {std::string(200'000, 'y')});
    EXPECT_EQ(consumer.answers(), Lines{});  // it waits
    EXPECT_LT(pending(), 250'000u);
}

TEST_F(MemoryBounds, ALongItemForWhichRoomRunsOutEndsAndLetsThoseBehindItGoOn)
{
    wire::Put put;
    put.handle = 1;
    put.timeout_ms = forever_ms;
    put.sizes.push_back(550'000);
    put.body = rope_of(std::string(200'000, 'z'));
    const wire::OpId op = producer.op(wire::Message(put));
    const wire::OpId behind = producer.put(1, {"b"});  // held
    consumer.open(2, "full", 1);
    consumer.put(2, {"x"});
    consumer.put(2, {std::string(200'000, 'y')});  // waits
    wire::Header header;
    header.op = op;
    producer.send(header, wire::Message(wire::Data{rope_of(std::string(200'000, 'z'))}));
    EXPECT_EQ(producer.answers(),
              (Lines{std::to_string(op) + " no_memory", std::to_string(behind) + " ok"}));
    producer.send(header, wire::Message(wire::Data{rope_of(std::string(150'000, 'z'))}));
    EXPECT_EQ(producer.status(), PeerStatus::open);
    producer.cut();
    EXPECT_LT(pending(), 300'000u);
}

TEST_F(MemoryBounds, AnItemThatIsAcknowledgedUnreadCountsUntilItIsSent)
{
    EngineOptions options = tight();
    options.memory_max = 2'000'000;
    options.pending_max = 2'500'000;
    options.session.item_size_max = 2'000'000;
    Engine roomy(options, mac, entropy);
    FakeClient client(roomy, now);
    client.live();
    client.open(1, "q");
    wire::Put put;
    put.handle = 1;
    put.sizes.push_back(1'400'000);
    const wire::OpId op = client.op(wire::Message(put));
    wire::Header header;
    header.op = op;
    for (int i = 0; i < 7; ++i) {
        client.send(header, wire::Message(wire::Data{rope_of(std::string(200'000, 'z'))}));
    }
    (void)client.frames();
    const auto used = [&] { return roomy.shares().used(Resource::pending_bytes); };
    const auto got = client.get(1, forever_ms);
    EXPECT_LT(used(), 600'000u);
    client.ack(got);  // nothing was read
    EXPECT_EQ(roomy.broker().memory().used(), 0u);
    EXPECT_GT(used(), 1'400'000u);
    EXPECT_EQ(client.status(), PeerStatus::open);
    options.pending_max = 1'000'000;
    roomy.reconfigure(options);
    client.send({}, wire::Message(wire::Ping{1}));
    EXPECT_EQ(client.status(), PeerStatus::dead);
}

TEST_F(MemoryBounds, AHeldPutDoesNotKeepTheBlockThatItCameIn)
{
    wire::Put put;
    put.handle = 1;
    put.timeout_ms = forever_ms;
    put.sizes.push_back(1000);
    put.body = rope_of("z");
    producer.op(wire::Message(put));  // all behind it are held
    producer.put(1, {"b"});
    wire::Header header;
    header.op = 2;
    producer.send(header, wire::Message(wire::Data{rope_of(std::string(999, 'z'))}));
    EXPECT_EQ(producer.answers(), (Lines{"2-3 ok"}));
}

TEST_F(MemoryBounds, WhatASessionHadPendingEndsWithIt)
{
    fill(10);
    producer.put(1, {std::string(200'000, 'y')});
    const std::array half_a_frame = {std::byte{0}, std::byte{0}};
    producer.bytes(half_a_frame);
    EXPECT_GT(pending(), 200'000u);
    producer.cut();
    EXPECT_LT(pending(), queue_cost + 1000u);
    consumer.cut();
    EXPECT_EQ(pending(), queue_cost);
}

TEST_F(MemoryBounds, StatTellsWhatIsUsedOfBoth)
{
    fill(2);
    const std::string large(200'000, 'y');
    producer.put(1, {large});
    wire::Header header;
    header.op = wire::read_id_bit | 1;
    consumer.send(header, wire::Message(wire::Read{.what = wire::ReadWhat::stat}));
    const auto frames = consumer.frames();
    const auto& result = std::get<wire::Result>(frames.at(0).message);
    const auto body = wire::decode_broker_body(result.body.to_bytes());
    ASSERT_TRUE(body);
    EXPECT_EQ(body->memory_used, 2 * core::item_cost(item.size()));
    EXPECT_EQ(body->memory_max, tight().memory_max);
    EXPECT_GT(body->pending_used, large.size());
    EXPECT_EQ(body->pending_max, tight().pending_max);
}

TEST_F(MemoryBounds, SessionsAreToldWhenMemoryBecomesShortAndWhenItNoLongerIs)
{
    fill(9);
    EXPECT_TRUE(consumer.frames().empty());
    producer.put(1, {item});
    const auto code_of = [](const std::vector<wire::Frame>& frames) {
        return std::get<wire::Notice>(frames.at(0).message).code;
    };
    EXPECT_EQ(code_of(consumer.frames()), wire::NoticeCode::memory_pressure);
    FakeClient late(tight_engine, now);
    (void)late.payloads();
    late.hello();
    const auto welcomed = late.frames();
    ASSERT_EQ(welcomed.size(), 2u);
    EXPECT_EQ(std::get<wire::Notice>(welcomed[1].message).code, wire::NoticeCode::memory_pressure);
    const auto got = consumer.get(1, forever_ms, 3);
    (void)consumer.frames();
    consumer.ack(got, 2);
    EXPECT_TRUE(consumer.frames().empty());  // at 80 %
    consumer.ack(got + 2);
    EXPECT_EQ(code_of(consumer.frames()), wire::NoticeCode::relieved);
    std::vector<std::string_view> events;
    for (const LogEvent& event : tight_engine.take_log()) {
        if (event.event.starts_with("memory_")) events.push_back(event.event);
    }
    EXPECT_EQ(events, (std::vector<std::string_view>{"memory_short", "memory_relieved"}));
}

TEST_F(MemoryBounds, WhereNothingIsLeftAPeerThatDoesNotReadIsEndedBeforeItsOwnLimit)
{
    // READs make the output: each answers with a page, as far as unsent output allows; PONGs and
    // results go on top of that.
    for (int i = 0; i < 40'000; ++i) {
        producer.put(1, {"x"}, 0);
        if (producer.status() != PeerStatus::open) break;
    }
    EXPECT_EQ(producer.status(), PeerStatus::dead);
    EXPECT_LT(pending(), 10'000u);
    EXPECT_EQ(consumer.status(), PeerStatus::open);
}

}  // namespace
}  // namespace penstock::session
