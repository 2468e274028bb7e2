// The native frames as values: one header that names a range of operations, and one struct a type.
// Plain data, each member with a default, so that gcc takes `{.handle = 1}` without a warning;
// common/wire/codec turns them into bytes and back. docs/protocol.md, section 3.
#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/status.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace penstock::wire {

using OpId = std::uint64_t;
using HandleId = std::uint32_t;

enum class Type : std::uint8_t {
    hello = 0x01,
    welcome = 0x02,
    resume = 0x03,
    resumed = 0x04,
    refused = 0x05,
    resend = 0x06,
    resend_end = 0x07,
    goodbye = 0x08,
    bye = 0x09,
    ping = 0x0a,
    pong = 0x0b,
    notice = 0x0c,
    open = 0x20,
    close = 0x21,
    put = 0x22,
    data = 0x23,
    get = 0x24,
    subscribe = 0x25,
    flow = 0x26,
    task_done = 0x27,
    join = 0x28,
    shutdown = 0x29,
    admin = 0x2a,
    read = 0x30,
    cancel = 0x40,
    ack = 0x41,
    result = 0x60,
    item = 0x61,
};

namespace flag {
inline constexpr std::uint8_t more = 1;
inline constexpr std::uint8_t end = 2;
inline constexpr std::uint8_t priority = 4;
inline constexpr std::uint8_t ack_now = 8;
}  // namespace flag

/// "These n operations: op, op + 1, ... op + n - 1." In ITEM, n counts items of the operation `op`.
struct Header {
    Type type{};
    std::uint8_t flags = 0;
    std::uint16_t n = 1;
    OpId op = 0;
};

/// The operations `first` to `first + n - 1`.
struct OpRange {
    OpId first = 0;
    std::uint32_t n = 0;
    bool operator==(const OpRange&) const = default;
};

using SessionToken = std::array<std::byte, 16>;
using BootId = std::array<std::byte, 16>;
using Secret = std::array<std::byte, 32>;

/// What a client may have under way, and how long its session outlives a cut.
struct Grants {
    std::uint32_t window_ms = 0;
    std::uint32_t max_ops = 0;
    std::uint64_t max_bytes = 0;
    bool operator==(const Grants&) const = default;
};

struct Hello {
    std::uint16_t version_min = 0;
    std::uint16_t version_max = 0;
    Grants wanted{};
    std::string client_name{};
    std::uint32_t pid = 0;
    bool answers_pings = false;
};

struct Welcome {
    std::uint16_t version = 0;
    Grants granted{};
    SessionToken session{};
    BootId boot{};
    std::uint64_t epoch = 1;
    std::optional<Secret> secret{};  // only where there was no key
};

struct Resume {
    SessionToken session{};
    std::uint64_t epoch = 0;
    Secret proof{};
    OpId next_op = 0;
};

struct Resumed {
    std::uint64_t epoch = 0;
    BootId boot{};
    OpId highest = 0;
    std::vector<OpId> incomplete{};
    bool more = false;
};

enum class RefusedReason : std::uint16_t { unknown = 1, fenced = 2, version = 3, too_many = 4 };

struct Refused {
    RefusedReason reason{};
    BootId boot{};
    std::string text{};
};

/// Present only when the one resent operation is a stream.
struct StreamPosition {
    std::uint64_t limit = 0;
    std::uint64_t taken = 0;
    std::uint64_t received = 0;
};

struct Resend {
    std::optional<StreamPosition> stream{};
};

struct ResendEnd {
    std::vector<OpRange> held{};
    bool more = false;
};

enum class GoodbyeCode : std::uint16_t {
    done = 0,           // the client closes, the broker agrees
    shutting_down = 1,  // the broker ends
    protocol = 2,       // the peer broke the protocol; the session is ended
    timed_out = 3,      // a deadline of the connection passed
    internal = 4,
};

struct Goodbye {
    GoodbyeCode code{};
    std::uint32_t retry_after_ms = 0;
    std::string text{};
};

struct Bye {
    GoodbyeCode code{};
    std::uint32_t retry_after_ms = 0;
    std::string text{};
};

struct Ping {
    std::uint64_t token = 0;
};

struct Pong {
    std::uint64_t token = 0;
};

enum class NoticeCode : std::uint16_t { memory_pressure = 1, disk_pressure = 2, relieved = 3 };

struct Notice {
    NoticeCode code{};
    std::string text{};
};

enum class Kind : std::uint8_t { fifo = 1, lifo = 2, priority = 3, pipe_left = 4, pipe_right = 5 };
enum class Mode : std::uint8_t { or_create = 0, existing = 1, fresh = 2 };
enum class Role : std::uint8_t { both = 0, producer = 1, consumer = 2 };

