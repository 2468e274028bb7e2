#include "server/core/queue.hpp"

#include "common/base/assert.hpp"
#include "server/core/answers.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace penstock::core {

namespace {

Ticket part(Ticket who, std::uint32_t offset, std::uint32_t n)
{
    return {who.session, who.first + offset, n};
}

}  // namespace

Queue::Queue(ObjectId id, std::string name, const QueueSpec& spec, Deadlines& deadlines)
    : id_(id),
      name_(std::move(name)),
      maxsize_(std::max<std::int64_t>(spec.maxsize, 0)),
      putters_(WaitKind::put, *this, deadlines),
      getters_(WaitKind::get, *this, deadlines),
      joiners_(WaitKind::join, *this, deadlines)
{}

void Queue::put(Ticket who,
                std::span<base::Rope> payloads,
                std::uint8_t content_type,
                TimePoint deadline,
                Completions& out)
{
    PENSTOCK_ASSERT(payloads.size() == who.n);
    Answers answers(out);
    if (shut_down_) {
        answers.add(id_, who, Outcome::shut_down);
        return;
    }
    std::uint32_t admitted = 0;
    if (putters_.empty()) {
        while (admitted < who.n && has_room()) {
            append(slab_.pack(std::move(payloads[admitted++])), content_type);
            serve_getters(answers);
        }
    }
    answers.add(id_, part(who, 0, admitted), Outcome::ok);
    const Ticket rest = part(who, admitted, who.n - admitted);
    if (rest.n == 0) return;
    if (deadline == base::immediate) {
        answers.add(id_, rest, Outcome::full);
        return;
    }
    Waiter waiter;
    waiter.content_type = content_type;
    waiter.payloads.reserve(rest.n);
    for (base::Rope& payload : payloads.subspan(admitted)) {
        waiter.payloads.push_back(slab_.pack(std::move(payload)));
    }
    putters_.add(rest, deadline, std::move(waiter));
}

void Queue::get(Ticket who, GetCredit& credit, TimePoint deadline, Completions& out)
{
    Answers answers(out);
    // A session's gets are served in their order, and so not past those of it that lack credit.
    const std::uint32_t taken = getters_.waits(who.session) ? 0 : take_ready(who, credit, answers);
    if (ready_.empty()) nothing_is_ready(answers);
    const Ticket rest = part(who, taken, who.n - taken);
    if (rest.n == 0) return;
    if (ready_.empty() && shut_down_) {
        answers.add(id_, rest, Outcome::shut_down);
        return;
    }
    if (ready_.empty() && deadline == base::immediate) {
        answers.add(id_, rest, Outcome::empty);
        return;
    }
    Waiter waiter;
    waiter.credit = &credit;
    waiter.empty_moments_before = empty_moments_;
    if (ready_.empty()) ++empty_moments_;  // this moment counts for it
    waiter.overdue = deadline == base::immediate;
    has_overdue_ |= waiter.overdue;
    getters_.add(rest, deadline, std::move(waiter));
    serve_getters(answers);  // sets its session aside if it is its credit that keeps it waiting
}

void Queue::join(Ticket who, TimePoint deadline, Completions& out)
{
    Answers answers(out);
    if (unfinished_ == 0) {
        answers.add(id_, who, Outcome::ok);
    } else if (deadline == base::immediate) {
        answers.add(id_, who, Outcome::timed_out);
    } else {
        joiners_.add(who, deadline, {});
    }
}

void Queue::task_done(Ticket who, Completions& out)
{
    Answers answers(out);
    const auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(who.n, unfinished_));
    answers.add(id_, part(who, 0, n), Outcome::ok);
    answers.add(id_, part(who, n, who.n - n), Outcome::no_unfinished_task);
    count_off(n, answers);
}

void Queue::shutdown(bool immediate, Completions& out)
{
    Answers answers(out);
    shut_down_ = true;
    end_all(putters_, Outcome::shut_down, answers);
    if (immediate) {
        drops_returned_ = true;
        drop_ready(answers);
    }
    if (ready_.empty()) nothing_is_ready(answers);
    release_if_idle();
}

void Queue::consume(SeqRange items)
{
    auto it = assigned_.lower_bound(items.first);
    while (it != assigned_.end() && it->first - items.first < items.n) {
        it = assigned_.erase(it);
        ++gone_;
    }
    release_if_idle();
}

