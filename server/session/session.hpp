// One client's session: its handles, its operations and what it was handed. Turns frames into calls
// of the core and completions into frames. Sans-IO. docs/protocol.md, section 5.
#pragma once

#include "common/base/id_ranges.hpp"
#include "common/wire/bodies.hpp"
#include "common/wire/messages.hpp"
#include "server/core/broker.hpp"
#include "server/session/broker_facts.hpp"
#include "server/session/got_items.hpp"
#include "server/session/op_table.hpp"
#include "server/session/outbox.hpp"
#include "server/session/pipe_sockets.hpp"
#include "server/session/put_chains.hpp"
#include "server/session/put_charges.hpp"
#include "server/session/shares.hpp"
#include "server/session/unacknowledged.hpp"
#include "server/session/waits_at_several.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace penstock::session {

using base::TimePoint;

struct SessionLimits {
    std::uint32_t ops_max = wire::session_ops_max;
    std::uint64_t put_bytes_max = wire::session_put_bytes_max;
    std::uint64_t item_size_max = wire::item_size_max_default;
    std::uint32_t handles_max = 65'536;
};

/// About what a handle takes.
inline constexpr std::size_t handle_cost = 128;
/// What each range of used handles takes; one in a session that leaves no gaps between them.
inline constexpr std::size_t handle_range_cost = 64;
/// About what an item takes that is acknowledged and not done.
inline constexpr std::size_t lease_cost = 96;
/// GETs of a session that wait at several queues at once.
inline constexpr std::size_t any_gets_max = 128;
/// About what a queue takes before anything is in it; its creator's until it is removed.
inline constexpr std::size_t queue_cost = 2048;

/// What the other side of a pipe may know, and whether it can be reached without the broker.
struct PartyFacts {
    bool takes_descriptors = false;  // the client itself is at the other end of a Unix socket
    std::uint32_t uid = core::no_uid;
};

/// Why a frame breaks the protocol: a sentence for GOODBYE. Empty: it doesn't.
using Verdict = std::optional<std::string_view>;

class Session {
public:
    /// Until resuming is built, a session goes from live to ended; the others are its window.
    enum class State : std::uint8_t { live, suspended, resuming, ended };

    Session(core::SessionId id,
            wire::BootId boot,
            SessionLimits limits,
            core::Broker& broker,
            BrokerFacts& facts,
            Outbox& outbox,
            Account account,
            PipeSockets& pipe_sockets,
            PartyFacts party_facts);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] core::SessionId id() const { return id_; }
    [[nodiscard]] std::size_t handles() const { return handles_.size(); }
    /// Operations that have no result yet.
    [[nodiscard]] std::uint64_t waiting() const { return ops_.unresolved(); }
    /// Items that it was handed and has not acknowledged.
    [[nodiscard]] std::uint64_t assigned() const { return unacknowledged_.items(); }
    [[nodiscard]] State state() const { return state_; }
    /// About what the records of operations, results and handles take.
    [[nodiscard]] std::uint64_t records_size() const
    {
        return ops_.cost() + handles_.size() * handle_cost +
               handles_used_.size() * handle_range_cost + leases_.size() * lease_cost +
               (any_gets_.places() + watches_.places()) * op_waiting_cost;
    }

    /// Executes a frame that belongs to a live session.
    [[nodiscard]] Verdict handle(wire::Frame&& frame, TimePoint now, core::Completions& out);
    /// A frame that asks for something this broker doesn't know: its operations answer so.
    [[nodiscard]] Verdict refuse_unsupported(const wire::Header& header);
    /// Bytes of items that still go out although no queue has them any more: acknowledged before
    /// they were sent, or removed with their queue. No Memory counts them.
    [[nodiscard]] std::uint64_t orphans_size() const;
    /// An ADMIN kick that was handled last is not answered yet: that is up to who has the
    /// connections.
    struct Kick {
        OpId op = 0;
        std::uint64_t connection = 0;
    };
    [[nodiscard]] std::optional<Kick> take_kick() { return std::exchange(kick_, {}); }
    void answer_kick(OpId op, Status status);
    /// An operation of this session is done.
    void complete(core::Completion&& completion);
    /// Ends the turn: answers reads, encodes what is due, lets gets go on when output was taken.
    void flush(core::Completions& out);
    /// Waiters vanish; what was handed out stays with the client. For a broker that ends.
    void end_waiting(core::Completions& out);
    /// Waiters vanish, unacknowledged items return to their places.
    void end(core::Seen seen, core::Completions& out);

