// The words of the core: who asks, what is answered, what leaves it. Plain values.
#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace penstock::core {

using base::TimePoint;
using SessionId = std::uint64_t;
using OpId = std::uint64_t;
/// The creation number of a queue; never used twice while the broker runs.
using ObjectId = std::uint64_t;
/// The number of an item in its queue, from 1, in the order of admission.
using Seq = std::uint64_t;

/// Of two items, the one with the smaller number goes first. 0 in all queues but those by priority.
using Priority = std::int64_t;

/// Which of the ready items is handed out next.
enum class Order : std::uint8_t {
    fifo,      // the oldest
    lifo,      // the youngest
    priority,  // the smallest priority, of equal ones the oldest
};

/// The operations `first` to `first + n - 1` of one session.
struct Ticket {
    SessionId session = 0;
    OpId first = 0;
    std::uint32_t n = 1;
    bool operator==(const Ticket&) const = default;
};

/// `n` operations of `who`, behind its first `offset`.
[[nodiscard]] constexpr Ticket part(Ticket who, std::uint32_t offset, std::uint32_t n)
{
    return {who.session, who.first + offset, n};
}

struct SeqRange {
    Seq first = 0;
    std::uint64_t n = 1;
};

enum class Outcome : std::uint8_t {
    ok,
    empty,
    full,
    closed,
    shut_down,
    timed_out,
    cancelled,
    no_unfinished_task,
    not_found,
    exists,
    options_differ,
    too_many,
    no_memory,
    skipped,
    eof,
    end_taken,
};

/// What a get was given. It stays assigned until `consume` or `give_back` names its seq.
struct AssignedItem {
    Seq seq = 0;
    std::uint16_t attempts = 0;  // hand-overs, this one included
    std::uint8_t content_type = 0;
    bool queue_is_closed = false;  // shut down: acknowledge at once, somebody waits for the end
    Priority priority = 0;
    base::Rope payload;
};

/// How many more bytes may be assigned to a session's gets; it belongs to the session and outlives
/// its waiters. An assignment subtracts the item's size (at least 1) and is made while it is > 0.
struct GetCredit {
    std::int64_t bytes = 0;
    /// The queues that passed the session over for want of it; each waits for serve(). They keep
    /// this list.
    std::set<ObjectId> starved{};
};

/// "These operations are done." A get's carries its items and has n = 1.
struct Completion {
    Ticket who;
    Outcome outcome = Outcome::ok;
    ObjectId object = 0;
    std::optional<AssignedItem> item{};
    std::vector<AssignedItem> further{};  // those behind the first, of a get for several
};

/// Every effect of a call, in order. The caller drains it.
using Completions = std::vector<Completion>;

/// May an item that comes back have been seen by its getter?
enum class Seen : std::uint8_t { no, maybe };

struct Returning {
    SeqRange items;
    Seen seen = Seen::maybe;
};

struct QueueSpec {
    Order order = Order::fifo;
    std::int64_t maxsize = 0;  // 0: unbounded
    /// Nothing is admitted while so many bytes are ready, each item's overhead among them; so one
    /// item may exceed it. 0: unbounded.
    std::uint64_t bytes_max = 0;
    /// An item is done with its task_done, not with its acknowledgement; the caller sees to that.
    bool until_task_done = false;
    /// When the last producer has gone, getters get what is there and then the end.
    bool ends_with_producers = false;
    /// ... not before so many have come; 0: one.
    std::int32_t producers_expected = 0;
    /// When the last consumer has gone, putters are told.
    bool ends_with_consumers = false;
    std::uint64_t owner = 0;  // whose it is, as a number of the caller's
};

/// What a handle does. One that is opened for both is a producer from its first put on, and a
/// consumer from its first get on.
enum class Party : std::uint8_t { producer, consumer };

/// The two ends of a pipe.
enum class End : std::uint8_t { left, right };

/// No process is known.
inline constexpr std::uint32_t no_uid = UINT32_MAX;

struct QueueStats {
    std::string name;
    ObjectId object = 0;
    Order order = Order::fifo;
    TimePoint created{};
    /// When the ready item was put that has waited longest, also if it was handed out meanwhile; at
    /// most a second, or a hundredth of its age, too early.
    std::optional<TimePoint> oldest{};
    std::int64_t maxsize = 0;  // 0: unbounded
    std::uint64_t ready = 0;
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;
    std::uint64_t unfinished = 0;
    std::uint64_t putters = 0;  // operations that wait
    std::uint64_t getters = 0;
    std::uint64_t joiners = 0;
    std::uint64_t handles = 0;    // open ones, of all sessions
    std::uint64_t producers = 0;  // of them
    std::uint64_t consumers = 0;
    std::uint64_t put_total = 0;  // items admitted
    std::uint64_t get_total = 0;  // hand-overs, those of returned items too
    bool paused = false;
    bool shut_down = false;
    bool ended = false;  // its producers or its consumers have gone
    bool until_task_done = false;
    bool ends_with_producers = false;
    bool ends_with_consumers = false;
};

/// Operations of a session that wait at a queue for the same.
struct SessionWait {
    SessionId session = 0;
    std::uint64_t operations = 0;
    TimePoint since{};  // when the first of them began to wait
};

struct QueueWaits {
    std::vector<SessionWait> putters;
    std::vector<SessionWait> getters;
    std::vector<SessionWait> joiners;
};

/// A session that uses a queue, and how many of its handles are a producer's, a consumer's.
struct SessionParty {
    SessionId session = 0;
    std::uint64_t producers = 0;
    std::uint64_t consumers = 0;
};

/// Of a batch's puts only a prefix succeeds: those behind a failed one are skipped.
enum class Batch : std::uint8_t {
    none,
    begins,
    goes_on,  // behind the put before, which is of the same session
};

/// What a put says of its items, beside their bytes.
struct ItemSpec {
    std::uint8_t content_type = 0;
    Priority priority = 0;  // looked at in queues by priority only
    Batch batch = Batch::none;
};

struct PeekedItem {
    Seq seq = 0;
    std::uint16_t attempts = 0;  // hand-overs so far
    std::uint8_t content_type = 0;
    Priority priority = 0;
    base::Rope payload;
};

}  // namespace penstock::core
