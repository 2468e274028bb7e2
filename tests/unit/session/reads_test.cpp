// docs/protocol.md, section 3.6 "READ" and 3.9.
#include "server/core/operation_times.hpp"
#include "tests/support/session/engine_fixture.hpp"

#include <penstock/stats.hpp>

#include <algorithm>

namespace penstock::session {
namespace {

using Lines = std::vector<std::string>;

class Reads : public EngineFixture {
protected:
    void SetUp() override
    {
        client.live();
        client.open(1, "q");
        (void)client.frames();
    }

    /// The status and the body of the answer.
    std::pair<wire::Status, base::Bytes> ask(const wire::Read& read)
    {
        wire::Header header;
        header.op = wire::read_id_bit | ++last_;
        client.send(header, wire::Message(read));
        const std::vector<wire::Frame> frames = client.frames();
        if (frames.size() != 1 || frames[0].header.op != header.op) {
            ADD_FAILURE() << "one answer was expected, not " << frames.size();
            return {};
        }
        const auto& result = std::get<wire::Result>(frames[0].message);
        return {result.status, result.body.to_bytes()};
    }

    FakeClient client{engine, now};
    wire::OpId last_ = 0;
};

TEST_F(Reads, QsizeGoesByHandleAndStatByName)
{
    client.put(1, {"abc", "de"});
    client.get(1, 0);
    (void)client.frames();
    const auto by_handle = ask({.what = wire::ReadWhat::qsize, .handles = {1}});
    const auto by_name = ask({.what = wire::ReadWhat::stat, .name = "q"});
    EXPECT_EQ(by_handle.second, by_name.second);
    const auto body = wire::decode_queue_body(by_name.second);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->name, "q");
    EXPECT_EQ(body->ready, 1u);
    EXPECT_EQ(body->ready_bytes, 2u);
    EXPECT_EQ(body->assigned, 1u);
    EXPECT_EQ(body->unfinished, 2u);
    EXPECT_EQ(body->put_total, 2u);
    EXPECT_EQ(body->get_total, 1u);
}

TEST_F(Reads, StatWithoutANameIsTheBrokersOwn)
{
    engine.begin(now);
    FakeClient other{engine, now};
    other.live();
    FakeClient stranger{engine, now};  // a connection without a session
    client.open(2, "other");
    client.put(1, {"abc", "de"});
    client.put(2, {"f"});
    client.get(1, 0);
    other.open(1, "other");
    other.get(1, 0);
    other.get(1, wire::timeout_forever_ms);
    (void)client.frames();
    now += std::chrono::milliseconds(1234);
    const auto answer = ask({.what = wire::ReadWhat::stat});
    EXPECT_EQ(answer.first, wire::Status::ok);
    const auto body = wire::decode_broker_body(answer.second);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->version, "0.0.test");
    EXPECT_EQ(body->protocol, wire::protocol_version);
    EXPECT_NE(body->boot, wire::BootId{});
    EXPECT_EQ(body->uptime_ms, 1234u);
    EXPECT_EQ(body->connections, 3u);
    EXPECT_EQ(body->sessions, 2u);
    EXPECT_EQ(body->queues, 2u);
    EXPECT_EQ(body->ready, 1u);
    EXPECT_EQ(body->ready_bytes, 2u);
    EXPECT_EQ(body->assigned, 2u);
    EXPECT_EQ(body->getters, 1u);
    EXPECT_EQ(body->putters, 0u);
    EXPECT_EQ(body->put_total, 3u);
    EXPECT_EQ(body->get_total, 2u);
}

TEST_F(Reads, TheBrokersTotalsKeepWhatRemovedQueuesCounted)
{
    client.put(1, {"abc", "de"});
    client.get(1, 0);
    client.op(wire::Message(wire::Admin{.verb = wire::AdminVerb::remove, .name = "q"}));
    (void)client.frames();
    const auto body = wire::decode_broker_body(ask({.what = wire::ReadWhat::stat}).second);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->queues, 0u);
    EXPECT_EQ(body->ready, 0u);
    EXPECT_EQ(body->put_total, 2u);
    EXPECT_EQ(body->get_total, 1u);
}

TEST_F(Reads, ManyQueuesAreAddedUpAtMostOnceASecond)
{
    const auto queues = [this] {
        const auto body = wire::decode_broker_body(ask({.what = wire::ReadWhat::stat}).second);
        return body ? body->queues : 0;
    };
    for (wire::HandleId handle = 2; handle <= fresh_queues_max; ++handle) {
        client.ack(client.open(handle, "q/" + std::to_string(handle)));
    }
    (void)client.frames();
    EXPECT_EQ(queues(), fresh_queues_max);
    for (wire::HandleId handle = 2001; handle <= 2002; ++handle) {
        client.open(handle, "r/" + std::to_string(handle));
        (void)client.frames();
        EXPECT_EQ(queues(), fresh_queues_max) << handle;
    }
    now += totals_age_max;
    EXPECT_EQ(queues(), fresh_queues_max + 2);
}

