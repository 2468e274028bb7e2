// The requests of a session, one function a frame type. docs/protocol.md, section 3.
#include "common/base/names.hpp"
#include "common/wire/bodies.hpp"
#include "server/session/session.hpp"

#include <utility>

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

bool needs_what_is_not_built(const wire::Open& open)
{
    return open.kind != wire::Kind::fifo || open.role != wire::Role::both ||
           open.until_task_done.value_or(false) || open.ends_with_producers.value_or(false) ||
           open.ends_with_consumers.value_or(false) || open.producers_expected.has_value();
}

}  // namespace

core::Queue* Session::queue_of(HandleId handle, Status& why) const
{
    const auto found = handles_.find(handle);
    if (found == handles_.end()) {
        why = Status::bad_handle;
        return nullptr;
    }
    core::Queue* queue = broker_.find(found->second);
    if (queue == nullptr) why = Status::closed;  // removed
    return queue;
}

Verdict Session::open(const wire::Header& header, const wire::Open& open)
{
    if (handles_used_.contains(open.handle)) return "a handle must not be used twice in a session";
    if (Verdict bad = record(header, {.kind = OpKind::open, .handle = open.handle})) return bad;
    handles_used_.add(open.handle, 1);
    if (handles_used_.size() > limits_.handles_max)
        return "handles with too many gaps between them";
    if (!base::valid_name(open.name)) {
        done(header.op, 1, Status::refused);
        return std::nullopt;
    }
    if (needs_what_is_not_built(open)) {
        done(header.op, 1, Status::unsupported);
        return std::nullopt;
    }
    if (handles_.size() >= limits_.handles_max) {
        done(header.op, 1, Status::too_many);
        return std::nullopt;
    }
    core::OpenSpec spec;
    spec.name = open.name;
    spec.mode = to_core(open.mode);
    spec.maxsize = open.maxsize;
    spec.owner = account_.user();
    spec.may_create = account_.may_take(Resource::objects, 1) &&
                      account_.may_take(Resource::pending_bytes, queue_cost);
    const core::OpenResult opened = broker_.open(spec);
    if (opened.outcome != core::Outcome::ok) {
        done(header.op, 1, to_status(opened.outcome));
        return std::nullopt;
    }
    if (opened.created) {
        account_.take(Resource::objects, 1);
        account_.take(Resource::pending_bytes, queue_cost);
    }
    handles_.emplace(open.handle, opened.object);
    broker_.find(opened.object)->handle_opened();
    wire::OpenBody body;
    body.boot = boot_;
    body.object = opened.object;
    body.created = opened.created;
    body.maxsize = opened.maxsize;
    ops_.finish(header.op, 1, Status::ok);
    outbox_.result(header.op, Status::ok, wire::encode(body));
    return std::nullopt;
}

Verdict Session::close(const wire::Header& header,
                       const wire::Close& close,
                       TimePoint now,
                       core::Completions& out)
{
    if (Verdict bad = record(header, {.kind = OpKind::close, .handle = close.handle})) return bad;
    const auto found = handles_.find(close.handle);
    if (found == handles_.end()) {
        done(header.op, 1, Status::bad_handle);
        return std::nullopt;
    }
    const core::ObjectId object = found->second;
    ops_.for_waiting(close.handle, [&](const OpRange& range) {
        if (range.first == header.op) return;
        if (range.state == OpState::parked) {
            if (core::Queue* queue = broker_.find(object)) {
                const core::Ticket who{id_, range.first, static_cast<std::uint32_t>(range.n)};
                queue->cancel(who, core::Outcome::closed, out);
            }
        } else {
            for (OpId op = range.first; op < range.end(); ++op) chains_.remove(op);
            done(range.first, range.n, Status::closed);
        }
    });
    step_chain(object, now, out);  // PUTs of another handle may have stood behind those
    handles_.erase(close.handle);
    if (core::Queue* queue = broker_.find(object)) queue->handle_closed();
    out.push_back({.who = {id_, header.op, 1}, .object = object, .item = {}});  // after those
    return std::nullopt;
}

Verdict Session::get(const wire::Header& header,
                     const wire::Get& get,
                     TimePoint now,
                     core::Completions& out)
{
    if (get.max != 1 || !get.further.empty()) return not_built(header, OpKind::get);
    OpRange range{.kind = OpKind::get, .handle = get.handle};
    Status why{};
    core::Queue* queue = queue_of(get.handle, why);
    if (queue != nullptr) range.object = handles_.at(get.handle);
    if (Verdict bad = record(header, range)) return bad;
    if (queue == nullptr) {
        done(header.op, header.n, why);
        return std::nullopt;
    }
    const core::Ticket who{id_, header.op, header.n};
    queue->get(who, credit_, base::deadline_after(now, get.timeout_ms), out);
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
    if (task_done.source != 0 && header.n > 1) {  // streams and get_many are not built
        done(header.op, header.n, Status::unsupported);
        return std::nullopt;
    }
    // With a source the queue is the item's, unless the operation was freed by its ACK.
    const OpRange* source = task_done.source == 0 ? nullptr : ops_.find(task_done.source);
    if (source != nullptr && (source->seq == 0 || task_done.index != 1)) {
        done(header.op, header.n, Status::not_found);
        return std::nullopt;
    }
    Status why{};
    core::Queue* queue = nullptr;
    if (source == nullptr) {
        queue = queue_of(task_done.handle, why);
    } else {
        queue = broker_.find(source->object);
        why = Status::closed;
        // Finishing an item acknowledges it in the same step.
        ops_.for_each(task_done.source, 1, [this](const OpRange& item) {
            acknowledge_done(item);
            return true;
        });
    }
    if (queue == nullptr) {
        done(header.op, header.n, why);
        return std::nullopt;
    }
    queue->task_done({id_, header.op, header.n}, out);
    return std::nullopt;
}

Verdict Session::join(const wire::Header& header,
                      const wire::Join& join,
                      TimePoint now,
                      core::Completions& out)
{
    OpRange range{.kind = OpKind::join, .handle = join.handle};
    Status why{};
    core::Queue* queue = queue_of(join.handle, why);
    if (queue != nullptr) range.object = handles_.at(join.handle);
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
    Status why{};
    core::Queue* queue = queue_of(shutdown.handle, why);
    if (queue == nullptr) {
        done(header.op, 1, why);
        return std::nullopt;
    }
    queue->shutdown(shutdown.immediate, out);
    out.push_back({.who = {id_, header.op, 1}, .object = queue->id(), .item = {}});
    return std::nullopt;
}

Verdict Session::admin(const wire::Header& header, const wire::Admin& admin, core::Completions& out)
{
    if (Verdict bad = record(header, {.kind = OpKind::admin})) return bad;
    std::optional<std::uint64_t> dropped;
    switch (admin.verb) {
        case wire::AdminVerb::purge:
            if (core::Queue* queue = broker_.find(std::string_view(admin.name))) {
                dropped = queue->purge(out);
            }
            break;
        case wire::AdminVerb::remove:
            if (const core::Queue* queue = broker_.find(std::string_view(admin.name))) {
                const UserId owner = queue->owner();
                account_.give_for(owner, Resource::pending_bytes, queue_cost);
                account_.give_for(owner, Resource::objects, 1);  // the last: he may be forgotten
                dropped = broker_.remove(admin.name, out);
            }
            break;
    }
    if (!dropped) {
        done(header.op, 1, Status::not_found);
        return std::nullopt;
    }
    wire::AdminBody body;
    body.dropped = *dropped;
    ops_.finish(header.op, 1, Status::ok);
    outbox_.result(header.op, Status::ok, wire::encode(body));
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