private:
    struct Handle {
        core::ObjectId object = 0;
        bool producer = false;  // what the queue knows of it
        bool consumer = false;
        std::optional<core::End> end{};  // of a pipe
    };

    /// An OPEN of an end whose other side is not there yet.
    struct Opening {
        HandleId handle = 0;
        core::End end{};
    };

    struct Lease {
        core::ObjectId object = 0;
        core::Seq seq = 0;
    };

    struct PendingRead {
        OpId op = 0;
        wire::Read read;
    };

    // session.cpp: what is common to all operations
    [[nodiscard]] Verdict record(const wire::Header& header, OpRange range);
    void done(OpId first, std::uint64_t n, Status status);
    [[nodiscard]] std::uint16_t served_by(OpId op, core::ObjectId object);
    void close_handles(core::Completions& out);
    void cancel_waiting(const OpRange& range, core::Outcome why, core::Completions& out);
    void cancel_all(core::Completions& out);
    [[nodiscard]] Verdict cancel(const wire::Header& header,
                                 bool give_back,
                                 TimePoint now,
                                 core::Completions& out);
    void update_credit();

    // items.cpp
    [[nodiscard]] Verdict acknowledge(const wire::Header& header);
    void acknowledge_done(const OpRange& range);
    void lease(const OpRange& range);
    [[nodiscard]] bool holds_item_of(OpId op) const;
    [[nodiscard]] std::optional<core::ObjectId> finish_kept(OpId op, std::uint64_t index);
    void finish_one_of_several(const OpRange& range, std::uint64_t index);
    [[nodiscard]] core::Queue* settle_items(const OpRange& range);
    void forget_items(const OpRange& range);
    void give_back(const OpRange& range, core::Seen seen, core::Completions& out);
    /// Calls `visit(op, index, core::SeqRange)` with the items of a done get, run by run. Those of
    /// a run are of one operation, by their index, or of as many, each with index 1.
    template <class Visit>
    void for_items(const OpRange& range, Visit&& visit) const
    {
        if (range.several) {
            several_.at(range.first).for_each([&](std::uint64_t index, core::SeqRange items) {
                visit(range.first, index, items);
            });
        } else if (range.seq != 0) {
            visit(range.first, std::uint64_t{1}, core::SeqRange{range.seq, range.n});
        }
    }

    // requests.cpp: one function a type
    [[nodiscard]] core::Queue* queue_of(HandleId handle, core::Party party, Status& why);
    void leave_queue(const Handle& handle, core::Completions& out);
    [[nodiscard]] Verdict open(const wire::Header& header,
                               const wire::Open& open,
                               TimePoint now,
                               core::Completions& out);
    void open_queue(const wire::Header& header, const wire::Open& open);
    [[nodiscard]] bool may_create() const;
    void charge_object();
    [[nodiscard]] Verdict close(const wire::Header& header,
                                const wire::Close& close,
                                TimePoint now,
                                core::Completions& out);
    [[nodiscard]] Verdict get(const wire::Header& header,
                              const wire::Get& get,
                              TimePoint now,
                              core::Completions& out);
    [[nodiscard]] Verdict get_any(const wire::Header& header,
                                  const wire::Get& get,
                                  TimePoint now,
                                  core::Completions& out);
    [[nodiscard]] WaitsAtSeveral::Places places_of(const wire::Get& get, Status& why) const;
    [[nodiscard]] Verdict task_done(const wire::Header& header,
                                    const wire::TaskDone& task_done,
                                    core::Completions& out);
    void finish_item(OpId op, OpId source, std::uint64_t index, core::Completions& out);
    [[nodiscard]] Verdict join(const wire::Header& header,
                               const wire::Join& join,
                               TimePoint now,
                               core::Completions& out);
    [[nodiscard]] Verdict shutdown(const wire::Header& header,
                                   const wire::Shutdown& shutdown,
                                   core::Completions& out);
    [[nodiscard]] Verdict not_built(const wire::Header& header, OpKind kind);
    /// The queue behind a handle; null, with the status to answer, when there is none.
    [[nodiscard]] core::Queue* queue_of(HandleId handle, Status& why) const;

    // admin.cpp
    [[nodiscard]] Verdict admin(const wire::Header& header,
                                const wire::Admin& admin,
                                core::Completions& out);
    [[nodiscard]] Status change(core::Queue& queue,
                                const wire::Admin& admin,
                                wire::AdminBody& body,
                                core::Completions& out);

    // pipes.cpp
    void open_pipe(const wire::Header& header,
                   const wire::Open& open,
                   TimePoint now,
                   core::Completions& out);
    void end_waits_of(HandleId handle, std::optional<OpKind> only, core::Completions& out);
    void close_opening(const wire::Header& header, HandleId handle, core::Completions& out);
    void shut_half(const wire::Header& header,
                   const wire::Shutdown& shutdown,
                   core::Completions& out);
    [[nodiscard]] bool complete_open(const core::Completion& completion);
    void has_end(OpId op, const Opening& opening, core::ObjectId object);
    void forget_passed(OpId first, std::uint64_t n);
    [[nodiscard]] core::Queue* line_of(const Handle& handle, core::Party party, Status& why) const;

    // puts.cpp
    [[nodiscard]] Verdict put(const wire::Header& header,
                              wire::Put&& put,
                              TimePoint now,
                              core::Completions& out);
    struct Incoming;
    void put_whole(const Incoming& incoming, std::span<base::Rope> items, core::Completions& out);
    void put_run(const Incoming& incoming,
                 std::size_t begin,
                 std::span<base::Rope> items,
                 core::Completions& out);
    void hold(const Incoming& incoming, std::size_t begin, std::span<base::Rope> items);
    void begin_long(const Incoming& incoming, std::size_t offset);
    [[nodiscard]] bool skips_rest(const Incoming& incoming, std::size_t i);
    [[nodiscard]] bool failed_before(core::ObjectId object, OpId op) const;
    void fail_put(const OpRange& range, Status why);
    void note_failures(const core::Completions& out, std::size_t from);
    void note_failure(const core::Completion& completion);
    [[nodiscard]] Verdict data(const wire::Header& header,
                               wire::Data&& data,
                               TimePoint now,
                               core::Completions& out);
    void apply(PendingPut&& put, TimePoint now, core::Completions& out);
    void step_chain(core::ObjectId object, TimePoint now, core::Completions& out);

    // reads.cpp
    [[nodiscard]] Verdict read(const wire::Header& header,
                               wire::Read&& read,
                               TimePoint now,
                               core::Completions& out);
    void watch(OpId op, const wire::Read& read, TimePoint now, core::Completions& out);
    [[nodiscard]] core::Queue* readable_of(HandleId handle, Status& why) const;
    void end_watch(OpId op, Status status);
    void forget_watch(OpId op);
    void leave_watched(core::Completions& out);
    void answer(const PendingRead& pending);
    void answer_reads();

    // changes.cpp
    void answer_changes(OpId op, const wire::Read& read);

    const core::SessionId id_;
    const wire::BootId boot_;
    const SessionLimits limits_;
    core::Broker& broker_;
    BrokerFacts& facts_;
    Outbox& outbox_;
    Account account_;
    PipeSockets& pipe_sockets_;
    const PartyFacts party_facts_;
    State state_ = State::live;

    OpTable ops_;
    WaitsAtSeveral any_gets_;
    std::unordered_map<OpId, GotItems> several_;  // of GETs that were given more than one
    /// Acknowledged, not done: by their GET and index there.
    std::map<std::pair<OpId, std::uint64_t>, Lease> leases_;
    std::unordered_map<HandleId, Handle> handles_;
    std::map<OpId, Opening> opening_;
    std::set<OpId> passed_;  // results with a socket, not acknowledged
    base::IdRanges handles_used_;
    PutChains chains_;
    PutCharges charges_;
    std::unordered_map<core::ObjectId, OpId> failed_puts_;  // the last of a batch that failed
    core::GetCredit credit_;
    Unacknowledged unacknowledged_;
    std::optional<Kick> kick_;
    std::deque<PendingRead> reads_;
    WaitsAtSeveral watches_;  // READ ready, until one of its lines calls for a GET
    std::vector<std::pair<OpId, core::ObjectId>> left_watches_;  // of those that are answered
};

[[nodiscard]] Status to_status(core::Outcome outcome);

}  // namespace penstock::session