TEST_F(Reads, WhatIsNotThereSaysSo)
{
    EXPECT_EQ(ask({.what = wire::ReadWhat::qsize, .handles = {2}}).first, wire::Status::bad_handle);
    EXPECT_EQ(ask({.what = wire::ReadWhat::stat, .name = "x"}).first, wire::Status::not_found);
    EXPECT_EQ(ask({.what = wire::ReadWhat::peek, .name = "x"}).first, wire::Status::not_found);
    EXPECT_EQ(client.status(), PeerStatus::open);
}

TEST_F(Reads, PagesOfAListNameEveryQueueOnce)
{
    for (wire::HandleId handle = 2; handle < 12; ++handle) {
        client.open(handle, "list/" + std::to_string(handle));
    }
    (void)client.frames();
    std::vector<std::string> names;
    wire::Read read;
    read.what = wire::ReadWhat::list;
    read.limit = 3;
    std::size_t pages = 0;
    do {
        const auto body = wire::decode_list_body(ask(read).second);
        ASSERT_TRUE(body);
        for (const wire::QueueBody& queue : body->queues) names.push_back(queue.name);
        read.next = body->next;
    } while (!read.next.empty() && ++pages < 20);
    EXPECT_EQ(names.size(), 11u);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST_F(Reads, PagesOfPeekShowTheBeginningOfEveryItem)
{
    for (int i = 0; i < 7; ++i) client.put(1, {"item" + std::to_string(i)});
    (void)client.frames();
    wire::Read read;
    read.what = wire::ReadWhat::peek;
    read.name = "q";
    read.limit = 3;
    read.item_bytes = 4;
    std::vector<std::uint64_t> seqs;
    std::size_t pages = 0;
    do {
        const auto body = wire::decode_peek_body(ask(read).second);
        ASSERT_TRUE(body);
        for (const wire::PeekItem& item : body->items) {
            EXPECT_EQ(base::as_text(item.head), "item");
            EXPECT_EQ(item.size, 5u);
            seqs.push_back(item.seq);
        }
        read.offset = body->next;
    } while (read.offset != 0 && ++pages < 20);
    EXPECT_EQ(seqs, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(engine.broker().list("", 1).at(0).ready, 7u);
}

TEST_F(Reads, APageOfPeekFitsAFrameHoweverMuchIsAskedFor)
{
    for (int i = 0; i < 4; ++i) client.put(1, {std::string(100'000, 'x')});
    (void)client.frames();
    wire::Read read;
    read.what = wire::ReadWhat::peek;
    read.name = "q";
    read.item_bytes = UINT32_MAX;
    std::size_t shown = 0;
    std::size_t pages = 0;
    do {
        const auto body = wire::decode_peek_body(ask(read).second);
        ASSERT_TRUE(body);
        ASSERT_FALSE(body->items.empty());
        shown += body->items.size();
        read.offset = body->next;
    } while (read.offset != 0 && ++pages < 20);
    EXPECT_EQ(shown, 4u);
}

// Rules 3.4.4 and 3.7.2: tag 8009 is one that must be understood.
TEST_F(Reads, AnUnknownFieldThatMattersMakesARequestUnsupported)
{
    const auto ends_with_unknown_field = [](std::uint8_t type, std::uint64_t op) {
        std::string payload;
        payload += static_cast<char>(type);
        payload += std::string("\x00\x00\x01", 3);
        for (int shift = 56; shift >= 0; shift -= 8) payload += static_cast<char>(op >> shift);
        return payload;
    };
    const std::string unknown("\x80\x09\x00\x00\x00\x00", 6);
    client.plain(ends_with_unknown_field(0x30, wire::read_id_bit | 1) +
                 std::string("\x00\x01\x00\x00\x00\x01\x02", 7) + unknown);
    client.plain(ends_with_unknown_field(0x2a, 2) + std::string("\x00\x01\x00\x00\x00\x01\x01", 7) +
                 unknown);
    EXPECT_EQ(client.answers(), (Lines{"1 unsupported", "2 unsupported"}));
    client.get(1, 0);  // the fake client doesn't know of that ADMIN: id 2 again is an error
    EXPECT_EQ(client.answers(), Lines{"goodbye 2"});
}

TEST_F(Reads, CancelOfAnAnsweredReadIsIgnored)
{
    (void)ask({.what = wire::ReadWhat::list});
    client.cancel(wire::read_id_bit | 1, false);
    EXPECT_TRUE(client.answers().empty());
    EXPECT_EQ(client.status(), PeerStatus::open);
}

/// READ ready of several handles, each of which may have news.
class ReadsReady : public Reads {
protected:
    void SetUp() override
    {
        Reads::SetUp();
        client.open(2, "r");
        other.live();
        other.open(1, "q");
        other.open(2, "r");
        (void)client.frames();
        (void)other.frames();
    }

    /// Under the id `op`.
    void watch(wire::OpId op,
               std::vector<wire::HandleId> handles,
               std::uint32_t timeout_ms = wire::timeout_forever_ms)
    {
        wire::Header header;
        header.op = wire::read_id_bit | op;
        wire::Read read{.what = wire::ReadWhat::ready, .handles = std::move(handles)};
        read.timeout_ms = timeout_ms;
        client.send(header, wire::Message(read));
    }

    std::uint64_t used(Resource resource) { return engine.shares().used(resource); }

    FakeClient other{engine, now};
};

TEST_F(ReadsReady, ItIsAnsweredWhenOneOfThemHasAnItemWhichStays)
{
    watch(1, {1, 2});
    EXPECT_EQ(client.answers(), Lines{});
    other.put(2, {"a"});
    EXPECT_EQ(client.answers(), (Lines{"1 ok"}));
    other.put(1, {"b"});
    client.get(2, 0);
    EXPECT_EQ(client.answers(), (Lines{"3 item a #1 x1"}));
}

TEST_F(ReadsReady, AllThatWatchAQueueAreAnswered)
{
    for (wire::OpId op = 1; op <= 3; ++op) watch(op, {1});
    watch(4, {2, 1});
    watch(5, {2});
    other.put(1, {"a"});
    EXPECT_EQ(client.answers(), Lines{"1-4 ok"});
    now += std::chrono::milliseconds(1);
    for (wire::OpId op = 6; op <= 7; ++op) watch(op, {2}, 10);
    now += std::chrono::milliseconds(10);
    engine.expire(now);
    EXPECT_EQ(client.answers(), Lines{"6-7 timed_out"});
}

TEST_F(ReadsReady, ItIsAnsweredAtOnceWhereSomethingIsThere)
{
    other.put(1, {"a"});
    watch(1, {2, 1});
    watch(2, {2}, 0);
    EXPECT_EQ(client.answers(), (Lines{"1 ok", "2 timed_out"}));
}

TEST_F(ReadsReady, TheEndIsNewsToo)
{
    watch(1, {1, 2});
    other.op(wire::Message(wire::Shutdown{2, wire::ShutdownHow::drain}));
    EXPECT_EQ(client.answers(), (Lines{"1 ok"}));
}

TEST_F(ReadsReady, AtItsDeadlineItIsTimedOutOnce)
{
    watch(1, {1, 2}, 50);
    now += std::chrono::milliseconds(50);
    engine.expire(now);
    EXPECT_EQ(client.answers(), (Lines{"1 timed_out"}));
    other.put(1, {"a"});
    EXPECT_EQ(client.answers(), Lines{});
}

TEST_F(ReadsReady, CancelAndCloseEndIt)
{
    watch(1, {1, 2});
    client.cancel(wire::read_id_bit | 1, false);
    watch(2, {2, 1});
    client.op(wire::Message(wire::Close{1}));
    other.put(2, {"a"});
    EXPECT_EQ(client.answers(), (Lines{"1 cancelled", "2 closed", "3 ok"}));
}

TEST_F(ReadsReady, AHandleThatIsNotOpenIsSaidSo)
{
    watch(1, {1, 9});
    watch(2, {});
    watch(3, std::vector<wire::HandleId>(65, 1));
    EXPECT_EQ(client.answers(), (Lines{"1 bad_handle", "2 bad_handle", "3 too_many"}));
}

TEST_F(ReadsReady, WhatWaitsIsARecordUntilTheSessionEnds)
{
    const std::uint64_t before = used(Resource::record_bytes);
    for (wire::OpId op = 1; op <= 64; ++op) watch(op, {1, 2});
    EXPECT_GT(used(Resource::record_bytes), before + 64 * 2 * op_waiting_cost - 1);
    client.cut();
    EXPECT_LT(used(Resource::record_bytes), before);
    other.put(1, {"a"});
    EXPECT_EQ(other.answers(), (Lines{"3 ok"}));
}

TEST_F(ReadsReady, OneMoreThanMayBeUnansweredIsAnError)
{
    for (wire::OpId op = 1; op <= 65; ++op) watch(op, {1});
    EXPECT_EQ(client.answers(), (Lines{"goodbye 2"}));
}

TEST_F(ReadsReady, AnEndOfAPipeIsReadyWhenTheOtherSideHasSentOrGone)
{
    client.open_pipe(3, "p", wire::Kind::pipe_left);
    other.open_pipe(3, "p", wire::Kind::pipe_right);
    watch(1, {3});
    other.put(3, {"a"});
    EXPECT_EQ(client.answers(), (Lines{"3 ok by relay", "1 ok"}));
    client.get(3, 0);
    watch(2, {3});
    other.cut();
    EXPECT_EQ(client.answers(), (Lines{"4 item a #1 x1", "2 ok"}));
}

TEST(OperationTimes, HaveTheSameBoundsHereAndAtTheClients)
{
    EXPECT_TRUE(std::ranges::equal(core::OperationTimes::bounds, OperationTimes::bounds));
}

}  // namespace
}  // namespace penstock::session
