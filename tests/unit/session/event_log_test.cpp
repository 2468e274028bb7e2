// Events, as the log has them and as READ changes gives them.
#include "server/session/event_log.hpp"

#include "common/wire/changes.hpp"
#include "server/session/events.hpp"
#include "tests/support/session/engine_fixture.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace penstock::session {
namespace {

using namespace std::chrono_literals;

TEST(EventLog, KeepsTheLastFiveHundred)
{
    EventLog log;
    const base::TimePoint now{};
    for (int i = 0; i < 600; ++i) log.add({LogLevel::info, "code", {}}, now);
    EXPECT_EQ(log.last(), 600u);
    EXPECT_EQ(log.behind(0)->number, 101u);
    EXPECT_EQ(log.behind(598)->number, 599u);
    EXPECT_TRUE(log.behind(600) == log.end());
}

TEST(EventLog, LeavesANumberOutForWhatWasOnlyCounted)
{
    EventLog log;
    const base::TimePoint now{};
    log.add({LogLevel::info, "code", {}}, now);
    log.skip();
    log.add({LogLevel::info, "code", {}}, now);
    EXPECT_EQ(log.behind(1)->number, 3u);
    EXPECT_EQ(log.last(), 3u);
}

class EventsRead : public EngineFixture {
protected:
    void SetUp() override
    {
        engine.begin(now);
        watcher.live();
    }

    wire::ChangesBody ask(std::uint64_t since, std::uint32_t limit = 0)
    {
        wire::Read read;
        read.what = wire::ReadWhat::changes;
        read.kind = wire::RowKind::events;
        read.since = since;
        read.limit = limit;
        return *wire::decode_changes_body(answer(read));
    }

    std::vector<wire::EventBody> events(const wire::ChangesBody& body)
    {
        const auto rows = wire::decode_event_rows(body.rows);
        EXPECT_TRUE(rows);
        return rows.value_or(std::vector<wire::EventBody>());
    }

    wire::BrokerBody broker_body()
    {
        wire::Read read;
        read.what = wire::ReadWhat::stat;
        return *wire::decode_broker_body(answer(read));
    }

    std::uint64_t count(std::string_view code)
    {
        for (const wire::EventCountBody& count : broker_body().event_counts) {
            if (count.code == code) return count.count;
        }
        return 0;
    }

    FakeClient watcher{engine, now};

private:
    base::Bytes answer(const wire::Read& read)
    {
        wire::Header header;
        header.op = wire::read_id_bit | ++last_;
        watcher.send(header, wire::Message(read));
        const std::vector<wire::Frame> frames = watcher.frames();
        if (frames.size() != 1) {
            ADD_FAILURE() << "one answer was expected, not " << frames.size();
            return {};
        }
        return std::get<wire::Result>(frames[0].message).body.to_bytes();
    }

    wire::OpId last_ = 0;
};

TEST_F(EventsRead, ComeWithTheirNumbersTimesAndFields)
{
    now += 2s;
    FakeClient other(engine, now, {.address = "unix:pid=9"});
    other.live();
    const wire::ChangesBody all = ask(0);
    ASSERT_EQ(events(all).size(), 2u);
    const wire::EventBody event = events(all)[1];
    EXPECT_EQ(event.code, events::session_began);
    EXPECT_EQ(event.level, wire::EventLevel::info);
    EXPECT_EQ(event.at_ms, 2000u);
    ASSERT_GE(event.fields.size(), 2u);
    EXPECT_EQ(event.fields[0].first, "conn");
    EXPECT_EQ(event.fields[1].second, "unix:pid=9");
    EXPECT_EQ(event.number, all.version);

    EXPECT_TRUE(ask(all.version).rows.empty());
    other.cut();
    const wire::ChangesBody next = ask(all.version);
    ASSERT_EQ(events(next).size(), 1u);
    EXPECT_EQ(events(next)[0].code, events::session_cut);
    EXPECT_EQ(events(ask(9'999)).size(), 3u);  // of another boot: all
}

TEST_F(EventsRead, ComeInPages)
{
    for (int i = 0; i < 4; ++i) {
        FakeClient other(engine, now);
        other.live();
        other.cut();
    }
    const wire::ChangesBody first = ask(0, 3);
    EXPECT_EQ(events(first).size(), 3u);
    EXPECT_TRUE(first.more);
    EXPECT_EQ(events(ask(first.version)).front().number, events(first).back().number + 1);
}

/// The log has one line of them in ten seconds.
TEST_F(EventsRead, ThatTheLogLeavesOutAreCountedAndLeaveAGap)
{
    const std::uint64_t before = ask(0).version;
    for (int i = 0; i < 5; ++i) {
        FakeClient stranger(engine, now, {.address = "x", .user = "addr=10.0.0.1", .local = false});
        stranger.bytes(base::Bytes(4, std::byte{0xff}));
        stranger.cut();
    }
    EXPECT_EQ(count(events::protocol_error), 1u);  // then it was locked out
    EXPECT_EQ(count(events::connection_refused), 4u);
    const wire::ChangesBody after = ask(before);
    EXPECT_EQ(events(after).size(), 2u);
    EXPECT_EQ(after.version, before + 5);
}

TEST_F(EventsRead, OfTheShellAreAmongThem)
{
    engine.tell({LogLevel::info, events::listening, {{"address", "\xff"}}}, now);
    const wire::ChangesBody all = ask(0);
    EXPECT_EQ(events(all).back().code, events::listening);
    EXPECT_EQ(events(all).back().fields[0].second, "(not text)");
    EXPECT_EQ(count(events::listening), 1u);
}

TEST_F(EventsRead, BesideThemTheBrokerCountsConnectionsAndDescriptors)
{
    FakeClient tcp(engine, now, {.address = "tcp", .is_tcp = true});
    FakeClient one(engine, now, {.address = "unix", .descriptors = 2});
    one.cut();
    engine.set_monitor("127.0.0.1:8700", "/run/penstock/monitor", true);
    const wire::BrokerBody body = broker_body();
    EXPECT_EQ(body.tcp_connections_total, 1u);
    EXPECT_EQ(body.unix_connections_total, 2u);
    EXPECT_EQ(body.descriptors_used, 2u);
    EXPECT_EQ(body.monitor_address, "127.0.0.1:8700");
    EXPECT_EQ(body.monitor_token_file, "/run/penstock/monitor");
    EXPECT_TRUE(body.monitor_operators);
    ASSERT_EQ(body.operation_times.size(), 3u);
    EXPECT_EQ(body.operation_times[0].counts.size(), 14u);
}

}  // namespace
}  // namespace penstock::session
