// What a session was handed, until it is acknowledged, done or given back.
#include "server/session/session.hpp"

#include <utility>
#include <vector>

namespace penstock::session {

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
    core::Queue* queue = settle_items(range);
    if (queue != nullptr && queue->spec().until_task_done) {
        lease(range);
    } else if (queue != nullptr) {
        for_items(range,
                  [queue](OpId, std::uint64_t, core::SeqRange items) { queue->consume(items); });
    }
    forget_items(range);
    if (!passed_.empty()) forget_passed(range.first, range.n);
    ops_.free(range.first, range.n);
}

/// They stay assigned until they are done.
void Session::lease(const OpRange& range)
{
    for_items(range, [&](OpId op, std::uint64_t index, core::SeqRange items) {
        for (std::uint64_t i = 0; i < items.n; ++i) {
            const auto item = range.several ? std::pair(op, index + i) : std::pair(op + i, index);
            leases_.emplace(item, Lease{range.object, items.first + i});
        }
    });
}

bool Session::holds_item_of(OpId op) const
{
    const auto lease = leases_.lower_bound({op, 0});
    return (lease != leases_.end() && lease->first.first == op) || ops_.find(op) != nullptr;
}

/// The item of a GET that is not acknowledged is done, and with it acknowledged. Returns where it
/// was; nothing if there is no such item.
std::optional<core::ObjectId> Session::finish_kept(OpId op, std::uint64_t index)
{
    std::optional<OpRange> got;
    ops_.for_each(op, 1, [&got](const OpRange& range) {
        got = range;
        return true;
    });
    if (!got || got->seq == 0) return std::nullopt;
    if (got->several) {
        if (!several_.at(op).find(index)) return std::nullopt;
        finish_one_of_several(*got, index);
    } else {
        if (index != 1) return std::nullopt;
        if (core::Queue* queue = settle_items(*got)) queue->consume({got->seq, 1});
        ops_.free(op, 1);
    }
    return got->object;
}

void Session::finish_one_of_several(const OpRange& range, std::uint64_t index)
{
    GotItems& items = several_.at(range.first);
    if (core::Queue* queue = broker_.find(range.object)) {
        const core::SeqRange item{*items.find(index), 1};
        unacknowledged_.subtract(range.object, 1, queue->assigned_bytes(item));
        queue->consume(item);
    } else {
        unacknowledged_.forget(range.object, 1);
    }
    items.remove(index);
    if (!items.empty()) return;
    forget_items(range);
    ops_.free(range.first, 1);
}

core::Queue* Session::settle_items(const OpRange& range)
{
    // The items of a done get leave this session's account; null when there is no queue to tell.
    if (range.seq == 0) return nullptr;
    core::Queue* queue = broker_.find(range.object);
    std::uint64_t n = 0;
    std::uint64_t bytes = 0;
    for_items(range, [&](OpId, std::uint64_t, core::SeqRange items) {
        n += items.n;
        if (queue != nullptr) bytes += queue->assigned_bytes(items);
    });
    if (queue == nullptr) {
        unacknowledged_.forget(range.object, n);
    } else {
        unacknowledged_.subtract(range.object, n, bytes);
    }
    return queue;
}

void Session::forget_items(const OpRange& range)
{
    if (range.several) several_.erase(range.first);
}

void Session::give_back(const OpRange& range, core::Seen seen, core::Completions& out)
{
    for (OpId op = range.first; op < range.end(); ++op) outbox_.drop_rest(op);
    ops_.finish(range.first, range.n, Status::cancelled);
    if (core::Queue* queue = settle_items(range)) {
        std::vector<core::Returning> items;
        for_items(range, [&](OpId, std::uint64_t, core::SeqRange run) {
            items.push_back({run, seen});
        });
        queue->give_back(items, out);
    }
    forget_items(range);
}

}  // namespace penstock::session
