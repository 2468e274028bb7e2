// READ changes: docs/protocol.md, sections 3.6 and 3.9.
#include "common/wire/changes.hpp"

#include "tests/support/session/engine_fixture.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace penstock::session {
namespace {

using namespace std::chrono_literals;

class ChangesRead : public EngineFixture {
protected:
    void SetUp() override
    {
        engine.begin(now);
        now += 1s;
        client.live();
        watcher.live();
    }

    /// What changed since version `since`, asked for by the watcher.
    wire::ChangesBody ask(wire::RowKind kind, std::uint64_t since, std::uint32_t limit = 0)
    {
        wire::Read read;
        read.what = wire::ReadWhat::changes;
        read.kind = kind;
        read.since = since;
        read.limit = limit;
        wire::Header header;
        header.op = wire::read_id_bit | ++last_;
        watcher.send(header, wire::Message(read));
        const std::vector<wire::Frame> frames = watcher.frames();
        if (frames.size() != 1 || frames[0].header.op != header.op) {
            ADD_FAILURE() << "one answer was expected, not " << frames.size();
            return {};
        }
        const auto& result = std::get<wire::Result>(frames[0].message);
        EXPECT_EQ(result.status, wire::Status::ok);
        const auto body = wire::decode_changes_body(result.body.to_bytes());
        EXPECT_TRUE(body);
        return body.value_or(wire::ChangesBody());
    }

    std::vector<wire::QueueRowBody> queues(const wire::ChangesBody& body)
    {
        const auto rows = wire::decode_queue_rows(body.rows);
        EXPECT_TRUE(rows);
        return rows.value_or(std::vector<wire::QueueRowBody>());
    }

    std::vector<wire::ConnectionBody> connections(const wire::ChangesBody& body)
    {
        const auto rows = wire::decode_connection_rows(body.rows);
        EXPECT_TRUE(rows);
        return rows.value_or(std::vector<wire::ConnectionBody>());
    }

