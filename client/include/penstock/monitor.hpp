// What somebody who watches a broker is told: rows that changed, who waits for whom, events.
// Admin::queue_changes and its like give them.
#pragma once

#include <penstock/duration.hpp>
#include <penstock/stats.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penstock {

/// What has changed since a version. Rows come whole, those that changed longest ago first, so a
/// reader who is slow gets fewer and larger answers and never a wrong one.
///
/// Ask with `since` = 0 first, then always with the `version` of the last answer, as long as the
/// broker's `boot` stays the same. Each kind of row has versions of its own.
template <class Row>
struct Changes {
    std::uint64_t version = 0;  // ask again with this one
    Duration uptime{};          // of the broker, when it answered
    /// There is more already: ask again at once.
    bool more = false;
    /// `since` was 0, or so long ago that what was removed then is forgotten: forget all rows
    /// before taking these.
    bool from_start = false;
    std::vector<Row> rows;
    /// The ids of rows that are gone: `QueueStat::object`, `PipeStat::object`,
    /// `ConnectionStat::id`. Take them out after adding `rows`.
    std::vector<std::uint64_t> removed;
};

/// Operations of one session that wait at a queue for the same.
struct WaitStat {
    WaitKind kind{};
    std::uint64_t session = 0;     // ConnectionStat::session
    std::uint64_t operations = 0;  // how many
    Duration since{};              // when the first of them began to wait
};

/// A session that uses a queue, and how many handles it has there.
struct PartyStat {
    std::uint64_t session = 0;
    std::uint64_t producers = 0;  // handles that are a producer's; see Role
    std::uint64_t consumers = 0;
};

/// A queue, with who waits there and who uses it.
struct QueueRow {
    QueueStat stat;
    /// At most 16 of each kind, those that have waited longest; `stat.putters`, `getters` and
    /// `joiners` count all.
    std::vector<WaitStat> waits;
    /// At most 16 producers and 16 consumers; `stat.producers` and `consumers` count all handles.
    std::vector<PartyStat> parties;
};

/// How what is sent at one end of a pipe gets to the other.
enum class PipeTransport : std::uint8_t {
    waiting,  // for its second end
    relay,    // through the broker
    direct,   // by a socket between the two, which the broker doesn't see
};

/// What was sent at one end of a relayed pipe. All 0 of a direct one.
struct PipeLineStat {
    std::uint64_t messages = 0;  // not received yet
    std::uint64_t bytes = 0;
    std::uint64_t sent_total = 0;
    std::uint64_t senders = 0;  // operations that wait
    std::uint64_t receivers = 0;
};

/// A pipe with a name, as it was a moment ago.
struct PipeStat {
    std::string name;
    std::uint64_t object = 0;
    PipeTransport transport{};
    Duration created{};
    std::uint64_t left_session = 0;  // 0: nobody, not yet or no more
    std::uint64_t right_session = 0;
    PipeLineStat from_left;
    PipeLineStat from_right;
};

/// A connection, and its session once it has one.
struct ConnectionStat {
    std::uint64_t id = 0;       // "conn" in the log
    std::uint64_t session = 0;  // 0: none yet, or no more
    std::string client;         // ConnectOptions::name
    std::string address;        // "unix:pid=4711,uid=1000", "tcp:10.0.0.7:51234"
    std::uint32_t pid = 0;      // Unix sockets; 0: unknown
    std::optional<std::uint32_t> uid{};
    std::string state;  // "handshake", "live" or "closing"
    Duration connected{};
    Duration last_heard{};  // when it last sent anything
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t handles = 0;
    std::uint64_t waiting = 0;       // operations that wait
    std::uint64_t assigned = 0;      // items it was handed and has not acknowledged
    std::uint64_t unsent_bytes = 0;  // output that it hasn't taken
};

/// What befell the broker, as its log has it.
struct Event {
    std::uint64_t number = 0;  // from 1; gaps: it is one of the many that the log only counted
    std::string level;         // "info", "warning", "error"
    std::string code;          // "session_began"; docs/operations.md lists them
    Duration at{};
    std::vector<std::pair<std::string, std::string>> fields;
};

/// The last events: the broker keeps 500.
struct Events {
    std::uint64_t version = 0;  // ask again with this one
    Duration uptime{};
    std::vector<Event> events;
};

}  // namespace penstock
