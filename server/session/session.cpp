#include "server/session/session.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace penstock::session {

namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // clang 14 needs to be told

constexpr std::string_view only_outside_a_session = "this frame has no place inside a session";

}  // namespace

Status to_status(core::Outcome outcome)
{
    switch (outcome) {
        case core::Outcome::ok:
            return Status::ok;
        case core::Outcome::empty:
            return Status::empty;
        case core::Outcome::full:
            return Status::full;
        case core::Outcome::closed:
            return Status::closed;
        case core::Outcome::shut_down:
            return Status::shut_down;
        case core::Outcome::timed_out:
            return Status::timed_out;
        case core::Outcome::cancelled:
            return Status::cancelled;
        case core::Outcome::no_unfinished_task:
            return Status::no_unfinished_task;
        case core::Outcome::not_found:
            return Status::not_found;
        case core::Outcome::exists:
            return Status::exists;
        case core::Outcome::options_differ:
            return Status::options_differ;
        case core::Outcome::too_many:
            return Status::too_many;
        case core::Outcome::no_memory:
            return Status::no_memory;
        case core::Outcome::skipped:
            return Status::skipped;
        case core::Outcome::eof:
            return Status::eof;
        case core::Outcome::end_taken:
            return Status::end_taken;
    }
    return Status::internal;
}

Session::Session(core::SessionId id,
                 wire::BootId boot,
                 SessionLimits limits,
                 core::Broker& broker,
                 BrokerFacts& facts,
                 Outbox& outbox,
                 Account account,
                 PipeSockets& pipe_sockets,
                 PartyFacts party_facts)
    : id_(id),
      boot_(boot),
      limits_(limits),
      broker_(broker),
      facts_(facts),
      outbox_(outbox),
      account_(account),
      pipe_sockets_(pipe_sockets),
      party_facts_(party_facts),
      charges_(account)
{
    update_credit();
}

Verdict Session::handle(wire::Frame&& frame, TimePoint now, core::Completions& out)
{
    const wire::Header& header = frame.header;
    return std::visit(
        Overloaded{
            [&](const wire::Open& open) { return this->open(header, open, now, out); },
            [&](const wire::Close& close) { return this->close(header, close, now, out); },
            [&](wire::Put& put) { return this->put(header, std::move(put), now, out); },
            [&](wire::Data& data) { return this->data(header, std::move(data), now, out); },
            [&](const wire::Get& get) { return this->get(header, get, now, out); },
            [&](const wire::Subscribe&) { return not_built(header, OpKind::get); },
            [&](const wire::Flow&) { return Verdict(); },  // streams are not built
            [&](const wire::TaskDone& done) { return task_done(header, done, out); },
            [&](const wire::Join& join) { return this->join(header, join, now, out); },
            [&](const wire::Shutdown& shutdown) { return this->shutdown(header, shutdown, out); },
            [&](const wire::Admin& admin) { return this->admin(header, admin, out); },
            [&](wire::Read& read) { return this->read(header, std::move(read), now, out); },
            [&](const wire::Cancel& cancel) {
                return this->cancel(header, cancel.give_back, now, out);
            },
            [&](const wire::Ack&) { return acknowledge(header); },
            [&](const wire::Resend&) { return Verdict("RESEND outside of resuming"); },
            [&](const wire::ResendEnd&) { return Verdict("RESEND_END outside of resuming"); },
            [&](const auto&) { return Verdict(only_outside_a_session); },
        },
        frame.message);
}

Verdict Session::record(const wire::Header& header, OpRange range)
{
    if (header.op != ops_.highest() + 1) return "operation ids must rise by one";
    if (ops_.count() + header.n > limits_.ops_max) return "more operations than were granted";
    range.first = header.op;
    range.n = header.n;
    ops_.record(range);
    return std::nullopt;
}

void Session::done(OpId first, std::uint64_t n, Status status)
{
    ops_.finish(first, n, status);
    charges_.release(first, n);
    outbox_.result(first, n, status);
}

void Session::complete(core::Completion&& completion)
{
    if ((completion.who.first & wire::read_id_bit) != 0) {
        for (std::uint32_t i = 0; i < completion.who.n; ++i) {
            end_watch(completion.who.first + i, to_status(completion.outcome));
        }
        return;
    }
    if (!completion.item) {
        if (complete_open(completion)) return;
        note_failure(completion);
        any_gets_.remove(completion.who.first, completion.who.n);
        return done(completion.who.first, completion.who.n, to_status(completion.outcome));
    }
    const OpId op = completion.who.first;
    const std::uint16_t which = served_by(op, completion.object);
    core::AssignedItem& first = *completion.item;
    unacknowledged_.add(completion.object, first.payload.size());
    ops_.finish(op, 1, Status::ok, first.seq, !completion.further.empty());
    if (!completion.further.empty()) {
        GotItems& items = several_[op];
        items.add(first.seq);
        for (const core::AssignedItem& item : completion.further) {
            unacknowledged_.add(completion.object, item.payload.size());
            items.add(item.seq);
        }
    }
    outbox_.items(
        Delivery(op, completion.object, std::move(first), std::move(completion.further), which));
}

/// Which of its GET's handles the items come from; from now on they are what it is about.
std::uint16_t Session::served_by(OpId op, core::ObjectId object)
{
    const WaitsAtSeveral::Places* places = any_gets_.find(op);
    if (places == nullptr) return 0;
    std::uint16_t which = 0;
    while ((*places)[which].object != object) ++which;
    ops_.set_object(op, object);
    any_gets_.remove(op, 1);
    return which;
}

