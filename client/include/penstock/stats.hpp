// What a broker says of its queues and of itself. Admin gives them.
#pragma once

#include <penstock/duration.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock {

// Moments are given as the broker's uptime, `BrokerStat::uptime`: its clock never jumps. "How long
// ago" is the uptime of the same answer minus the moment.

/// What an operation waits for.
enum class WaitKind : std::uint8_t { put, get, join };

/// How often something happened, by its code in the log; also what the log left out.
struct EventCount {
    std::string code;
    std::uint64_t count = 0;
};

/// How long operations took from their arrival to their answer, since the broker began.
struct OperationTimes {
    /// The upper bounds of the buckets; one more bucket is for all above the last.
    static constexpr Duration bounds[] = {
        std::chrono::microseconds(10),
        std::chrono::microseconds(25),
        std::chrono::microseconds(100),
        std::chrono::microseconds(250),
        std::chrono::milliseconds(1),
        std::chrono::microseconds(2500),
        std::chrono::milliseconds(10),
        std::chrono::milliseconds(25),
        std::chrono::milliseconds(100),
        std::chrono::milliseconds(250),
        std::chrono::seconds(1),
        std::chrono::milliseconds(2500),
        std::chrono::seconds(10),
    };
    WaitKind kind{};
    std::vector<std::uint64_t> counts;  // one a bucket, not cumulative
    Duration sum{};
};

/// A queue, as it was a moment ago.
struct QueueStat {
    std::string name;
    std::string kind;  // "fifo", "lifo" or "priority"
    /// Its creation number at the broker: a later queue of the same name has another.
    std::uint64_t object = 0;
    std::int64_t maxsize = 0;  // 0: unbounded
    std::uint64_t ready = 0;   // items that can be got: qsize
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;    // handed out, not acknowledged yet
    std::uint64_t unfinished = 0;  // what join waits for
    std::uint64_t putters = 0;     // calls that wait
    std::uint64_t getters = 0;
    std::uint64_t joiners = 0;
    std::uint64_t handles = 0;    // open ones, of all clients
    std::uint64_t put_total = 0;  // since it was created
    std::uint64_t get_total = 0;
    std::uint64_t producers = 0;  // of the handles; see Role
    std::uint64_t consumers = 0;
    Duration created{};                // when, as a moment of the broker
    std::optional<Duration> oldest{};  // when the ready item was put that has waited longest
    bool paused = false;               // nothing is handed out, see Admin::pause
    bool shut_down = false;
    bool ended = false;  // its producers or its consumers have gone, and it ends with them
    bool until_task_done = false;
    bool ends_with_producers = false;
    bool ends_with_consumers = false;
};

/// The broker itself, as it was a moment ago. The counts are of all queues together.
struct BrokerStat {
    std::string version;               // of the broker's program, "0.1.0"
    std::uint16_t protocol = 0;        // the highest version that it speaks
    std::array<std::byte, 16> boot{};  // another one after each start
    Duration uptime{};                 // since it began
    std::uint64_t connections = 0;     // this one and those without a session too
    std::uint64_t sessions = 0;        // clients
    std::uint64_t queues = 0;
    std::uint64_t ready = 0;  // items that can be got
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;  // handed out, not acknowledged yet
    std::uint64_t putters = 0;   // calls that wait
    std::uint64_t getters = 0;
    std::uint64_t joiners = 0;
    std::uint64_t put_total = 0;  // since it began, also in queues that were removed
    std::uint64_t get_total = 0;
    std::uint64_t memory_used = 0;  // bytes of items, ready and assigned, 128 more for each
    std::uint64_t memory_max = 0;   // over it puts wait, then give errc::no_memory
    /// Bytes of puts that arrive or wait, and of what clients have not read; over pending_max
    /// a put that would have to wait gives errc::no_memory at once.
    std::uint64_t pending_used = 0;
    std::uint64_t pending_max = 0;
    std::uint64_t pipes = 0;
    std::uint64_t paused = 0;            // queues
    std::uint64_t descriptors_used = 0;  // by connections
    std::uint64_t descriptors_max = 0;
    std::uint64_t unix_connections_total = 0;  // accepted since it began
    std::uint64_t tcp_connections_total = 0;
    std::vector<EventCount> event_counts;
    std::vector<OperationTimes> operation_times;
    std::string monitor_address;  // "127.0.0.1:8700" while the broker serves its monitor; or empty
    std::string monitor_token_file;  // where the tokens lie, on the broker's host
    bool monitor_operators = false;  // it lets operators in, too, who may change things
};

}  // namespace penstock
