// The requests of a session, one function a frame type. docs/protocol.md, section 3.
#include "common/base/names.hpp"
#include "common/wire/bodies.hpp"
#include "server/session/session.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace penstock::session {

namespace {

core::Mode to_core(wire::Mode mode)
{
    switch (mode) {
        case wire::Mode::or_create:
            return core::Mode::or_create;
        case wire::Mode::existing:
            return core::Mode::existing;
        case wire::Mode::fresh:
            return core::Mode::fresh;
    }
    return core::Mode::or_create;
}

/// What a queue's kind says; pipes have none.
std::optional<core::Order> to_order(wire::Kind kind)
{
    switch (kind) {
        case wire::Kind::fifo:
            return core::Order::fifo;
        case wire::Kind::lifo:
            return core::Order::lifo;
        case wire::Kind::priority:
            return core::Order::priority;
        case wire::Kind::pipe_left:
        case wire::Kind::pipe_right:
            break;
    }
    return std::nullopt;
}

core::OpenSpec to_spec(const wire::Open& open)
{
    core::OpenSpec spec;
    spec.name = open.name;
    spec.mode = to_core(open.mode);
    if (open.kind) spec.order = to_order(*open.kind);
    spec.maxsize = open.maxsize;
    spec.until_task_done = open.until_task_done;
    spec.ends_with_producers = open.ends_with_producers;
    spec.producers_expected = open.producers_expected;
    spec.ends_with_consumers = open.ends_with_consumers;
    spec.for_producer = open.role == wire::Role::producer;
    return spec;
}

}  // namespace

core::Queue* Session::queue_of(HandleId handle, Status& why) const
{
    const auto found = handles_.find(handle);
    if (found == handles_.end()) {
        why = Status::bad_handle;
        return nullptr;
    }
    if (found->second.end) {  // a pipe has no size, no tasks and no shutdown
        why = Status::unsupported;
        return nullptr;
    }
    core::Queue* queue = broker_.find(found->second.object);
    if (queue == nullptr) why = Status::closed;  // removed
    return queue;
}

/// The same for a put or a get, which makes the handle a producer's or a consumer's.
core::Queue* Session::queue_of(HandleId handle, core::Party party, Status& why)
{
    const auto found = handles_.find(handle);
    if (found != handles_.end() && found->second.end) return line_of(found->second, party, why);
    core::Queue* queue = queue_of(handle, why);
    if (queue == nullptr) return nullptr;
    Handle& used = handles_.at(handle);
    bool& is_party = party == core::Party::producer ? used.producer : used.consumer;
    if (!std::exchange(is_party, true)) queue->party_joins(party, id_);
    return queue;
}

void Session::leave_queue(const Handle& handle, core::Completions& out)
{
    if (handle.end) return broker_.close_end(handle.object, *handle.end, out);
    core::Queue* queue = broker_.find(handle.object);
    if (queue == nullptr) return;
    queue->handle_closed();
    if (handle.producer) queue->party_leaves(core::Party::producer, id_, out);
    if (handle.consumer) queue->party_leaves(core::Party::consumer, id_, out);
}

Verdict Session::open(const wire::Header& header,
                      const wire::Open& open,
                      TimePoint now,
                      core::Completions& out)
{
    if (handles_used_.contains(open.handle)) return "a handle must not be used twice in a session";
    if (Verdict bad = record(header, {.kind = OpKind::open, .handle = open.handle})) return bad;
    handles_used_.add(open.handle, 1);
    if (handles_used_.size() > limits_.handles_max)
        return "handles with too many gaps between them";
    if (!base::valid_name(open.name)) {
        done(header.op, 1, Status::refused);
    } else if (handles_.size() + opening_.size() >= limits_.handles_max) {
        done(header.op, 1, Status::too_many);
    } else if (open.kind && !to_order(*open.kind)) {
        open_pipe(header, open, now, out);
    } else {
        open_queue(header, open);
    }
    return std::nullopt;
}

bool Session::may_create() const
{
    return account_.may_take(Resource::objects, 1) &&
           account_.may_take(Resource::pending_bytes, queue_cost);
}

void Session::charge_object()
{
    account_.take(Resource::objects, 1);
    account_.take(Resource::pending_bytes, queue_cost);
}