std::uint64_t Session::orphans_size() const
{
    return outbox_.size_of_long_items([this](core::ObjectId object, core::Seq seq) {
        const core::Queue* queue = broker_.find(object);
        return queue == nullptr || queue->assigned(seq) == nullptr;
    });
}

Verdict Session::cancel(const wire::Header& header,
                        bool give_back,
                        TimePoint now,
                        core::Completions& out)
{
    if ((header.op & wire::read_id_bit) != 0) {
        // A READ that waits for room in the output is forgotten; any other was answered.
        const auto gone = std::erase_if(
            reads_, [&](const PendingRead& pending) { return pending.op == header.op; });
        if (gone > 0) outbox_.result(header.op, 1, Status::cancelled);
        end_watch(header.op, Status::cancelled);
        return std::nullopt;
    }
    if (header.op + header.n - 1 > ops_.highest()) {
        return "CANCEL of an operation that was never sent";
    }
    const auto cancel_parked = [&](const OpRange& range) {
        if (range.state == OpState::parked) cancel_waiting(range, core::Outcome::cancelled, out);
    };
    // What waits goes first, so that no item that returns below is given to one of the same range.
    ops_.for_each_unresolved(header.op, header.n, cancel_parked);
    const auto cancel_range = [&](const OpRange& range) {
        switch (range.state) {
            case OpState::incomplete:
            case OpState::held:
                for (OpId op = range.first; op < range.end(); ++op) chains_.remove(op);
                fail_put(range, Status::cancelled);
                // Rule 3.1: a range is its members one by one, and the next may get in by this.
                step_chain(range.object, now, out);
                break;
            case OpState::parked:
                cancel_parked(range);
                break;
            case OpState::done:
                if (range.seq != 0) this->give_back(range, core::Seen::no, out);
                outbox_.result(range.first, range.n, ops_.find(range.first)->status);
                break;
        }
        return true;
    };
    if (give_back) {
        ops_.for_each(header.op, header.n, cancel_range);
    } else {  // the results of those that are done are on their way
        ops_.for_each_unresolved(header.op, header.n, cancel_range);
    }
    return std::nullopt;
}

void Session::update_credit()
{
    const auto limit = static_cast<std::int64_t>(limits_.put_bytes_max);
    const auto unacknowledged = static_cast<std::int64_t>(unacknowledged_.bytes());
    const auto room = static_cast<std::int64_t>(wire::unsent_output_max) -
                      static_cast<std::int64_t>(outbox_.unsent());
    credit_.bytes = std::min(limit - unacknowledged, room);
}

void Session::flush(core::Completions& out)
{
    leave_watched(out);
    answer_reads();
    outbox_.flush();
    update_credit();
    // Each round takes a queue off the list, or ends with the credit.
    while (credit_.bytes > 0 && !credit_.starved.empty()) {
        broker_.find(*credit_.starved.begin())->serve(id_, out);
    }
}

/// Ends those of the range that still wait in the core.
void Session::cancel_waiting(const OpRange& range, core::Outcome why, core::Completions& out)
{
    if (range.kind == OpKind::open) {
        if (opening_.contains(range.first)) broker_.cancel_open(range.object, why, out);
        return;
    }
    const core::Ticket who{id_, range.first, static_cast<std::uint32_t>(range.n)};
    const auto cancel_at = [&](core::ObjectId object) {
        if (core::Queue* queue = broker_.find(object)) queue->cancel(who, why, out);
    };
    const WaitsAtSeveral::Places* places = any_gets_.find(range.first);
    if (places == nullptr) return cancel_at(range.object);
    // It has left those that ended, and at the first where it waits it is taken out of all.
    for (const WaitsAtSeveral::Place& place : *places) cancel_at(place.object);
}

void Session::cancel_all(core::Completions& out)
{
    state_ = State::ended;
    for (const OpId op : watches_.ops()) forget_watch(op);
    leave_watched(out);
    ops_.for_all([&](const OpRange& range) {
        if (range.state == OpState::parked) cancel_waiting(range, core::Outcome::cancelled, out);
    });
}

void Session::end_waiting(core::Completions& out)
{
    cancel_all(out);
    forget_passed(0, ops_.highest() + 1);
    // No queue ends by that: its getters are not to take the broker's end for the queue's.
    for (const auto& [id, handle] : std::exchange(handles_, {})) {
        if (handle.end) continue;
        if (core::Queue* queue = broker_.find(handle.object)) queue->handle_closed();
    }
}

void Session::end(core::Seen seen, core::Completions& out)
{
    // First every waiter goes, so that no item that returns is given to this session again.
    cancel_all(out);
    forget_passed(0, ops_.highest() + 1);
    outbox_.drop_rests();
    // All of a queue's at once: the oldest must not come behind one that returns before it.
    std::map<core::ObjectId, std::vector<core::Returning>> assigned;
    ops_.for_all([&](const OpRange& range) {
        for_items(range, [&](OpId, std::uint64_t, core::SeqRange run) {
            assigned[range.object].push_back({run, seen});
        });
    });
    for (const auto& [item, lease] : leases_) {
        assigned[lease.object].push_back({{lease.seq, 1}, core::Seen::maybe});
    }
    for (const auto& [object, items] : assigned) {
        if (core::Queue* queue = broker_.find(object)) queue->give_back(items, out);
    }
    close_handles(out);
}

/// Last: its going may end a queue for others, and they get what returned.
void Session::close_handles(core::Completions& out)
{
    for (const auto& [id, handle] : std::exchange(handles_, {})) leave_queue(handle, out);
}

}  // namespace penstock::session
