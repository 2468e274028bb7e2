// One named queue: Python's semantics, and the only place that knows them.
// Invariant: a waiting putter means no room here or in the broker's memory; a waiting getter with
// credit means nothing ready and no putter that waits for memory alone, or a pause; and every
// admitted item is in exactly one place: ready, assigned, or gone.
#pragma once

#include "server/core/ages.hpp"
#include "server/core/change_log.hpp"
#include "server/core/commons.hpp"
#include "server/core/deadlines.hpp"
#include "server/core/memory.hpp"
#include "server/core/ready_items.hpp"
#include "server/core/slab.hpp"
#include "server/core/types.hpp"
#include "server/core/wait_list.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace penstock::core {

class Answers;

/// Every effect leaves through `out`; nothing here waits, locks or asks the time. Knows orders,
/// waiters and who holds what; knows nothing of frames, epochs or resends.
/// The operations of a session come in rising order, kind by kind: its waiters are kept by number.
class Queue {
public:
    /// Of a line of a pipe `row` is the pipe's, which shows what changes in it.
    Queue(ObjectId id,
          std::string name,
          const QueueSpec& spec,
          Commons& commons,
          ChangeLog::Row* row = nullptr);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    /// Adds one item per operation of `who`, in order; the payloads are moved from. What finds
    /// no room waits (deadline `immediate`: answers full, or no_memory if it is the broker's memory
    /// that has none), and may be admitted in parts. What a getter takes at once needs no memory.
    /// Of a batch, what stands behind a failed put is skipped, also what waits; that one which
    /// comes after such a failure is skipped is up to the caller.
    void put(Ticket who,
             std::span<base::Rope> payloads,
             ItemSpec spec,
             TimePoint deadline,
             Completions& out);
    /// Takes at most `max` items per operation of `who`, each answered by itself: it waits for the
    /// first, the others are those that are there then. `credit` may be changed by any later call;
    /// when it rises from <= 0, call serve(). Empty is answered only if nothing was ready at some
    /// moment of the call: without credit even a passed deadline waits for that.
    void get(
        Ticket who, GetCredit& credit, TimePoint deadline, Completions& out, std::uint32_t max = 1);
    /// A part of Broker::get_any: what get does when something is ready for `op`. Returns whether.
    [[nodiscard]] bool get_now(Ticket op, GetCredit& credit, Completions& out, std::uint32_t max);
    /// A part of Broker::get_any: what get does when nothing is.
    void wait_with(const std::shared_ptr<AnyGet>& any,
                   GetCredit& credit,
                   TimePoint deadline,
                   std::uint32_t max);
    /// For AnyGet: it is over, or waits on but not for a time.
    void leave(Ticket op);
    void set_overdue(Ticket op);
    void count_answered(const AnyGet& any);
    /// There is something for a getter. Never while the queue is paused, whatever is in it.
    [[nodiscard]] bool has_ready() const { return !paused_ && !ready_.empty(); }
    /// What getters are told when nothing comes any more. What somebody may still give back does.
    [[nodiscard]] std::optional<Outcome> end() const;
    /// Waits until something is ready, or nothing comes any more, or the queue is removed: ok,
    /// which promises nothing, since others may be faster; at its deadline: timed_out. Takes
    /// nothing.
    void watch(Ticket who, TimePoint deadline, Completions& out);
    /// A get would be answered at once. What only waits for memory is a getter's to take, too.
    [[nodiscard]] bool calls_for_a_get() const
    {
        return has_ready() || (!paused_ && wants_memory()) || end();
    }
    /// Waits until every admitted item was counted off by task_done; at its deadline: timed_out.
    void join(Ticket who, TimePoint deadline, Completions& out);
    void task_done(Ticket who, Completions& out);
    /// The queue, for everybody. Immediate: drops what is ready.
    void shutdown(bool immediate, Completions& out);

    /// The getter has these; they are forgotten.
    void consume(SeqRange items);
    /// Back to their place in the queue's order, not to the front, all before any goes out again;
    /// may exceed maxsize. Straight to a getter that waits. Ready again means counted by qsize
    /// again.
    void give_back(std::span<const Returning> items, Completions& out);
    void give_back(SeqRange items, Seen seen, Completions& out)
    {
        const Returning returning{items, seen};
        give_back(std::span(&returning, 1), out);
    }

    /// A session has one more, or one less, handle of this queue.
    void handle_opened()
    {
        row_.touch();
        ++handles_;
    }
    void handle_closed()
    {
        row_.touch();
        --handles_;
    }
    /// A handle is used so from now on; once a handle.
    void party_joins(Party party, SessionId session);
    /// One that was has been closed. The last one may end the queue.
    void party_leaves(Party party, SessionId session, Completions& out);
    /// Its producers or its consumers have gone, and it ends with them: nothing is put any more.
    [[nodiscard]] bool ended() const { return ended_; }
    [[nodiscard]] bool is_shut_down() const { return shut_down_; }

    /// Ends those operations of `who` that wait, with `why`; others are left alone.
    void cancel(Ticket who, Outcome why, Completions& out);
    /// Serves the waiting getters whose credit allows it again.
    void serve(Completions& out);
    /// The same for the getters of one session only: no other one's credit has changed.
    void serve(SessionId session, Completions& out);
    /// Nothing is handed out from now on: gets wait, or are answered empty, as if nothing were
    /// ready. All else goes on: puts up to maxsize, what returns, task_done, the end of what is
    /// empty. Idempotent, as resume() is.
    void pause(Completions& out);
    void resume(Completions& out);
    /// At most `most` of the ready items, in the order in which they would be handed out, to the
    /// end of `to`, which takes puts: as many as fit there. They are new there, and counted off
    /// for join here. Returns how many.
    std::uint64_t move_to(Queue& to, std::uint64_t most, Completions& out);
    /// Drops what is ready; returns how many.
    std::uint64_t purge(Completions& out);
    /// Nobody will take anything: drops what is ready, and what returns.
    void drop_all(Completions& out);
    /// The queue is being removed: everything that waits ends with `closed`.
    std::uint64_t remove(Completions& out);

