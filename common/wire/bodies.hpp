// What RESULT carries for OPEN, READ and ADMIN, as values. docs/protocol.md, section 3.9.
// Encoded as fields, so that a newer peer may add to them.
#pragma once

#include "common/wire/messages.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace penstock::wire {

/// How what is sent at one end of a pipe gets to the other.
enum class Transport : std::uint8_t {
    relay = 1,       // through the broker: PUT at this end, GET at the other
    descriptor = 2,  // a socket that came with this RESULT and whose other end the other side has
};

struct OpenBody {
    BootId boot{};
    std::uint64_t object = 0;  // creation number: with `boot` it names the object for ever
    bool created = false;
    std::int64_t maxsize = 0;              // 0: unbounded
    std::optional<Transport> transport{};  // pipes
    std::optional<std::uint32_t> uid{};    // pipes: the other side's, where the broker knows it
};

struct QueueBody {  // an entry of list; the whole of qsize, and of stat with a name
    std::string name;
    Kind kind = Kind::fifo;
    std::uint64_t object = 0;
    std::int64_t maxsize = 0;
    std::uint64_t ready = 0;
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;  // handed to a session and not acknowledged yet
    std::uint64_t unfinished = 0;
    std::uint64_t putters = 0;  // operations that wait
    std::uint64_t getters = 0;
    std::uint64_t joiners = 0;
    std::uint64_t handles = 0;
    std::uint64_t put_total = 0;
    std::uint64_t get_total = 0;
    std::uint64_t producers = 0;  // of the handles
    std::uint64_t consumers = 0;
    bool shut_down = false;
    bool ended = false;  // with its producers or consumers
    bool until_task_done = false;
    bool ends_with_producers = false;
    bool ends_with_consumers = false;
    bool paused = false;
    // Moments are milliseconds of the broker's uptime.
    std::uint64_t created_ms = 0;
    std::optional<std::uint64_t> oldest_ms{};  // when the longest-waiting ready item was put
};

/// What an operation waits for.
enum class WaitKind : std::uint8_t { put = 1, get = 2, join = 3 };

/// How often an event came, by its code in the log.
struct EventCountBody {
    std::string code;
    std::uint64_t count = 0;
};

/// How long operations took; the bounds of the buckets are fixed.
struct OperationTimesBody {
    WaitKind kind = WaitKind::put;
    std::vector<std::uint64_t> counts;
    std::uint64_t sum_us = 0;
};

struct BrokerBody {              // stat without a name
    std::string version;         // of the broker's program
    std::uint16_t protocol = 0;  // the highest that it speaks
    BootId boot{};
    std::uint64_t uptime_ms = 0;
    std::uint64_t connections = 0;  // this one and those without a session too
    std::uint64_t sessions = 0;
    std::uint64_t queues = 0;
    std::uint64_t ready = 0;
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;
    std::uint64_t putters = 0;
    std::uint64_t getters = 0;
    std::uint64_t joiners = 0;
    std::uint64_t put_total = 0;  // since it began, also in queues that were removed
    std::uint64_t get_total = 0;
    std::uint64_t memory_used = 0;  // bytes of items, ready and assigned (rule 4.1)
    std::uint64_t memory_max = 0;
    std::uint64_t pending_used = 0;  // bytes of what is not an item yet or no longer (rule 4.2)
    std::uint64_t pending_max = 0;
    std::uint64_t pipes = 0;
    std::uint64_t paused = 0;            // queues
    std::uint64_t descriptors_used = 0;  // by connections
    std::uint64_t descriptors_max = 0;
    std::uint64_t unix_connections_total = 0;  // accepted since it began
    std::uint64_t tcp_connections_total = 0;
    std::vector<EventCountBody> event_counts{};
    std::vector<OperationTimesBody> operation_times{};
    std::string monitor_address{};
    std::string monitor_token_file{};
    bool monitor_operators = false;
};

struct ListBody {
    std::vector<QueueBody> queues;
    std::string next;  // ask again from here; empty: that was all
};

struct PeekItem {
    std::uint64_t seq = 0;
    std::uint16_t attempts = 0;
    std::uint8_t content_type = 0;
    std::uint32_t size = 0;  // of the whole item; `head` may be shorter
    base::Bytes head;
};

struct PeekBody {
    std::vector<PeekItem> items;
    std::uint64_t next = 0;  // the offset to go on at; 0: that was all
};

struct AdminBody {
    std::uint64_t dropped = 0;  // items, by purge or remove
    std::uint64_t moved = 0;
};

class FieldReader;
class FieldWriter;
struct Field;

// For those whose fields begin with those of a queue.
void encode_fields(FieldWriter& fields, const QueueBody& body);
/// Whether it was one of them.
[[nodiscard]] bool decode_field(FieldReader& fields, const Field& field, QueueBody& body);
/// Once all are read: fails without what must be there; false when a value makes no sense.
[[nodiscard]] bool is_queue(FieldReader& fields, const QueueBody& body);

[[nodiscard]] base::Bytes encode(const OpenBody& body);
[[nodiscard]] base::Bytes encode(const QueueBody& body);
[[nodiscard]] base::Bytes encode(const BrokerBody& body);
[[nodiscard]] base::Bytes encode(const ListBody& body);
[[nodiscard]] base::Bytes encode(const PeekBody& body);
[[nodiscard]] base::Bytes encode(const AdminBody& body);

/// Empty when the bytes are not such a body.
[[nodiscard]] std::optional<OpenBody> decode_open_body(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<QueueBody> decode_queue_body(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<BrokerBody> decode_broker_body(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<ListBody> decode_list_body(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<PeekBody> decode_peek_body(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<AdminBody> decode_admin_body(std::span<const std::byte> bytes);

}  // namespace penstock::wire