void Queue::give_back(SeqRange items, Seen seen, Completions& out)
{
    Answers answers(out);
    std::uint64_t dropped = 0;
    auto it = assigned_.lower_bound(items.first);
    while (it != assigned_.end() && it->first - items.first < items.n) {
        ItemMap::node_type node = assigned_.extract(it++);
        if (drops_returned_) {
            ++dropped;
            continue;
        }
        std::uint16_t& attempts = node.mapped().attempts;
        const bool counts = seen == Seen::maybe;
        if (counts && attempts < std::numeric_limits<std::uint16_t>::max()) ++attempts;
        ready_.take_back(std::move(node));
    }
    gone_ += dropped;
    count_off(dropped, answers);
    serve_getters(answers);
    release_if_idle();
}

void Queue::cancel(Ticket who, Outcome why, Completions& out)
{
    Answers answers(out);
    const auto answer = [&](Ticket cancelled) { answers.add(id_, cancelled, why); };
    putters_.cancel(who, answer);
    getters_.cancel(who, answer);
    joiners_.cancel(who, answer);
    release_if_idle();
}

void Queue::serve(Completions& out)
{
    Answers answers(out);
    getters_.ungate_those_with_credit();
    settle(answers);
}

void Queue::serve(SessionId session, Completions& out)
{
    Answers answers(out);
    getters_.ungate(session);
    settle(answers);
}

std::uint64_t Queue::purge(Completions& out)
{
    Answers answers(out);
    const std::uint64_t dropped = drop_ready(answers);
    settle(answers);
    release_if_idle();
    return dropped;
}

std::uint64_t Queue::remove(Completions& out)
{
    Answers answers(out);
    end_all(putters_, Outcome::closed, answers);
    end_all(getters_, Outcome::closed, answers);
    end_all(joiners_, Outcome::closed, answers);
    gone_ += assigned_.size();
    assigned_.clear();
    const std::uint64_t dropped = drop_ready(answers);
    release_if_idle();
    return dropped;
}

QueueStats Queue::stats() const
{
    return {
        .name = name_,
        .object = id_,
        .maxsize = maxsize_,
        .ready = ready_.size(),
        .ready_bytes = ready_.bytes(),
        .assigned = assigned_.size(),
        .unfinished = unfinished_,
        .putters = putters_.ops(),
        .getters = getters_.ops(),
        .joiners = joiners_.ops(),
        .put_total = last_seq_,
        .get_total = get_total_,
        .shut_down = shut_down_,
    };
}

std::vector<PeekedItem> Queue::peek(std::uint64_t offset, std::size_t limit) const
{
    return ready_.peek(offset, limit);
}

const AssignedItem* Queue::assigned(Seq seq) const
{
    const auto it = assigned_.find(seq);
    return it == assigned_.end() ? nullptr : &it->second;
}

void Queue::expire(const Deadlines::Due& due, Answers& answers)
{
    WaitList& list = waiting(due.kind);
    const WaitList::Iterator it = list.find(due.waiter);
    PENSTOCK_ASSERT(it != list.end());
    Outcome outcome = Outcome::timed_out;
    switch (due.kind) {
        case WaitKind::put:
            outcome = Outcome::full;
            break;
        case WaitKind::get:
            outcome = Outcome::empty;
            if (it->second.empty_moments_before == empty_moments_) {
                list.set_overdue(it);
                has_overdue_ = true;
                return;
            }
            break;
        case WaitKind::join:
            break;
    }
    answers.add(id_, WaitList::ticket(it), outcome);
    list.erase(it);
    if (due.kind == WaitKind::put) release_if_idle();
}

bool Queue::has_room() const
{
    return maxsize_ == 0 || ready_.size() < static_cast<std::uint64_t>(maxsize_);
}

/// `payload` is packed.
void Queue::append(base::Rope&& payload, std::uint8_t content_type)
{
    AssignedItem item;
    item.seq = ++last_seq_;
    item.content_type = content_type;
    item.payload = std::move(payload);
    ready_.append(std::move(item));
    ++unfinished_;
}

void Queue::assign_first(Ticket op, GetCredit& credit, Answers& answers)
{
    AssignedItem& item = ready_.move_first_to(assigned_);
    item.queue_is_closed = shut_down_;
    credit.bytes -= std::max<std::int64_t>(static_cast<std::int64_t>(item.payload.size()), 1);
    ++get_total_;
    answers.add_item(id_, op, item);
}