    [[nodiscard]] QueueStats stats() const;
    /// Of each kind at most `limit` sessions, those that have waited longest first.
    [[nodiscard]] QueueWaits waits(std::size_t limit) const;
    /// At most `limit` that put and as many that get, by their numbers.
    [[nodiscard]] std::vector<SessionParty> parties(std::size_t limit) const;
    /// At most `limit` ready items behind the first `offset`.
    [[nodiscard]] std::vector<PeekedItem> peek(std::uint64_t offset, std::size_t limit) const;
    /// The payload of an assigned item, to send it again; empty when it is not assigned.
    [[nodiscard]] const AssignedItem* assigned(Seq seq) const;
    /// The payload bytes of those of `items` that are assigned.
    [[nodiscard]] std::uint64_t assigned_bytes(SeqRange items) const;

    [[nodiscard]] ObjectId id() const { return id_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const QueueSpec& spec() const { return spec_; }
    [[nodiscard]] std::int64_t maxsize() const { return spec_.maxsize; }  // 0: unbounded
    [[nodiscard]] std::uint64_t owner() const { return spec_.owner; }

    /// For Broker::serve_memory: admits the first put that waits for memory. Returns whether it
    /// could; also true when none waits for that.
    bool admit_one(Completions& out);
    /// It was taken out of Memory's line; it joins the end of it if it still wants memory.
    void left_line();

    /// For Broker::expire: the deadline of a waiting range has passed.
    void expire(const Deadlines::Due& due, Answers& answers);
    /// Linear; for tests.
    void check_invariants() const;
    [[nodiscard]] std::uint64_t memory_used() const;

private:
    [[nodiscard]] Seq first_kept() const;
    [[nodiscard]] std::optional<TimePoint> oldest() const;
    [[nodiscard]] bool has_room() const;
    /// A put waits for memory alone.
    [[nodiscard]] bool wants_memory() const { return !putters_.empty() && has_room(); }
    [[nodiscard]] bool admits(std::size_t payload_size, bool taken_at_once);
    void append(base::Rope&& payload, ItemSpec spec);
    [[nodiscard]] WaitList::Iterator next_getter();
    AssignedItem& assign_first(GetCredit& credit);
    void hand_over(Ticket op, GetCredit& credit, std::uint32_t max, Answers& answers);
    std::uint32_t take_ready(Ticket who, GetCredit& credit, std::uint32_t max, Answers& answers);
    [[nodiscard]] std::uint32_t takes_at_once() const;
    void serve_getters(Answers& answers,
                       std::uint32_t most = std::numeric_limits<std::uint32_t>::max());
    bool admit_putters(Answers& answers, bool taken_at_once);
    std::uint32_t admit_from(WaitList::Iterator it,
                             std::uint32_t most,
                             bool taken_at_once,
                             Answers& answers);
    void wait_for_memory();
    void forget(const AssignedItem& item);
    void settle(Answers& answers);
    void tell_watchers(Answers& answers);
    void nothing_is_ready(Answers& answers);
    void end_getters(Outcome why, Answers& answers);
    void wait(Ticket who, Waiter waiter, TimePoint deadline);
    void end_overdue(std::optional<SessionId> session, Answers& answers);
    void expire_get(WaitList::Iterator it, Answers& answers);
    void fail_puts(Ticket who, Batch batch, Outcome why, Answers& answers);
    void skip_from(SessionId session, OpId first, Answers& answers);
    void end_all(WaitList& list, Outcome why, Answers& answers);
    std::uint64_t drop_ready(Answers& answers);
    std::uint64_t take_back(SeqRange items, Seen seen);
    void count_off(std::uint64_t n, Answers& answers);
    [[nodiscard]] WaitList& waiting(WaitKind kind);
    using HandlesOf = std::map<SessionId, std::uint64_t>;
    [[nodiscard]] HandlesOf& sessions_of(Party party)
    {
        return party == Party::producer ? producers_of_ : consumers_of_;
    }
    void release_if_idle();

    ChangeLog::Row own_row_;
    ChangeLog::Row& row_;
    Commons& commons_;
    Memory& memory_;
    ObjectId id_;
    std::string name_;
    const QueueSpec spec_;
    const TimePoint created_;
    bool paused_ = false;
    bool shut_down_ = false;
    bool ended_ = false;
    bool drops_returned_ = false;  // shut down immediately, or nobody takes anything
    bool in_line_ = false;         // Memory knows that a put waits for it
    Seq last_seq_ = 0;
    std::uint64_t handles_ = 0;
    std::uint64_t producers_ = 0;
    std::uint64_t producers_seen_ = 0;  // those that have left, too
    std::uint64_t consumers_ = 0;
    HandlesOf producers_of_;  // how many of them each session has
    HandlesOf consumers_of_;
    std::uint64_t unfinished_ = 0;
    std::uint64_t get_total_ = 0;
    std::uint64_t gone_ = 0;           // items that were consumed or dropped
    std::uint64_t empty_moments_ = 0;  // counts the moments at which nothing was ready
    Slab slab_;
    ReadyItems ready_;
    ItemMap assigned_;
    Ages ages_;
    WaitList putters_;
    WaitList getters_;
    WaitList joiners_;
    WaitList watchers_;
};

}  // namespace penstock::core
