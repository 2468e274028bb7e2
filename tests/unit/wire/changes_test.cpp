// The body of READ changes and its rows: what is encoded is decoded, and nothing else is.
#include "common/wire/changes.hpp"

#include "common/wire/limits.hpp"

#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <string>

namespace penstock::wire {
namespace {

QueueRowBody queue_row()
{
    QueueRowBody row;
    row.queue.name = "jobs";
    row.queue.object = 3;
    row.queue.maxsize = 10;
    row.queue.ready = 4;
    row.queue.shut_down = true;
    row.queue.created_ms = 5;
    row.queue.oldest_ms = 6;
    row.waits = {{WaitKind::put, 7, 8, 9}, {WaitKind::join, 10, 11, 12}};
    row.parties = {{13, 14, 15}, {16, 0, 17}};
    return row;
}

PipeBody pipe_row()
{
    PipeBody row;
    row.name = "control";
    row.object = 1;
    row.transport = Transport::relay;
    row.created_ms = 2;
    row.left_session = 3;
    row.right_session = 4;
    row.from_left = {5, 6, 7, 8, 9};
    row.from_right = {0, 0, 10, 0, 0};
    return row;
}

ConnectionBody connection_row()
{
    ConnectionBody row;
    row.id = 1;
    row.session = 2;
    row.client = "worker-2";
    row.address = "unix:pid=3,uid=0";
    row.pid = 3;
    row.uid = 0;
    row.state = ConnectionState::live;
    row.connected_ms = 4;
    row.last_heard_ms = 5;
    row.bytes_in = 6;
    row.bytes_out = 7;
    row.handles = 8;
    row.waiting = 9;
    row.assigned = 10;
    row.unsent_bytes = 11;
    return row;
}

EventBody event_row()
{
    EventBody row;
    row.number = 1;
    row.level = EventLevel::warning;
    row.code = "auth_failed";
    row.at_ms = 2;
    row.fields = {{"conn", "3"}, {"text", ""}};
    return row;
}

template <class Row>
base::Bytes list_of(const Row& row)
{
    base::Bytes list;
    append_row(list, encode(row));
    append_row(list, encode(row));
    return list;
}

TEST(ChangesBody, ComesBackAsItWas)
{
    ChangesBody body;
    body.version = 1;
    body.uptime_ms = 2;
    body.more = true;
    body.from_start = true;
    body.rows = list_of(queue_row());
    body.removed = {3, 4};
    const auto decoded = decode_changes_body(encode(body));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->version, 1u);
    EXPECT_EQ(decoded->uptime_ms, 2u);
    EXPECT_TRUE(decoded->more && decoded->from_start);
    EXPECT_EQ(decoded->rows, body.rows);
    EXPECT_EQ(decoded->removed, body.removed);
}

TEST(ChangesBody, OfAnIdleBrokerIsAFewBytes)
{
    ChangesBody body;
    body.version = 1;
    body.uptime_ms = 1;
    EXPECT_EQ(encode(body).size(), 28u);
    const auto decoded = decode_changes_body(encode(body));
    ASSERT_TRUE(decoded);
    EXPECT_FALSE(decoded->more || decoded->from_start);
    EXPECT_TRUE(decoded->rows.empty() && decoded->removed.empty());
}

TEST(ChangesRows, OfQueuesComeBackAsTheyWere)
{
    const auto rows = decode_queue_rows(list_of(queue_row()));
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 2u);
    const QueueRowBody& row = rows->back();
    EXPECT_EQ(row.queue.name, "jobs");
    EXPECT_EQ(row.queue.object, 3u);
    EXPECT_EQ(row.queue.maxsize, 10);
    EXPECT_EQ(row.queue.ready, 4u);
    EXPECT_TRUE(row.queue.shut_down);
    EXPECT_EQ(row.queue.created_ms, 5u);
    EXPECT_EQ(row.queue.oldest_ms, 6u);
    ASSERT_EQ(row.waits.size(), 2u);
    EXPECT_EQ(row.waits[1].kind, WaitKind::join);
    EXPECT_EQ(row.waits[1].session, 10u);
    EXPECT_EQ(row.waits[1].operations, 11u);
    EXPECT_EQ(row.waits[1].since_ms, 12u);
    ASSERT_EQ(row.parties.size(), 2u);
    EXPECT_EQ(row.parties[0].session, 13u);
    EXPECT_EQ(row.parties[0].producers, 14u);
    EXPECT_EQ(row.parties[0].consumers, 15u);
}