    FakeClient client{engine, now, {.address = "unix:pid=7", .pid = 7, .uid = 1000}};
    FakeClient watcher{engine, now};

private:
    wire::OpId last_ = 0;
};

TEST_F(ChangesRead, AQueueThatChangedComesWhole)
{
    client.open(1, "jobs", 1);
    client.put(1, {"a", "b"});
    const wire::ChangesBody first = ask(wire::RowKind::queues, 0);
    EXPECT_TRUE(first.from_start);
    EXPECT_EQ(first.uptime_ms, 1000u);
    ASSERT_EQ(queues(first).size(), 1u);
    const wire::QueueRowBody row = queues(first)[0];
    EXPECT_EQ(row.queue.name, "jobs");
    EXPECT_EQ(row.queue.created_ms, 1000u);
    EXPECT_EQ(row.queue.putters, 1u);
    ASSERT_EQ(row.waits.size(), 1u);
    EXPECT_EQ(row.waits[0].kind, wire::WaitKind::put);
    EXPECT_EQ(row.waits[0].operations, 1u);
    EXPECT_EQ(row.waits[0].since_ms, 1000u);
    ASSERT_EQ(row.parties.size(), 1u);
    EXPECT_EQ(row.parties[0].session, row.waits[0].session);
    EXPECT_EQ(row.parties[0].producers, 1u);

    const wire::ChangesBody nothing = ask(wire::RowKind::queues, first.version);
    EXPECT_TRUE(nothing.rows.empty() && nothing.removed.empty());
    EXPECT_FALSE(nothing.from_start || nothing.more);
    EXPECT_EQ(nothing.version, first.version);
}

TEST_F(ChangesRead, WhatAnIdleBrokerSaysIsEmptyForEachKind)
{
    client.open(1, "jobs");
    std::map<wire::RowKind, std::uint64_t> versions;
    const auto kinds = {wire::RowKind::queues, wire::RowKind::pipes, wire::RowKind::connections};
    for (const wire::RowKind kind : kinds) versions[kind] = ask(kind, 0).version;
    (void)client.frames();
    for (const wire::RowKind kind : kinds) versions[kind] = ask(kind, versions[kind]).version;
    now += 5s;
    for (const wire::RowKind kind : kinds) {
        const wire::ChangesBody body = ask(kind, versions[kind]);
        EXPECT_TRUE(body.rows.empty() && body.removed.empty()) << static_cast<int>(kind);
        EXPECT_EQ(body.uptime_ms, 6000u);
    }
}

TEST_F(ChangesRead, ARemovedQueueIsNamedByItsNumber)
{
    client.open(1, "jobs");
    const wire::ChangesBody first = ask(wire::RowKind::queues, 0);
    client.op(wire::Message(wire::Admin{.verb = wire::AdminVerb::remove, .name = "jobs"}));
    const wire::ChangesBody second = ask(wire::RowKind::queues, first.version);
    EXPECT_TRUE(second.rows.empty());
    EXPECT_EQ(second.removed, std::vector<std::uint64_t>{queues(first)[0].queue.object});
}

TEST_F(ChangesRead, ManyRowsComeInPagesThatFitAFrame)
{
    constexpr std::size_t many = 1'000;
    std::vector<std::unique_ptr<FakeClient>> makers;
    for (std::size_t i = 0; i < many; ++i) {
        if (i % 100 == 0) {
            makers.push_back(std::make_unique<FakeClient>(engine, now));
            makers.back()->live();
        }
        const auto handle = static_cast<wire::HandleId>(1 + i % 100);
        makers.back()->open(handle, std::string(150, 'q') + std::to_string(i));
        (void)makers.back()->frames();
        makers.back()->ack(static_cast<wire::OpId>(handle));
    }
    std::set<std::string> names;
    std::uint64_t since = 0;
    std::size_t pages = 0;
    bool more = true;
    while (more && ++pages < 20) {
        const wire::ChangesBody body = ask(wire::RowKind::queues, since);
        EXPECT_LT(body.rows.size(), wire::result_body_room);
        for (const wire::QueueRowBody& row : queues(body)) {
            EXPECT_TRUE(names.insert(row.queue.name).second);
        }
        since = body.version;
        more = body.more;
    }
    EXPECT_EQ(names.size(), many);
    EXPECT_GT(pages, 1u);
    const wire::ChangesBody some = ask(wire::RowKind::queues, 0, 7);
    EXPECT_EQ(queues(some).size(), 7u);
    EXPECT_TRUE(some.more);
}

TEST_F(ChangesRead, AConnectionSaysWhoItIsAndWhatItHas)
{
    client.open(1, "jobs");
    client.put(1, {"a"});
    client.get(1, 0);
    client.get(1, wire::timeout_forever_ms, 2);
    (void)client.frames();
    const auto rows = connections(ask(wire::RowKind::connections, 0));
    ASSERT_EQ(rows.size(), 2u);
    const auto row = *std::ranges::find(rows, client.peer(), &wire::ConnectionBody::id);
    EXPECT_EQ(row.address, "unix:pid=7");
    EXPECT_EQ(row.pid, 7u);
    EXPECT_EQ(row.uid, 1000u);
    EXPECT_EQ(row.state, wire::ConnectionState::live);
    EXPECT_NE(row.session, 0u);
    EXPECT_EQ(row.handles, 1u);
    EXPECT_EQ(row.waiting, 2u);
    EXPECT_EQ(row.assigned, 1u);
    EXPECT_GT(row.bytes_in, 0u);
    EXPECT_GT(row.bytes_out, 0u);
    EXPECT_EQ(row.unsent_bytes, 0u);
}

TEST_F(ChangesRead, ItemsThatAreAcknowledgedAreNoLongerAssigned)
{
    client.open(1, "jobs");
    client.put(1, {"a", "", "c", "d"});
    const wire::OpId one = client.get(1, 0);
    const wire::OpId three = client.get(1, 0, 1, 3);
    (void)client.frames();
    const auto assigned = [&] {
        const auto rows = connections(ask(wire::RowKind::connections, 0));
        return std::ranges::find(rows, client.peer(), &wire::ConnectionBody::id)->assigned;
    };
    EXPECT_EQ(assigned(), 4u);
    client.ack(one);
    EXPECT_EQ(assigned(), 3u);
    client.cancel(three, true);
    EXPECT_EQ(assigned(), 0u);
}

TEST_F(ChangesRead, AConnectionChangesWithWhatItDoesAndIsRemovedWhenItGoes)
{
    const std::uint64_t begin = ask(wire::RowKind::connections, 0).version;
    client.open(1, "jobs");
    const wire::ChangesBody opened = ask(wire::RowKind::connections, begin);
    ASSERT_EQ(connections(opened).size(), 1u);
    EXPECT_EQ(connections(opened)[0].id, client.peer());
    client.cut();
    const wire::ChangesBody gone = ask(wire::RowKind::connections, opened.version);
    EXPECT_TRUE(gone.rows.empty());
    EXPECT_EQ(gone.removed, std::vector<std::uint64_t>{client.peer()});
}

TEST_F(ChangesRead, WithoutAKindItIsAProtocolError)
{
    base::ByteQueue out;
    wire::Header header;
    header.op = wire::read_id_bit | 99;
    wire::Read read;
    read.what = wire::ReadWhat::changes;
    watcher.send(header, wire::Message(read));
    EXPECT_EQ(watcher.answers(), Lines{"goodbye 2"});
}

}  // namespace
}  // namespace penstock::session