/// What is absent was not given: reopening compares only what was given.
struct Open {
    HandleId handle = 0;
    std::uint32_t timeout_ms = 0;
    std::optional<Kind> kind{};  // absent: a queue of whatever kind it is, fifo when new
    std::string name{};
    std::optional<std::int64_t> maxsize{};
    Mode mode = Mode::or_create;
    Role role = Role::both;
    std::optional<bool> until_task_done{};
    std::optional<bool> ends_with_producers{};
    std::optional<bool> ends_with_consumers{};
    std::optional<std::int32_t> producers_expected{};
};

struct Close {
    HandleId handle = 0;
};

enum class Batch : std::uint8_t { none = 0, begins = 1, goes_on = 2 };

/// The items lie back to back in `body`. It is shorter than the sum of `sizes` exactly when the
/// frame carries `more`; DATA frames of the last member's id bring the rest.
struct Put {
    HandleId handle = 0;
    std::uint32_t timeout_ms = 0;
    std::uint8_t content_type = 0;
    Batch batch = Batch::none;
    std::optional<std::int64_t> priority{};
    std::vector<std::uint32_t> sizes{};
    base::Rope body{};
};

struct Data {
    base::Rope body{};
};

struct Get {
    HandleId handle = 0;
    std::uint32_t timeout_ms = 0;
    std::uint16_t max = 1;
    std::vector<HandleId> further{};
};

struct Subscribe {
    HandleId handle = 0;
    std::uint64_t limit = 0;
};

struct Flow {
    std::uint64_t limit = 0;
    std::uint64_t taken = 0;
};

struct TaskDone {
    HandleId handle = 0;
    OpId source = 0;  // 0: counts only
    std::uint64_t index = 0;
};

struct Join {
    HandleId handle = 0;
    std::uint32_t timeout_ms = 0;
};

/// Of a queue, or, the last two, of an end of a pipe.
enum class ShutdownHow : std::uint32_t { drain = 0, immediate = 1, sending = 2, receiving = 3 };

struct Shutdown {
    HandleId handle = 0;
    ShutdownHow how = ShutdownHow::drain;
};

enum class AdminVerb : std::uint8_t {
    purge = 1,
    remove = 2,
    pause = 3,
    resume = 4,
    move = 5,
    kick = 6,
};

struct Admin {
    AdminVerb verb{};
    std::string name{};
    std::string to{};          // move
    std::uint64_t count = 0;   // move: at most so many items, 0: all
    std::uint64_t id = 0;      // kick: of a connection
    std::uint64_t object = 0;  // the queue that is meant; 0: whichever has the name
};

enum class ReadWhat : std::uint8_t {
    qsize = 1,
    list = 2,
    stat = 3,
    peek = 4,
    ready = 5,
    changes = 6,
};

enum class RowKind : std::uint8_t { queues = 1, pipes = 2, connections = 3, events = 4 };

/// qsize and ready name handles, stat and peek a name; list and peek begin a page at `next`.
struct Read {
    ReadWhat what{};
    std::vector<HandleId> handles{};
    std::string name{};
    std::string next{};             // list: names after this one
    std::uint64_t offset = 0;       // peek: how many ready items to pass over
    std::uint32_t limit = 0;        // entries wanted, 0: as many as fit
    std::uint32_t item_bytes = 0;   // peek: of each item, at most this much
    std::uint32_t timeout_ms = 0;   // ready
    std::optional<RowKind> kind{};  // changes: of what
    std::uint64_t since = 0;        // changes: behind this version
};

struct Cancel {
    bool give_back = false;
    std::uint64_t taken = 0;  // streams
};

struct Ack {};

/// A body only when n = 1. `size` counts the whole of it; what `body` lacks goes on in DATA.
struct Result {
    Status status{};
    std::uint32_t size = 0;
    base::Rope body{};
    bool ack_now = false;  // a descriptor came with it: acknowledge by a write of its own
};

struct Item {
    std::uint64_t first_index = 1;
    std::uint64_t first_seq = 0;
    std::uint16_t attempts = 0;  // hand-overs, this one included
    std::uint16_t which = 0;     // get_any: 0 = the GET's handle, k = its k-th further one
    std::uint8_t content_type = 0;
    bool end = true;  // the last ITEM of its GET; never on a stream's
    bool ack_now = false;
    std::vector<std::uint32_t> sizes{};
    base::Rope body{};
};

using Message = std::variant<Hello,
                             Welcome,
                             Resume,
                             Resumed,
                             Refused,
                             Resend,
                             ResendEnd,
                             Goodbye,
                             Bye,
                             Ping,
                             Pong,
                             Notice,
                             Open,
                             Close,
                             Put,
                             Data,
                             Get,
                             Subscribe,
                             Flow,
                             TaskDone,
                             Join,
                             Shutdown,
                             Admin,
                             Read,
                             Cancel,
                             Ack,
                             Result,
                             Item>;

struct Frame {
    Header header;
    Message message;
};

}  // namespace penstock::wire
