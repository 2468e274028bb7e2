#include "common/wire/bodies.hpp"

#include "tests/support/hex.hpp"

#include <gtest/gtest.h>
#include <string>

namespace penstock::wire {
namespace {

using support::from_hex;
using support::to_hex;

BootId boot_id()
{
    BootId boot{};
    boot.fill(std::byte{0xb0});
    return boot;
}

QueueBody queue(std::string name)
{
    QueueBody body;
    body.name = std::move(name);
    body.kind = Kind::priority;
    body.object = 1;
    body.maxsize = 2;
    body.ready = 3;
    body.ready_bytes = 4;
    body.assigned = 5;
    body.unfinished = 6;
    body.putters = 7;
    body.getters = 8;
    body.joiners = 9;
    body.handles = 10;
    body.put_total = 11;
    body.get_total = 12;
    body.producers = 13;
    body.consumers = 14;
    body.shut_down = true;
    body.ended = true;
    body.until_task_done = true;
    body.ends_with_producers = true;
    body.ends_with_consumers = true;
    body.paused = true;
    return body;
}

void expect_queue(const QueueBody& body, std::string_view name)
{
    EXPECT_EQ(body.name, name);
    EXPECT_EQ(body.kind, Kind::priority);
    EXPECT_EQ(body.object, 1u);
    EXPECT_EQ(body.maxsize, 2);
    EXPECT_EQ(body.ready, 3u);
    EXPECT_EQ(body.ready_bytes, 4u);
    EXPECT_EQ(body.assigned, 5u);
    EXPECT_EQ(body.unfinished, 6u);
    EXPECT_EQ(body.putters, 7u);
    EXPECT_EQ(body.getters, 8u);
    EXPECT_EQ(body.joiners, 9u);
    EXPECT_EQ(body.handles, 10u);
    EXPECT_EQ(body.put_total, 11u);
    EXPECT_EQ(body.get_total, 12u);
    EXPECT_EQ(body.producers, 13u);
    EXPECT_EQ(body.consumers, 14u);
    EXPECT_TRUE(body.shut_down);
    EXPECT_TRUE(body.ended);
    EXPECT_TRUE(body.until_task_done);
    EXPECT_TRUE(body.ends_with_producers);
    EXPECT_TRUE(body.ends_with_consumers);
    EXPECT_TRUE(body.paused);
}

TEST(Bodies, OpenRoundTripsAndIsAsDocumented)
{
    const base::Bytes bytes = encode(OpenBody{boot_id(), 7, true, -1});
    EXPECT_EQ(to_hex(bytes),
              to_hex(from_hex("0001 00000010 b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0"
                              "0002 00000008 0000000000000007 0003 00000001 01"
                              "0004 00000008 ffffffffffffffff")));
    const auto body = decode_open_body(bytes);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->boot, boot_id());
    EXPECT_EQ(body->object, 7u);
    EXPECT_TRUE(body->created);
    EXPECT_EQ(body->maxsize, -1);
}

TEST(Bodies, OpenOfAPipeRoundTripsAndIsAsDocumented)
{
    OpenBody pipe{boot_id(), 7, true, 0};
    pipe.transport = Transport::descriptor;
    pipe.uid = 1000;
    base::Bytes bytes = encode(pipe);
    const std::string fields = to_hex(from_hex("0005 00000001 02 0006 00000004 000003e8"));
    EXPECT_EQ(to_hex(bytes).substr(to_hex(bytes).size() - fields.size()), fields);
    const auto body = decode_open_body(bytes);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->transport, Transport::descriptor);
    EXPECT_EQ(body->uid, 1000u);
    bytes[bytes.size() - 11] = std::byte{3};
    EXPECT_FALSE(decode_open_body(bytes));  // no such transport
}

TEST(Bodies, QueueRoundTrips)
{
    const auto body = decode_queue_body(encode(queue("jobs")));
    ASSERT_TRUE(body);
    expect_queue(*body, "jobs");
}

TEST(Bodies, BrokerRoundTripsAndIsAsDocumented)
{
    const base::Bytes bytes = encode(
        BrokerBody{"0.1.0", 1, boot_id(), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
    EXPECT_EQ(to_hex(bytes),
              to_hex(from_hex("0001 00000005 302e312e30 0002 00000002 0001"
                              "0003 00000010 b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0"
                              "0004 00000008 0000000000000002 0005 00000008 0000000000000003"
                              "0006 00000008 0000000000000004 0007 00000008 0000000000000005"
                              "0008 00000008 0000000000000006 0009 00000008 0000000000000007"
                              "000a 00000008 0000000000000008 000b 00000008 0000000000000009"
                              "000c 00000008 000000000000000a 000d 00000008 000000000000000b"
                              "000e 00000008 000000000000000c 000f 00000008 000000000000000d"
                              "0010 00000008 000000000000000e 0011 00000008 000000000000000f"
                              "0012 00000008 0000000000000010 0013 00000008 0000000000000011")));
    const auto body = decode_broker_body(bytes);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->version, "0.1.0");
    EXPECT_EQ(body->protocol, 1);
    EXPECT_EQ(body->boot, boot_id());
    EXPECT_EQ(body->uptime_ms, 2u);
    EXPECT_EQ(body->connections, 3u);
    EXPECT_EQ(body->sessions, 4u);
    EXPECT_EQ(body->queues, 5u);
    EXPECT_EQ(body->ready, 6u);
    EXPECT_EQ(body->ready_bytes, 7u);
    EXPECT_EQ(body->assigned, 8u);
    EXPECT_EQ(body->putters, 9u);
    EXPECT_EQ(body->getters, 10u);
    EXPECT_EQ(body->joiners, 11u);
    EXPECT_EQ(body->put_total, 12u);
    EXPECT_EQ(body->get_total, 13u);
    EXPECT_EQ(body->memory_used, 14u);
    EXPECT_EQ(body->memory_max, 15u);
    EXPECT_EQ(body->pending_used, 16u);
    EXPECT_EQ(body->pending_max, 17u);
    EXPECT_FALSE(decode_broker_body(from_hex("0001 00000001 61 0002 00000002 0001")));  // no boot
}

TEST(Bodies, ListRoundTrips)
{
    const auto body = decode_list_body(encode(ListBody{{queue("a"), queue("b")}, "b"}));
    ASSERT_TRUE(body);
    ASSERT_EQ(body->queues.size(), 2u);
    expect_queue(body->queues[0], "a");
    expect_queue(body->queues[1], "b");
    EXPECT_EQ(body->next, "b");

    const auto none = decode_list_body(encode(ListBody{}));
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->queues.empty());
    EXPECT_TRUE(none->next.empty());
}

