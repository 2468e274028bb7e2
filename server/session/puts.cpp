// PUT and DATA: items that arrive whole, in runs, or in parts. docs/protocol.md, section 5, rule 1.
#include "server/session/session.hpp"

#include <algorithm>
#include <utility>

namespace penstock::session {

namespace {

/// The items that lie whole in `body`, each sharing its block. Fewer than `sizes` when the last
/// one goes on in DATA.
std::vector<base::Rope> whole_items(const wire::Put& put)
{
    std::vector<base::Rope> items;
    items.reserve(put.sizes.size());
    std::size_t offset = 0;
    for (const std::uint32_t size : put.sizes) {
        if (size > put.body.size() - offset) break;
        items.push_back(put.body.part(offset, size));
        offset += size;
    }
    return items;
}

core::Batch to_core(wire::Batch batch)
{
    switch (batch) {
        case wire::Batch::none:
            return core::Batch::none;
        case wire::Batch::begins:
            return core::Batch::begins;
        case wire::Batch::goes_on:
            return core::Batch::goes_on;
    }
    return core::Batch::none;
}

/// For the member `i` of the frame, and those behind it.
core::ItemSpec spec_of(const wire::Put& put, std::size_t i)
{
    core::ItemSpec spec;
    spec.content_type = put.content_type;
    spec.priority = put.priority.value_or(0);
    spec.batch = to_core(put.batch);
    if (spec.batch == core::Batch::begins && i > 0) spec.batch = core::Batch::goes_on;
    return spec;
}

}  // namespace

/// A PUT whose items are being applied, one run after the other.
struct Session::Incoming {
    core::ObjectId object = 0;
    const wire::Header& header;
    const wire::Put& put;
    TimePoint now;

