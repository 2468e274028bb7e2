#include "server/session/session.hpp"

#include <algorithm>
#include <utility>

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
    }
    return Status::internal;
}

Session::Session(core::SessionId id,
                 wire::BootId boot,
                 SessionLimits limits,
                 core::Broker& broker,
                 BrokerFacts& facts,
                 Outbox& outbox,
                 Account account)
    : id_(id),
      boot_(boot),
      limits_(limits),
      broker_(broker),
      facts_(facts),
      outbox_(outbox),
      account_(account),
      charges_(account)
{
    update_credit();
}

Verdict Session::handle(wire::Frame&& frame, TimePoint now, core::Completions& out)
{
    const wire::Header& header = frame.header;
    return std::visit(
        Overloaded{
            [&](const wire::Open& open) { return this->open(header, open); },
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
            [&](wire::Read& read) { return this->read(header, std::move(read)); },
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
    if (!completion.item) {
        return done(completion.who.first, completion.who.n, to_status(completion.outcome));
    }
    unacknowledged_.add(completion.object, completion.item->payload.size());
    ops_.finish(completion.who.first, 1, Status::ok, completion.item->seq);
    outbox_.item(completion.who.first, completion.object, *completion.item);
}

std::uint64_t Session::orphans_size() const
{
    return outbox_.size_of_long_items([this](core::ObjectId object, core::Seq seq) {
        const core::Queue* queue = broker_.find(object);
        return queue == nullptr || queue->assigned(seq) == nullptr;
    });
}

Verdict Session::acknowledge(const wire::Header& header)
{
    if (header.op + header.n - 1 > ops_.highest()) return "ACK of an operation that was never sent";
    Verdict verdict;
    ops_.for_each(header.op, header.n, [&](const OpRange& range) {
        if (range.state != OpState::done) verdict = "ACK of an operation that was not answered";
        if (!verdict) acknowledge_done(range);
        return !verdict;
    });
    return verdict;
}

void Session::acknowledge_done(const OpRange& range)
{
    if (core::Queue* queue = settle_items(range)) queue->consume({range.seq, range.n});
    ops_.free(range.first, range.n);
}

core::Queue* Session::settle_items(const OpRange& range)
{
    // The items of a done get leave this session's account; null when there is no queue to tell.
    if (range.seq == 0) return nullptr;
    core::Queue* queue = broker_.find(range.object);
    if (queue == nullptr) {
        unacknowledged_.forget(range.object);
    } else {
        unacknowledged_.subtract(range.object, queue->assigned_bytes({range.seq, range.n}));
    }
    return queue;
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
        return std::nullopt;
    }
    if (header.op + header.n - 1 > ops_.highest()) {
        return "CANCEL of an operation that was never sent";
    }
    const auto cancel_parked = [&](const OpRange& range) {
        core::Queue* queue = range.state == OpState::parked ? broker_.find(range.object) : nullptr;
        if (queue == nullptr) return;
        const core::Ticket who{id_, range.first, static_cast<std::uint32_t>(range.n)};
        queue->cancel(who, core::Outcome::cancelled, out);
    };
    // What waits goes first, so that no item that returns below is given to one of the same range.
    ops_.for_each_unresolved(header.op, header.n, cancel_parked);
    const auto cancel_range = [&](const OpRange& range) {
        switch (range.state) {
            case OpState::incomplete:
            case OpState::held:
                for (OpId op = range.first; op < range.end(); ++op) chains_.remove(op);
                done(range.first, range.n, Status::cancelled);
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

void Session::give_back(const OpRange& range, core::Seen seen, core::Completions& out)
{
    for (OpId op = range.first; op < range.end(); ++op) outbox_.drop_rest(op);
    ops_.finish(range.first, range.n, Status::cancelled);
    if (core::Queue* queue = settle_items(range)) {
        queue->give_back({range.seq, range.n}, seen, out);
    }
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
    answer_reads();
    outbox_.flush();
    update_credit();
    // Each round takes a queue off the list, or ends with the credit.
    while (credit_.bytes > 0 && !credit_.starved.empty()) {
        broker_.find(*credit_.starved.begin())->serve(id_, out);
    }
}

void Session::end_waiting(core::Completions& out)
{
    state_ = State::ended;
    ops_.for_all([&](const OpRange& range) {
        if (range.state != OpState::parked) return;
        if (core::Queue* queue = broker_.find(range.object)) {
            const core::Ticket who{id_, range.first, static_cast<std::uint32_t>(range.n)};
            queue->cancel(who, core::Outcome::cancelled, out);
        }
    });
    for (const auto& [handle, object] : handles_) {
        if (core::Queue* queue = broker_.find(object)) queue->handle_closed();
    }
    handles_.clear();
}

void Session::end(core::Seen seen, core::Completions& out)
{
    // First every waiter goes, so that no item that returns is given to this session again.
    end_waiting(out);
    std::vector<OpRange> assigned;
    ops_.for_all([&assigned](const OpRange& range) {
        if (range.seq != 0) assigned.push_back(range);
    });
    for (const OpRange& range : assigned) give_back(range, seen, out);
}

}  // namespace penstock::session