TEST(Bodies, PeekRoundTripsWithItemsCutToTheirHeads)
{
    const PeekItem first{5, 1, 2, 5, from_hex("616263")};
    const PeekItem second{9, 0, 0, 0, {}};
    const auto body = decode_peek_body(encode(PeekBody{{first, second}, 102}));
    ASSERT_TRUE(body);
    ASSERT_EQ(body->items.size(), 2u);
    EXPECT_EQ(body->items[0].seq, 5u);
    EXPECT_EQ(body->items[0].attempts, 1u);
    EXPECT_EQ(body->items[0].content_type, 2u);
    EXPECT_EQ(body->items[0].size, 5u);
    EXPECT_EQ(to_hex(body->items[0].head), "616263");
    EXPECT_TRUE(body->items[1].head.empty());
    EXPECT_EQ(body->next, 102u);
}

TEST(Bodies, AdminRoundTrips)
{
    const auto body = decode_admin_body(encode(AdminBody{12}));
    ASSERT_TRUE(body);
    EXPECT_EQ(body->dropped, 12u);
    EXPECT_EQ(body->moved, 0u);
    const base::Bytes moved = encode(AdminBody{0, 5});
    EXPECT_EQ(to_hex(moved),
              to_hex(from_hex("0001 00000008 0000000000000000 0002 00000008 0000000000000005")));
    EXPECT_EQ(decode_admin_body(moved)->moved, 5u);
    EXPECT_EQ(decode_admin_body({})->moved, 0u);
}

TEST(Bodies, ANewerBrokerMayAddToThem)
{
    base::Bytes bytes = encode(AdminBody{12});
    for (const std::byte byte : from_hex("0063 00000001 ff")) bytes.push_back(byte);
    EXPECT_TRUE(decode_admin_body(bytes));
    for (const std::byte byte : from_hex("8063 00000001 ff")) bytes.push_back(byte);
    EXPECT_FALSE(decode_admin_body(bytes));  // one that may not be ignored
}

TEST(Bodies, EveryTruncationIsRefusedOrAnotherBody)
{
    const base::Bytes open = encode(OpenBody{boot_id(), 7, true, -1});
    const base::Bytes list = encode(ListBody{{queue("a")}, "b"});
    const base::Bytes peek = encode(PeekBody{{PeekItem{5, 1, 2, 5, from_hex("616263")}}, 1});
    for (std::size_t size = 0; size < open.size(); ++size) {
        const auto body = decode_open_body(std::span(open).first(size));
        EXPECT_TRUE(!body || body->object == 7);  // what may be missing is missing
    }
    const base::Bytes broker = encode(BrokerBody{.version = "0.1.0", .boot = boot_id()});
    for (std::size_t size = 0; size < broker.size(); ++size) {
        const auto body = decode_broker_body(std::span(broker).first(size));
        EXPECT_TRUE(!body || body->boot == boot_id());
    }
    for (std::size_t size = 0; size < list.size(); ++size) {
        const auto body = decode_list_body(std::span(list).first(size));
        EXPECT_TRUE(!body || (body->queues.size() == 1 && body->next.empty()));
    }
    for (std::size_t size = 0; size < peek.size(); ++size) {
        const auto body = decode_peek_body(std::span(peek).first(size));
        EXPECT_TRUE(!body || (body->items.size() == 1 && body->next == 0));
    }
}

TEST(Bodies, MalformedEntriesAreRefused)
{
    EXPECT_FALSE(decode_list_body(from_hex("0001 00000004 00000000")));  // no name
    EXPECT_FALSE(decode_list_body(from_hex("0001 00000004 ffffffff")));  // longer than all
    EXPECT_FALSE(decode_list_body(from_hex("0001 00000003 000000")));    // half a length
    EXPECT_FALSE(decode_queue_body(from_hex("0001 00000001 61 0002 00000001 09")));  // its kind
    EXPECT_FALSE(decode_queue_body(from_hex("0001 00000001 ff 0002 00000001 01")));  // its name
    base::Bytes peek = encode(PeekBody{{PeekItem{5, 1, 2, 2, from_hex("6162")}}, 0});
    peek[peek.size() - 9] = std::byte{1};  // the item's size: smaller than its head
    EXPECT_FALSE(decode_peek_body(peek));
}

}  // namespace
}  // namespace penstock::wire
