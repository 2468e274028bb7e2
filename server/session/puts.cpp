// PUT and DATA: items that arrive whole, in runs, or in parts. docs/protocol.md, section 5, rule 1.
#include "server/session/session.hpp"

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

}  // namespace

Verdict Session::put(const wire::Header& header,
                     wire::Put&& put,
                     TimePoint now,
                     core::Completions& out)
{
    if (put.batch != wire::Batch::none) return not_built(header, OpKind::put);
    OpRange range{.kind = OpKind::put, .handle = put.handle};
    Status why{};
    const core::Queue* queue = queue_of(put.handle, why);
    if (queue != nullptr) range.object = handles_.at(put.handle);
    if (Verdict bad = record(header, range)) return bad;
    if (queue == nullptr) {
        done(header.op, header.n, why);
        return std::nullopt;
    }
    std::vector<base::Rope> items = whole_items(put);
    std::size_t whole_size = 0;
    for (const base::Rope& item : items) whole_size += item.size();
    put_whole(range.object, header.op, items, put, now, out);
    if (items.size() < header.n) begin_long(range.object, header, put, whole_size);
    if (!charges_.within(limits_.put_bytes_max, range.object)) {
        return "more unresolved PUT payload than was granted";
    }
    return std::nullopt;
}

void Session::begin_long(core::ObjectId object,
                         const wire::Header& header,
                         const wire::Put& put,
                         std::size_t offset)
{
    const OpId op = header.op + header.n - 1;
    const std::uint32_t size = put.sizes.back();
    if (size > limits_.item_size_max) return done(op, 1, Status::too_large);  // DATA is ignored
    if (!charges_.may_add(size)) return done(op, 1, Status::no_memory);
    PendingPut pending;
    pending.op = op;
    pending.object = object;
    pending.content_type = put.content_type;
    pending.timeout_ms = put.timeout_ms;
    pending.missing = size;
    pending.arrived(put.body.part(offset, put.body.size() - offset));
    charges_.add(op, object, size, put.body.size() - offset);
    ops_.set_state(op, OpState::incomplete);
    chains_.add(std::move(pending));
}

void Session::put_whole(core::ObjectId object,
                        OpId first,
                        std::span<base::Rope> items,
                        const wire::Put& put,
                        TimePoint now,
                        core::Completions& out)
{
    std::size_t begin = 0;
    while (begin < items.size()) {
        std::size_t end = begin;
        while (end < items.size() && items[end].size() <= limits_.item_size_max) ++end;
        if (end == begin) {
            done(first + begin++, 1, Status::too_large);
            continue;
        }
        const std::span<base::Rope> run = items.subspan(begin, end - begin);
        if (chains_.holds(object)) {
            hold(object, first + begin, run, put, now);
        } else {
            put_run(object, first + begin, run, put, now, out);
        }
        begin = end;
    }
}

void Session::put_run(core::ObjectId object,
                      OpId first,
                      std::span<base::Rope> items,
                      const wire::Put& put,
                      TimePoint now,
                      core::Completions& out)
{
    std::vector<std::size_t> sizes;
    sizes.reserve(items.size());
    for (const base::Rope& item : items) sizes.push_back(item.size());
    const core::Ticket who{id_, first, static_cast<std::uint32_t>(items.size())};
    const std::size_t before = out.size();
    const base::TimePoint deadline = base::deadline_after(now, put.timeout_ms);
    broker_.find(object)->put(who, items, put.content_type, deadline, out);
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
            broker_.find(object)->cancel({id_, first + i, n}, core::Outcome::no_memory, out);
            break;
        }
        charges_.add(first + i, object, sizes[i], sizes[i]);
    }
}

void Session::hold(core::ObjectId object,
                   OpId first,
                   std::span<base::Rope> items,
                   const wire::Put& put,
                   TimePoint now)
{
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!charges_.may_add(items[i].size())) {
            done(first + i, 1, Status::no_memory);
            continue;
        }
        PendingPut pending;
        pending.op = first + i;
        pending.object = object;
        pending.content_type = put.content_type;
        pending.deadline = base::deadline_after(now, put.timeout_ms);
        charges_.add(pending.op, object, items[i].size(), items[i].size());
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
        done(header.op, 1, Status::no_memory);  // the rest of it is ignored
        step_chain(object, now, out);           // what it held up may be whole
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
    ops_.set_state(put.op, OpState::parked);
    core::Queue* queue = broker_.find(put.object);
    if (queue == nullptr) return done(put.op, 1, Status::closed);
    const base::TimePoint deadline = put.deadline <= now ? base::immediate : put.deadline;
    base::Rope item = put.take();
    queue->put({id_, put.op, 1}, std::span(&item, 1), put.content_type, deadline, out);
}

void Session::step_chain(core::ObjectId object, TimePoint now, core::Completions& out)
{
    while (std::optional<PendingPut> put = chains_.take_whole(object)) {
        apply(std::move(*put), now, out);
    }
}

}  // namespace penstock::session
