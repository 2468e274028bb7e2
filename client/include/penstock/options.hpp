// What can be said when connecting, and when opening a queue or a pipe. Plain values with defaults:
// name what you mean, `{.maxsize = 100}`.
#pragma once

#include <penstock/duration.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace penstock {

/// Whether opening may create.
enum class Open : std::uint8_t {
    or_create,  // take the queue that is there, else create it
    existing,   // errc::not_found if there is none
    fresh,      // errc::exists if there is one
};

/// Which item of a queue is handed out next.
enum class Order : std::uint8_t {
    fifo,      // the oldest
    lifo,      // the youngest
    priority,  // the one with the smallest priority, of equal ones the oldest
};

/// Smaller goes first.
using Priority = std::int64_t;

/// What a handle is for; matters only to queues that end with their producers or consumers.
enum class Role : std::uint8_t {
    both,  // a producer from its first put on, a consumer from its first get on
    producer,
    consumer,
};

/// How a queue is opened. What is not given is left as it is, or takes its default when the queue
/// is created; reopening compares only what is given (errc::options_differ).
struct QueueOptions {
    // Explicit defaults everywhere: without them gcc warns about `{.maxsize = 100}`.
    /// How many items may be ready at once; <= 0: unbounded. Absent: as it is, unbounded when new.
    /// An item that was handed out but not acknowledged has been got: it doesn't count.
    std::optional<std::int64_t> maxsize = std::nullopt;
    /// Absent: as it is, FIFO when new. Those who open a `LifoQueue` or a `PriorityQueue` have
    /// given it by that.
    std::optional<Order> order = std::nullopt;
    Open open = Open::or_create;
    Role role = Role::both;
    /// An item is done with `done()` or `task_done()`, not with its acknowledgement: if its
    /// consumer goes away before, it returns to its place, flagged. Only its consumer can say that
    /// it is done; others get errc::not_found.
    std::optional<bool> until_task_done = std::nullopt;
    /// When the last producer has gone (its handle is closed, or its session has ended), getters
    /// get what is left, and then errc::eof; with `until_task_done` when all is done. Puts get
    /// errc::closed from then on, and so does opening it as a producer.
    std::optional<bool> ends_with_producers = std::nullopt;
    /// When the last consumer has gone, puts get errc::closed.
    std::optional<bool> ends_with_consumers = std::nullopt;
    /// It doesn't end before so many producers have come. 0 or less: one.
    std::optional<std::int32_t> producers_expected = std::nullopt;
};

/// How `put_many` goes about it.
struct PutManyOptions {
    /// For all of it.
    Duration timeout = forever;
    /// What stands behind an item that can't be put is not tried (errc::skipped): what was put is
    /// then a prefix. It takes a round trip for each 4,096 items, or 256 KiB.
    bool stop_on_error = false;
};

/// How to reach the broker. The views need to live only as long as the call of connect().
struct ConnectOptions {
    /// For all of it: resolving aside, connecting, the handshake and the broker's welcome.
    /// errc::timed_out when it passes.
    Duration timeout = std::chrono::seconds(10);
    /// A file with the key that the broker also has; empty: the one that PENSTOCK_KEY_FILE names,
    /// if any. It must not be readable by group or others; one newline at its end is not part of
    /// the key.
    std::string_view key_file = {};
    /// How the broker's lists and logs call this client; empty: "program:pid".
    std::string_view name = {};
    /// Unix sockets: the user the broker runs as, if it is neither this process's user nor root.
    std::optional<std::uint32_t> broker_uid = std::nullopt;
    /// A stream socket that is connected to a broker already, instead of an address: one end of a
    /// socketpair, or what the parent process has opened. The client takes it over as connecting
    /// begins, and closes it also if that fails. Absent (-1): connect to the address.
    int socket = -1;
};

/// Of a pipe that has a name: two parties meet when one opens each.
enum class End : std::uint8_t { left, right };

/// The end of a pipe, whichever way it is made.
struct PipeOptions {
    /// Longer messages are not sent (errc::too_large), and one that is announced ends receiving:
    /// its bytes can't be told from others. In bytes; they are held in memory whole.
    std::size_t message_size_max = std::size_t{256} * 1024 * 1024;
};

/// Whether to shake hands with Python before 3.12, which knows no HMAC but that with MD5.
enum class LegacyMd5 : std::uint8_t {
    local,  // on Unix sockets and loopback
    always,
    never,
};

/// Who may come to a `Listener`, and how long they may take. The views need to live only as long as
/// the call that they are given to.
struct ListenerOptions {
    /// A file with the key that both sides must have, as in `ConnectOptions`; or the key itself, as
    /// Python's `authkey`. Without either (no variable of the environment counts) nobody is asked
    /// for one: then TCP is for loopback only, and a Unix socket for this process's user and root.
    std::string_view key_file = {};
    std::string_view key = {};
    LegacyMd5 legacy_md5 = LegacyMd5::local;
    /// How long a peer may take for each of its messages of the handshake; there are three.
    Duration handshake_timeout = std::chrono::seconds(5);
    /// How many peers may shake hands at the same time. One more, and the oldest is closed.
    std::size_t handshakes_max = 256;
    /// How many connections wait in the system until `accept` takes them. Python: `backlog`, 1.
    int backlog = 128;
    /// Who may open a Unix socket: the mode of its file.
    unsigned mode = 0600;
    /// Unix sockets without a key: everybody who may open the file is let in.
    bool any_user = false;
    /// See `PipeOptions`.
    std::size_t message_size_max = PipeOptions().message_size_max;
};

/// How to reach a listener. The views need to live only as long as the call of `dial`.
struct DialOptions {
    /// For connecting and the handshake, resolving a host's name aside.
    Duration timeout = std::chrono::seconds(10);
    /// As in `ListenerOptions`. With a key the other side must show that it has it, too.
    std::string_view key_file = {};
    std::string_view key = {};
    LegacyMd5 legacy_md5 = LegacyMd5::local;
    /// Unix sockets: whose listener to trust, if it is neither this process's user's nor root's.
    std::optional<std::uint32_t> peer_uid = std::nullopt;
    /// See `PipeOptions`.
    std::size_t message_size_max = PipeOptions().message_size_max;
};

// A gcc 12 trap: braced aggregates inside co_await are destroyed twice. Harmless if that is
// nothing.
static_assert(std::is_trivially_destructible_v<QueueOptions>);
static_assert(std::is_trivially_destructible_v<ConnectOptions>);
static_assert(std::is_trivially_destructible_v<PipeOptions>);
static_assert(std::is_trivially_destructible_v<ListenerOptions>);
static_assert(std::is_trivially_destructible_v<DialOptions>);

}  // namespace penstock