/// Serves a getter that needn't wait; returns how many of its operations are done.
std::uint32_t Queue::take_ready(Ticket who, GetCredit& credit, Answers& answers)
{
    std::uint32_t taken = 0;
    do {
        while (taken < who.n && !ready_.empty() && credit.bytes > 0) {
            assign_first(part(who, taken++, 1), credit, answers);
        }
    } while (admit_putters(answers));
    return taken;
}

void Queue::serve_getters(Answers& answers)
{
    while (!ready_.empty()) {
        const WaitList::Iterator it = getters_.front();
        if (it == getters_.end()) return;
        GetCredit& credit = *it->second.credit;
        if (credit.bytes <= 0) {
            getters_.gate(it);
            continue;
        }
        assign_first(part(WaitList::ticket(it), 0, 1), credit, answers);
        getters_.advance(it, 1);
    }
}

/// Returns whether there was room for one.
bool Queue::admit_putters(Answers& answers)
{
    bool any = false;
    while (!putters_.empty() && has_room()) {
        any = true;
        const WaitList::Iterator it = putters_.front();
        const Ticket who = WaitList::ticket(it);
        Waiter& waiter = it->second;
        std::uint32_t n = 0;
        while (n < who.n && has_room()) {
            append(std::move(waiter.payloads[waiter.payloads_used + n++]), waiter.content_type);
        }
        answers.add(id_, part(who, 0, n), Outcome::ok);
        putters_.advance(it, n);
    }
    return any;
}

/// Items to getters, room to putters, until nothing moves.
void Queue::settle(Answers& answers)
{
    do {
        serve_getters(answers);
    } while (admit_putters(answers));
    if (ready_.empty()) nothing_is_ready(answers);
}

void Queue::nothing_is_ready(Answers& answers)
{
    ++empty_moments_;
    // Here belongs the wait for what is assigned to sessions that may yet give it back (they are
    // suspended), once the core is told about them: the end of a queue is final for a consumer.
    if (shut_down_) {
        end_all(getters_, Outcome::shut_down, answers);
        has_overdue_ = false;
        return;
    }
    if (!has_overdue_) return;
    has_overdue_ = false;
    for (WaitList::Iterator it = getters_.begin(); it != getters_.end();) {
        if (!it->second.overdue) {
            ++it;
            continue;
        }
        answers.add(id_, WaitList::ticket(it), Outcome::empty);
        it = getters_.erase(it);
    }
}

void Queue::end_all(WaitList& list, Outcome why, Answers& answers)
{
    for (WaitList::Iterator it = list.begin(); it != list.end();) {
        answers.add(id_, WaitList::ticket(it), why);
        it = list.erase(it);
    }
}

std::uint64_t Queue::drop_ready(Answers& answers)
{
    const std::uint64_t dropped = ready_.size();
    ready_.clear();
    gone_ += dropped;
    count_off(dropped, answers);
    return dropped;
}

/// As Python does: what task_done counted off too early isn't counted off again.
void Queue::count_off(std::uint64_t n, Answers& answers)
{
    unfinished_ -= std::min(n, unfinished_);
    if (unfinished_ == 0) end_all(joiners_, Outcome::ok, answers);
}

WaitList& Queue::waiting(WaitKind kind)
{
    switch (kind) {
        case WaitKind::put:
            return putters_;
        case WaitKind::get:
            return getters_;
        case WaitKind::join:
            break;
    }
    return joiners_;
}

/// A queue that holds nothing owns no block.
void Queue::release_if_idle()
{
    if (ready_.empty() && assigned_.empty() && putters_.empty()) slab_.release();
}

void Queue::check_invariants() const
{
    ready_.check_invariants(assigned_);
    putters_.check_invariants();
    getters_.check_invariants();
    joiners_.check_invariants();
    PENSTOCK_ASSERT(putters_.empty() || (!has_room() && !shut_down_));
    PENSTOCK_ASSERT(joiners_.empty() || unfinished_ > 0);
    PENSTOCK_ASSERT(last_seq_ == ready_.size() + assigned_.size() + gone_);
    PENSTOCK_ASSERT(unfinished_ <= last_seq_);
    for (const auto& [key, waiter] : getters_) {
        // Whoever gave the credit back called serve().
        PENSTOCK_ASSERT(ready_.empty() || waiter.credit->bytes <= 0);
        PENSTOCK_ASSERT(!ready_.empty() || !shut_down_);
        PENSTOCK_ASSERT(!waiter.overdue || (has_overdue_ && !ready_.empty()));
    }
}

}  // namespace penstock::core