void Session::open_queue(const wire::Header& header, const wire::Open& open)
{
    core::OpenSpec spec = to_spec(open);
    spec.owner = account_.user();
    spec.may_create = may_create();
    const core::OpenResult opened = broker_.open(spec);
    if (opened.outcome != core::Outcome::ok) {
        return done(header.op, 1, to_status(opened.outcome));
    }
    if (opened.created) charge_object();
    Handle& handle = handles_[open.handle];
    handle.object = opened.object;
    broker_.find(opened.object)->handle_opened();
    Status ignored{};
    if (open.role == wire::Role::producer) {
        (void)queue_of(open.handle, core::Party::producer, ignored);
    } else if (open.role == wire::Role::consumer) {
        (void)queue_of(open.handle, core::Party::consumer, ignored);
    }
    wire::OpenBody body;
    body.boot = boot_;
    body.object = opened.object;
    body.created = opened.created;
    body.maxsize = opened.maxsize;
    ops_.finish(header.op, 1, Status::ok);
    outbox_.result(header.op, Status::ok, wire::encode(body));
}

Verdict Session::close(const wire::Header& header,
                       const wire::Close& close,
                       TimePoint now,
                       core::Completions& out)
{
    if (Verdict bad = record(header, {.kind = OpKind::close, .handle = close.handle})) return bad;
    const auto found = handles_.find(close.handle);
    if (found == handles_.end()) {
        close_opening(header, close.handle, out);
        return std::nullopt;
    }
    const Handle handle = found->second;
    const core::ObjectId object = handle.object;
    end_waits_of(close.handle, std::nullopt, out);
    for (const OpId op : any_gets_.of(close.handle)) {  // also where it is not the first
        cancel_waiting(*ops_.find(op), core::Outcome::closed, out);
    }
    for (const OpId op : watches_.of(close.handle)) end_watch(op, Status::closed);
    step_chain(object, now, out);  // PUTs of another handle may have stood behind those
    handles_.erase(close.handle);
    leave_queue(handle, out);
    out.push_back({.who = {id_, header.op, 1}, .object = object});  // after those
    return std::nullopt;
}

/// Ends what waits, or is half here, of the handle's operations; all but CLOSE, or one kind only.
void Session::end_waits_of(HandleId handle, std::optional<OpKind> only, core::Completions& out)
{
    ops_.for_waiting(handle, [&](const OpRange& range) {
        if (only ? range.kind != *only : range.kind == OpKind::close) return;
        if (range.state == OpState::parked) {
            cancel_waiting(range, core::Outcome::closed, out);
        } else {
            for (OpId op = range.first; op < range.end(); ++op) chains_.remove(op);
            fail_put(range, Status::closed);
        }
    });
}

Verdict Session::get(const wire::Header& header,
                     const wire::Get& get,
                     TimePoint now,
                     core::Completions& out)
{
    if (!get.further.empty()) return get_any(header, get, now, out);
    OpRange range{.kind = OpKind::get, .handle = get.handle};
    Status why{};
    core::Queue* queue = queue_of(get.handle, core::Party::consumer, why);
    if (queue != nullptr) range.object = queue->id();
    if (Verdict bad = record(header, range)) return bad;
    if (queue == nullptr) {
        done(header.op, header.n, why);
        return std::nullopt;
    }
    const core::Ticket who{id_, header.op, header.n};
    queue->get(who, credit_, base::deadline_after(now, get.timeout_ms), out, get.max);
    return std::nullopt;
}

/// The places of a GET at several queues; none, with the status to answer, when one of its handles
/// is no good.
WaitsAtSeveral::Places Session::places_of(const wire::Get& get, Status& why) const
{
    WaitsAtSeveral::Places places;
    const auto add = [&](HandleId handle) {
        const core::Queue* queue = queue_of(handle, why);
        if (queue == nullptr) return false;
        places.push_back({handle, queue->id()});
        return true;
    };
    bool good = add(get.handle);
    for (auto it = get.further.begin(); good && it != get.further.end(); ++it) good = add(*it);
    if (!good) places.clear();
    return places;
}