    [[nodiscard]] OpId op(std::size_t i) const { return header.op + i; }
};

Verdict Session::put(const wire::Header& header,
                     wire::Put&& put,
                     TimePoint now,
                     core::Completions& out)
{
    OpRange range{.kind = OpKind::put, .handle = put.handle};
    range.batch = put.batch != wire::Batch::none;
    Status why{};
    const core::Queue* queue = queue_of(put.handle, core::Party::producer, why);
    if (queue != nullptr) range.object = queue->id();
    if (Verdict bad = record(header, range)) return bad;
    if (queue == nullptr) {
        done(header.op, header.n, why);
        return std::nullopt;
    }
    const Incoming incoming{range.object, header, put, now};
    std::vector<base::Rope> items = whole_items(put);
    std::size_t whole_size = 0;
    for (const base::Rope& item : items) whole_size += item.size();
    put_whole(incoming, items, out);
    if (items.size() < header.n && !skips_rest(incoming, items.size())) {
        begin_long(incoming, whole_size);
    }
    if (!charges_.within(limits_.put_bytes_max, range.object)) {
        return "more unresolved PUT payload than was granted";
    }
    return std::nullopt;
}

/// Answers `skipped` for the members from `i` on if the one before failed in their batch.
bool Session::skips_rest(const Incoming& incoming, std::size_t i)
{
    const core::Batch batch = spec_of(incoming.put, i).batch;
    const OpId op = incoming.op(i);
    if (batch != core::Batch::goes_on || !failed_before(incoming.object, op)) return false;
    const OpRange rest{.first = op, .n = incoming.header.n - i, .object = incoming.object};
    fail_put(rest, Status::skipped);
    return true;
}

bool Session::failed_before(core::ObjectId object, OpId op) const
{
    const auto failed = failed_puts_.find(object);
    return failed != failed_puts_.end() && failed->second + 1 == op;
}

void Session::fail_put(const OpRange& range, Status why)
{
    const OpRange* recorded = ops_.find(range.first);
    if (recorded != nullptr && recorded->batch) failed_puts_[range.object] = range.end() - 1;
    done(range.first, range.n, why);
}

void Session::begin_long(const Incoming& incoming, std::size_t offset)
{
    const std::size_t i = incoming.header.n - 1u;
    const wire::Put& put = incoming.put;
    const OpId op = incoming.op(i);
    const std::uint32_t size = put.sizes.back();
    const OpRange range{.first = op, .object = incoming.object};
    if (size > limits_.item_size_max) return fail_put(range, Status::too_large);  // DATA: ignored
    if (!charges_.may_add(size)) return fail_put(range, Status::no_memory);
    PendingPut pending;
    pending.op = op;
    pending.object = incoming.object;
    pending.spec = spec_of(put, i);
    pending.timeout_ms = put.timeout_ms;
    pending.missing = size;
    pending.arrived(put.body.part(offset, put.body.size() - offset));
    charges_.add(op, incoming.object, size, put.body.size() - offset);
    ops_.set_state(op, OpState::incomplete);
    chains_.add(std::move(pending));
}

void Session::put_whole(const Incoming& incoming,
                        std::span<base::Rope> items,
                        core::Completions& out)
{
    std::size_t begin = 0;
    while (begin < items.size() && !skips_rest(incoming, begin)) {
        std::size_t end = begin;
        while (end < items.size() && items[end].size() <= limits_.item_size_max) ++end;
        if (end == begin) {
            fail_put({.first = incoming.op(begin++), .object = incoming.object}, Status::too_large);
            continue;
        }
        const std::span<base::Rope> run = items.subspan(begin, end - begin);
        if (chains_.holds(incoming.object)) {
            hold(incoming, begin, run);
        } else {
            put_run(incoming, begin, run, out);
        }
        begin = end;
    }
}

void Session::put_run(const Incoming& incoming,
                      std::size_t begin,
                      std::span<base::Rope> items,
                      core::Completions& out)
{
    std::vector<std::size_t> sizes;
    sizes.reserve(items.size());
    for (const base::Rope& item : items) sizes.push_back(item.size());
    const OpId first = incoming.op(begin);
    const core::Ticket who{id_, first, static_cast<std::uint32_t>(items.size())};
    const std::size_t before = out.size();
    const base::TimePoint deadline = base::deadline_after(incoming.now, incoming.put.timeout_ms);
    core::Queue* queue = broker_.find(incoming.object);
    const core::ItemSpec spec = spec_of(incoming.put, begin);
    queue->put(who, items, spec, deadline, out);
    // Only what waits is charged, and a run is resolved from its front.
    std::size_t resolved = 0;
    for (std::size_t i = before; i < out.size(); ++i) {
        const core::Ticket& done = out[i].who;
        const bool ours = done.session == id_ && done.first >= first && done.first - first < who.n;
        if (ours) resolved += done.n;
    }
    for (std::size_t i = resolved; i < sizes.size(); ++i) {
        if (!charges_.may_add(sizes[i])) {
            // It can't wait either: there is no room for those that do.
            const auto n = static_cast<std::uint32_t>(sizes.size() - i);
            queue->cancel({id_, first + i, n}, core::Outcome::no_memory, out);
            break;
        }
        charges_.add(first + i, incoming.object, sizes[i], sizes[i]);
    }
    if (spec.batch != core::Batch::none) note_failures(out, before);
}

/// Completions reach the session only behind this frame; what comes in it must know already.
void Session::note_failures(const core::Completions& out, std::size_t from)
{
    for (std::size_t i = from; i < out.size(); ++i) {
        if (out[i].who.session == id_) note_failure(out[i]);
    }
}

void Session::note_failure(const core::Completion& completion)
{
    if (completion.outcome == core::Outcome::ok) return;
    const core::Ticket& who = completion.who;
    const OpRange* range = ops_.find(who.first);
    if (range == nullptr || !range->batch) return;
    OpId& last = failed_puts_[completion.object];
    last = std::max(last, who.first + who.n - 1);
}

void Session::hold(const Incoming& incoming, std::size_t begin, std::span<base::Rope> items)
{
    for (std::size_t i = 0; i < items.size(); ++i) {
        PendingPut pending;
        pending.op = incoming.op(begin + i);
        pending.object = incoming.object;
        if (!charges_.may_add(items[i].size())) {
            fail_put({.first = pending.op, .object = pending.object}, Status::no_memory);
            if (skips_rest(incoming, begin + i + 1)) return;
            continue;
        }
        pending.spec = spec_of(incoming.put, begin + i);
        pending.deadline = base::deadline_after(incoming.now, incoming.put.timeout_ms);
        charges_.add(pending.op, incoming.object, items[i].size(), items[i].size());
        pending.missing = items[i].size();
        pending.arrived(items[i]);  // a small one must not keep its receive block
        ops_.set_state(pending.op, OpState::held);
        chains_.add(std::move(pending));
    }
}

Verdict Session::data(const wire::Header& header,
                      wire::Data&& data,
                      TimePoint now,
                      core::Completions& out)
{
    if (header.op > ops_.highest()) return "DATA of an operation that was never sent";
    const OpRange* range = ops_.find(header.op);
    if (range == nullptr || range->state == OpState::done) return std::nullopt;
    if (range->state != OpState::incomplete) return "DATA of a PUT that has arrived whole";
    PendingPut* pending = chains_.find(header.op);
    if (data.body.size() > pending->missing) return "DATA beyond the size of its item";
    if (!charges_.add_arrived(header.op, data.body.size())) {
        const core::ObjectId object = pending->object;
        chains_.remove(header.op);
        const OpRange failed{.first = header.op, .object = object};
        fail_put(failed, Status::no_memory);  // the rest of it is ignored
        step_chain(object, now, out);         // what it held up may be whole
        return std::nullopt;
    }
    pending->arrived(data.body);
    if (pending->missing > 0) return std::nullopt;
    pending->deadline = base::deadline_after(now, pending->timeout_ms);
    ops_.set_state(header.op, OpState::held);
    step_chain(pending->object, now, out);
    return std::nullopt;
}

void Session::apply(PendingPut&& put, TimePoint now, core::Completions& out)
{
    const OpRange range{.first = put.op, .object = put.object};
    const bool goes_on = put.spec.batch == core::Batch::goes_on;
    if (goes_on && failed_before(put.object, put.op)) return fail_put(range, Status::skipped);
    ops_.set_state(put.op, OpState::parked);
    core::Queue* queue = broker_.find(put.object);
    if (queue == nullptr) return fail_put(range, Status::closed);
    const base::TimePoint deadline = put.deadline <= now ? base::immediate : put.deadline;
    base::Rope item = put.take();
    const std::size_t before = out.size();
    queue->put({id_, put.op, 1}, std::span(&item, 1), put.spec, deadline, out);
    if (put.spec.batch != core::Batch::none) note_failures(out, before);
}

void Session::step_chain(core::ObjectId object, TimePoint now, core::Completions& out)
{
    while (std::optional<PendingPut> put = chains_.take_whole(object)) {
        apply(std::move(*put), now, out);
    }
}

}  // namespace penstock::session