TEST(ChangesRows, OfPipesComeBackAsTheyWere)
{
    const auto rows = decode_pipe_rows(list_of(pipe_row()));
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 2u);
    const PipeBody& row = rows->back();
    EXPECT_EQ(row.name, "control");
    EXPECT_EQ(row.object, 1u);
    EXPECT_EQ(row.transport, Transport::relay);
    EXPECT_EQ(row.created_ms, 2u);
    EXPECT_EQ(row.left_session, 3u);
    EXPECT_EQ(row.right_session, 4u);
    EXPECT_EQ(row.from_left.messages, 5u);
    EXPECT_EQ(row.from_left.bytes, 6u);
    EXPECT_EQ(row.from_left.sent_total, 7u);
    EXPECT_EQ(row.from_left.senders, 8u);
    EXPECT_EQ(row.from_left.receivers, 9u);
    EXPECT_EQ(row.from_right.sent_total, 10u);
}

TEST(ChangesRows, OfConnectionsComeBackAsTheyWere)
{
    const auto rows = decode_connection_rows(list_of(connection_row()));
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 2u);
    const ConnectionBody& row = rows->back();
    EXPECT_EQ(row.id, 1u);
    EXPECT_EQ(row.session, 2u);
    EXPECT_EQ(row.client, "worker-2");
    EXPECT_EQ(row.address, "unix:pid=3,uid=0");
    EXPECT_EQ(row.pid, 3u);
    EXPECT_EQ(row.uid, 0u);  // root, which is not the same as nobody known
    EXPECT_EQ(row.state, ConnectionState::live);
    EXPECT_EQ(row.connected_ms, 4u);
    EXPECT_EQ(row.last_heard_ms, 5u);
    EXPECT_EQ(row.bytes_in, 6u);
    EXPECT_EQ(row.bytes_out, 7u);
    EXPECT_EQ(row.handles, 8u);
    EXPECT_EQ(row.waiting, 9u);
    EXPECT_EQ(row.assigned, 10u);
    EXPECT_EQ(row.unsent_bytes, 11u);
}

TEST(ChangesRows, OfEventsComeBackAsTheyWere)
{
    const auto rows = decode_event_rows(list_of(event_row()));
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 2u);
    const EventBody& row = rows->back();
    EXPECT_EQ(row.number, 1u);
    EXPECT_EQ(row.level, EventLevel::warning);
    EXPECT_EQ(row.code, "auth_failed");
    EXPECT_EQ(row.at_ms, 2u);
    EXPECT_EQ(row.fields, event_row().fields);
}

TEST(ChangesRows, WithAValueThatMakesNoSenseAreNone)
{
    QueueRowBody queue = queue_row();
    queue.waits[0].kind = WaitKind{4};
    EXPECT_FALSE(decode_queue_rows(list_of(queue)));
    PipeBody pipe = pipe_row();
    pipe.transport = Transport{3};
    EXPECT_FALSE(decode_pipe_rows(list_of(pipe)));
    ConnectionBody connection = connection_row();
    connection.state = ConnectionState{0};
    EXPECT_FALSE(decode_connection_rows(list_of(connection)));
    EventBody event = event_row();
    event.level = EventLevel{4};
    EXPECT_FALSE(decode_event_rows(list_of(event)));
}

/// Wherever they are cut: nothing of it may be taken for rows, and nothing read behind the end.
TEST(ChangesRows, ThatAreCutAreNone)
{
    struct Kind {
        base::Bytes list;
        std::function<bool(std::span<const std::byte>)> decodes;
    };
    const std::vector<Kind> kinds = {
        {list_of(queue_row()), [](auto bytes) { return decode_queue_rows(bytes).has_value(); }},
        {list_of(pipe_row()), [](auto bytes) { return decode_pipe_rows(bytes).has_value(); }},
        {list_of(connection_row()),
         [](auto bytes) { return decode_connection_rows(bytes).has_value(); }},
        {list_of(event_row()), [](auto bytes) { return decode_event_rows(bytes).has_value(); }},
    };
    for (const Kind& kind : kinds) {
        ASSERT_TRUE(kind.decodes(kind.list));
        for (std::size_t size = 1; size < kind.list.size(); ++size) {
            const base::Bytes cut(kind.list.begin(),
                                  kind.list.begin() + static_cast<std::ptrdiff_t>(size));
            // The end of the first row is a list of one.
            EXPECT_EQ(kind.decodes(cut), size == kind.list.size() / 2) << size;
        }
    }
}

TEST(ChangesBody, ThatIsCutIsNone)
{
    ChangesBody body;
    body.version = 1;
    body.uptime_ms = 2;
    body.removed = {3, 4};
    const base::Bytes whole = encode(body);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const base::Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        // Where a field ends, what is there is a body with fewer of them.
        const bool is_whole = size == 14 || size == 28;
        EXPECT_EQ(decode_changes_body(cut).has_value(), is_whole) << size;
    }
}

}  // namespace
}  // namespace penstock::wire
