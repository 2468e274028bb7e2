// What RESULT carries for READ changes, as values. docs/protocol.md, section 3.9.
#pragma once

#include "common/wire/bodies.hpp"
#include "common/wire/messages.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace penstock::wire {

// Moments are milliseconds of the broker's uptime.

/// The whole body, whatever kind of row was asked for.
struct ChangesBody {
    std::uint64_t version = 0;  // ask again with it
    std::uint64_t uptime_ms = 0;
    bool more = false;
    bool from_start = false;
    base::Bytes rows;  // a list; see append_row
    std::vector<std::uint64_t> removed;
};

/// Operations of a session that wait for the same.
struct WaitBody {
    WaitKind kind = WaitKind::put;
    std::uint64_t session = 0;
    std::uint64_t operations = 0;
    std::uint64_t since_ms = 0;
};

/// A session that uses a queue, and how many handles it has there.
struct PartyBody {
    std::uint64_t session = 0;
    std::uint64_t producers = 0;
    std::uint64_t consumers = 0;
};

struct QueueRowBody {
    QueueBody queue;
    std::vector<WaitBody> waits;
    std::vector<PartyBody> parties;
};

struct PipeLineBody {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t sent_total = 0;
    std::uint64_t senders = 0;  // operations that wait
    std::uint64_t receivers = 0;
};

struct PipeBody {
    std::string name;
    std::uint64_t object = 0;
    std::optional<Transport> transport{};  // absent: it waits for its second end
    std::uint64_t created_ms = 0;
    std::uint64_t left_session = 0;
    std::uint64_t right_session = 0;
    PipeLineBody from_left;
    PipeLineBody from_right;
};

enum class ConnectionState : std::uint8_t { handshake = 1, live = 2, closing = 3 };

struct ConnectionBody {
    std::uint64_t id = 0;
    std::uint64_t session = 0;
    std::string client;
    std::string address;
    std::uint32_t pid = 0;
    std::optional<std::uint32_t> uid{};
    ConnectionState state = ConnectionState::handshake;
    std::uint64_t connected_ms = 0;
    std::uint64_t last_heard_ms = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t handles = 0;
    std::uint64_t waiting = 0;
    std::uint64_t assigned = 0;
    std::uint64_t unsent_bytes = 0;
};

enum class EventLevel : std::uint8_t { debug = 0, info = 1, warning = 2, error = 3 };

struct EventBody {
    std::uint64_t number = 0;
    EventLevel level = EventLevel::info;
    std::string code;
    std::uint64_t at_ms = 0;
    std::vector<std::pair<std::string, std::string>> fields;
};

[[nodiscard]] base::Bytes encode(const ChangesBody& body);
[[nodiscard]] base::Bytes encode(const QueueRowBody& row);
[[nodiscard]] base::Bytes encode(const PipeBody& row);
[[nodiscard]] base::Bytes encode(const ConnectionBody& row);
[[nodiscard]] base::Bytes encode(const EventBody& row);
/// Puts an encoded row behind the others.
void append_row(base::Bytes& rows, const base::Bytes& row);

/// Empty when the bytes are not such a body, or not rows of that kind.
[[nodiscard]] std::optional<ChangesBody> decode_changes_body(std::span<const std::byte> bytes);
[[nodiscard]] std::optional<std::vector<QueueRowBody>> decode_queue_rows(
    std::span<const std::byte> bytes);
[[nodiscard]] std::optional<std::vector<PipeBody>> decode_pipe_rows(
    std::span<const std::byte> bytes);
[[nodiscard]] std::optional<std::vector<ConnectionBody>> decode_connection_rows(
    std::span<const std::byte> bytes);
[[nodiscard]] std::optional<std::vector<EventBody>> decode_event_rows(
    std::span<const std::byte> bytes);

}  // namespace penstock::wire