Verdict Session::get_any(const wire::Header& header,
                         const wire::Get& get,
                         TimePoint now,
                         core::Completions& out)
{
    OpRange range{.kind = OpKind::get, .handle = get.handle};
    Status why = Status::too_many;
    WaitsAtSeveral::Places places;
    if (get.further.size() <= wire::get_further_max && any_gets_.size() < any_gets_max) {
        places = places_of(get, why);
    }
    if (!places.empty()) range.object = places.front().object;
    if (Verdict bad = record(header, range)) return bad;
    if (places.empty()) {
        done(header.op, 1, why);
        return std::nullopt;
    }
    std::vector<core::ObjectId> objects;
    for (const WaitsAtSeveral::Place& place : places) {
        (void)queue_of(place.handle, core::Party::consumer, why);
        if (std::find(objects.begin(), objects.end(), place.object) == objects.end()) {
            objects.push_back(place.object);
        }
    }
    any_gets_.add(header.op, std::move(places));
    const core::Ticket who{id_, header.op, 1};
    broker_.get_any(who, objects, credit_, base::deadline_after(now, get.timeout_ms), out, get.max);
    return std::nullopt;
}

Verdict Session::task_done(const wire::Header& header,
                           const wire::TaskDone& task_done,
                           core::Completions& out)
{
    if (task_done.source > ops_.highest()) return "TASK_DONE of an operation that was never sent";
    if (Verdict bad = record(header, {.kind = OpKind::task_done, .handle = task_done.handle})) {
        return bad;
    }
    Status why{};
    core::Queue* queue = queue_of(task_done.handle, why);
    const bool by_name = queue != nullptr && queue->spec().until_task_done;
    // With a source the queue is the item's, unless the operation was freed by its ACK.
    if (task_done.source != 0 && (by_name || holds_item_of(task_done.source))) {
        for (std::uint32_t i = 0; i < header.n; ++i) {
            finish_item(header.op + i, task_done.source, task_done.index + i, out);
        }
    } else if (by_name) {
        done(header.op, header.n, Status::not_found);
    } else if (queue == nullptr) {
        done(header.op, header.n, why);
    } else {
        queue->task_done({id_, header.op, header.n}, out);
    }
    return std::nullopt;
}

/// One member of a TASK_DONE with a source: an item that is leased, or kept. Finishing it
/// acknowledges it in the same step.
void Session::finish_item(OpId op, OpId source, std::uint64_t index, core::Completions& out)
{
    core::ObjectId object = 0;
    if (const auto lease = leases_.find({source, index}); lease != leases_.end()) {
        object = lease->second.object;
        if (core::Queue* queue = broker_.find(object)) queue->consume({lease->second.seq, 1});
        leases_.erase(lease);
    } else if (const std::optional<core::ObjectId> kept = finish_kept(source, index)) {
        object = *kept;
    } else {
        return done(op, 1, Status::not_found);
    }
    core::Queue* queue = broker_.find(object);
    if (queue == nullptr) return done(op, 1, Status::closed);
    queue->task_done({id_, op, 1}, out);
}

Verdict Session::join(const wire::Header& header,
                      const wire::Join& join,
                      TimePoint now,
                      core::Completions& out)
{
    OpRange range{.kind = OpKind::join, .handle = join.handle};
    Status why{};
    core::Queue* queue = queue_of(join.handle, why);
    if (queue != nullptr) range.object = queue->id();
    if (Verdict bad = record(header, range)) return bad;
    if (queue == nullptr) {
        done(header.op, 1, why);
        return std::nullopt;
    }
    queue->join({id_, header.op, 1}, base::deadline_after(now, join.timeout_ms), out);
    return std::nullopt;
}

Verdict Session::shutdown(const wire::Header& header,
                          const wire::Shutdown& shutdown,
                          core::Completions& out)
{
    if (Verdict bad = record(header, {.kind = OpKind::shutdown, .handle = shutdown.handle})) {
        return bad;
    }
    if (shutdown.how == wire::ShutdownHow::sending ||
        shutdown.how == wire::ShutdownHow::receiving) {
        shut_half(header, shutdown, out);
        return std::nullopt;
    }
    Status why{};
    core::Queue* queue = queue_of(shutdown.handle, why);
    if (queue == nullptr) {
        done(header.op, 1, why);
        return std::nullopt;
    }
    queue->shutdown(shutdown.how == wire::ShutdownHow::immediate, out);
    out.push_back({.who = {id_, header.op, 1}, .object = queue->id()});
    return std::nullopt;
}

Verdict Session::refuse_unsupported(const wire::Header& header)
{
    if (header.type == wire::Type::read) {
        outbox_.result(header.op, 1, Status::unsupported);
        return std::nullopt;
    }
    return not_built(header, OpKind::open);
}

Verdict Session::not_built(const wire::Header& header, OpKind kind)
{
    if (Verdict bad = record(header, {.kind = kind})) return bad;
    done(header.op, header.n, Status::unsupported);
    return std::nullopt;
}

}  // namespace penstock::session
