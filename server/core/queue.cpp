#include "server/core/queue.hpp"

#include "common/base/assert.hpp"
#include "server/core/answers.hpp"

#include <algorithm>
#include <utility>

namespace penstock::core {

Queue::Queue(
    ObjectId id, std::string name, const QueueSpec& spec, Commons& commons, ChangeLog::Row* row)
    : own_row_(commons.queue_changes),
      row_(row == nullptr ? own_row_ : *row),
      commons_(commons),
      memory_(commons.memory),
      id_(id),
      name_(std::move(name)),
      spec_(spec),
      created_(commons.now),
      slab_(memory_),
      ready_(spec.order),
      putters_(WaitKind::put, *this, commons),
      getters_(WaitKind::get, *this, commons),
      joiners_(WaitKind::join, *this, commons),
      watchers_(WaitKind::watch, *this, commons)
{
    if (row == nullptr) own_row_.add(id_);
}

Queue::~Queue()
{
    // Whoever removes a queue has called remove(); this is for the broker that ends.
    memory_.subtract(memory_used());
}

void Queue::put(
    Ticket who, std::span<base::Rope> payloads, ItemSpec spec, TimePoint deadline, Completions& out)
{
    row_.touch();
    PENSTOCK_ASSERT(payloads.size() == who.n);
    Answers answers(out);
    if (shut_down_ || ended_) commons_.put_times.add_immediate(who.n);
    if (shut_down_) {
        return fail_puts(who, spec.batch, Outcome::shut_down, answers);
    }
    if (ended_) return fail_puts(who, spec.batch, Outcome::closed, answers);
    std::uint32_t admitted = 0;
    // While others wait none is admitted: no overtaking.
    while (admitted < who.n && putters_.empty() && has_room() &&
           admits(payloads[admitted].size(), ready_.empty() && next_getter() != getters_.end())) {
        append(slab_.pack(std::move(payloads[admitted++])), spec);
        serve_getters(answers);
    }
    answers.add(id_, part(who, 0, admitted), Outcome::ok);
    const Ticket rest = part(who, admitted, who.n - admitted);
    commons_.put_times.add_immediate(deadline == base::immediate ? who.n : admitted);
    if (rest.n == 0) return;
    if (deadline == base::immediate) {
        const Outcome why = has_room() ? Outcome::no_memory : Outcome::full;
        return fail_puts(rest, spec.batch, why, answers);
    }
    Waiter waiter;
    waiter.spec = spec;
    waiter.payloads.reserve(rest.n);
    for (base::Rope& payload : payloads.subspan(admitted)) {
        waiter.payloads.push_back(Slab::keep(std::move(payload)));
    }
    putters_.add(rest, deadline, std::move(waiter));
    wait_for_memory();
    tell_watchers(answers);
}

void Queue::join(Ticket who, TimePoint deadline, Completions& out)
{
    row_.touch();
    Answers answers(out);
    if (unfinished_ == 0 || deadline == base::immediate) commons_.join_times.add_immediate(who.n);
    if (unfinished_ == 0) {
        answers.add(id_, who, Outcome::ok);
    } else if (deadline == base::immediate) {
        answers.add(id_, who, Outcome::timed_out);
    } else {
        joiners_.add(who, deadline, {});
    }
}

void Queue::watch(Ticket who, TimePoint deadline, Completions& out)
{
    Answers answers(out);
    if (calls_for_a_get()) {
        answers.add(id_, who, Outcome::ok);
    } else if (deadline == base::immediate) {
        answers.add(id_, who, Outcome::timed_out);
    } else {
        watchers_.add(who, deadline, {});
    }
}

void Queue::task_done(Ticket who, Completions& out)
{
    row_.touch();
    Answers answers(out);
    const auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(who.n, unfinished_));
    answers.add(id_, part(who, 0, n), Outcome::ok);
    answers.add(id_, part(who, n, who.n - n), Outcome::no_unfinished_task);
    count_off(n, answers);
}

void Queue::shutdown(bool immediate, Completions& out)
{
    row_.touch();
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

void Queue::party_joins(Party party, SessionId session)
{
    row_.touch();
    ++sessions_of(party)[session];
    if (party == Party::producer) ++producers_seen_;
    ++(party == Party::producer ? producers_ : consumers_);
}

void Queue::party_leaves(Party party, SessionId session, Completions& out)
{
    row_.touch();
    const auto its = sessions_of(party).find(session);
    PENSTOCK_ASSERT(its != sessions_of(party).end());
    if (--its->second == 0) sessions_of(party).erase(its);
    Answers answers(out);
    const auto expected = static_cast<std::uint64_t>(std::max(spec_.producers_expected, 1));
    if (party == Party::producer) {
        --producers_;
        ended_ |= spec_.ends_with_producers && producers_ == 0 && producers_seen_ >= expected;
    } else {
        --consumers_;
        ended_ |= spec_.ends_with_consumers && consumers_ == 0;
    }
    if (!ended_) return;
    end_all(putters_, Outcome::closed, answers);
    if (ready_.empty()) nothing_is_ready(answers);
    release_if_idle();
}

void Queue::consume(SeqRange items)
{
    row_.touch();
    auto it = assigned_.lower_bound(Place{0, items.first});
    while (it != assigned_.end() && it->first.seq - items.first < items.n) {
        forget(it->second);
        it = assigned_.erase(it);
        ++gone_;
    }
    release_if_idle();
}

void Queue::give_back(std::span<const Returning> items, Completions& out)
{
    row_.touch();
    Answers answers(out);
    std::uint64_t dropped = 0;
    for (const Returning& run : items) dropped += take_back(run.items, run.seen);
    gone_ += dropped;
    count_off(dropped, answers);
    serve_getters(answers);
    release_if_idle();
}

/// Returns how many were dropped instead.
std::uint64_t Queue::take_back(SeqRange items, Seen seen)
{
    std::uint64_t dropped = 0;
    auto it = assigned_.lower_bound(Place{0, items.first});
    while (it != assigned_.end() && it->first.seq - items.first < items.n) {
        ItemMap::node_type node = assigned_.extract(it++);
        if (drops_returned_) {
            forget(node.mapped());
            ++dropped;
            continue;
        }
        if (seen == Seen::no) --node.mapped().attempts;  // as if it had never been handed over
        if (spec_.order == Order::priority) ages_.add_ready(node.key().seq);
        ready_.take_back(std::move(node));
    }
    return dropped;
}

void Queue::cancel(Ticket who, Outcome why, Completions& out)
{
    row_.touch();
    Answers answers(out);
    const auto answer = [&](Ticket cancelled, const Waiter& waiter) {
        answers.add(waiter.any ? waiter.any->object : id_, cancelled, why);
    };
    std::optional<OpId> last_put;
    putters_.cancel(who, [&](Ticket cancelled, const Waiter& waiter) {
        answer(cancelled, waiter);
        last_put = cancelled.first + cancelled.n - 1;
    });
    if (last_put) skip_from(who.session, *last_put + 1, answers);
    getters_.cancel(who, [&](Ticket cancelled, const Waiter& waiter) {
        answer(cancelled, waiter);
        if (waiter.any) waiter.any->leave_others(*this);
    });
    joiners_.cancel(who, answer);
    watchers_.cancel(who, answer);
    release_if_idle();
}

void Queue::serve(Completions& out)
{
    row_.touch();
    Answers answers(out);
    getters_.ungate_those_with_credit();
    settle(answers);
    end_overdue(std::nullopt, answers);
}

void Queue::serve(SessionId session, Completions& out)
{
    row_.touch();
    Answers answers(out);
    getters_.ungate(session);
    settle(answers);
    end_overdue(session, answers);
}

std::uint64_t Queue::purge(Completions& out)
{
    row_.touch();
    Answers answers(out);
    const std::uint64_t dropped = drop_ready(answers);
    settle(answers);
    release_if_idle();
    return dropped;
}

void Queue::drop_all(Completions& out)
{
    drops_returned_ = true;
    (void)purge(out);
}

std::uint64_t Queue::remove(Completions& out)
{
    Answers answers(out);
    end_all(putters_, Outcome::closed, answers);
    end_all(getters_, Outcome::closed, answers);
    end_all(joiners_, Outcome::closed, answers);
    end_all(watchers_, Outcome::ok, answers);
    if (std::exchange(in_line_, false)) memory_.leave_line(id_);
    gone_ += assigned_.size();
    for (const auto& [seq, item] : assigned_) forget(item);
    assigned_.clear();
    const std::uint64_t dropped = drop_ready(answers);
    release_if_idle();
    return dropped;
}

void Queue::expire(const Deadlines::Due& due, Answers& answers)
{
    row_.touch();
    WaitList& list = waiting(due.kind);
    const WaitList::Iterator it = list.find(due.waiter);
    PENSTOCK_ASSERT(it != list.end());
    Outcome outcome = Outcome::timed_out;
    switch (due.kind) {
        case WaitKind::put:
            outcome = has_room() ? Outcome::no_memory : Outcome::full;
            break;
        case WaitKind::get:
            return expire_get(it, answers);
        case WaitKind::join:
        case WaitKind::watch:
            break;
    }
    const Ticket who = WaitList::ticket(it);
    const Batch batch = it->second.spec.batch;
    list.erase(it);
    if (due.kind == WaitKind::put) {
        fail_puts(who, batch, outcome, answers);
        release_if_idle();
    } else {
        answers.add(id_, who, outcome);
    }
}

WaitList& Queue::waiting(WaitKind kind)
{
    switch (kind) {
        case WaitKind::put:
            return putters_;
        case WaitKind::get:
            return getters_;
        case WaitKind::watch:
            return watchers_;
        case WaitKind::join:
            break;
    }
    return joiners_;
}

std::uint64_t Queue::memory_used() const
{
    std::uint64_t used = ready_.kept();
    for (const auto& [seq, item] : assigned_) used += kept_cost(item.payload.size());
    return used;
}

/// A queue that holds nothing owns no block.
void Queue::release_if_idle()
{
    if (!ready_.empty() || !assigned_.empty()) return;
    slab_.release();
    ages_.clear();
}

void Queue::check_invariants() const
{
    ready_.check_invariants(assigned_);
    putters_.check_invariants();
    getters_.check_invariants();
    joiners_.check_invariants();
    watchers_.check_invariants();
    PENSTOCK_ASSERT(watchers_.empty() || !calls_for_a_get());
    PENSTOCK_ASSERT(putters_.empty() || (!shut_down_ && !ended_));
    PENSTOCK_ASSERT(!wants_memory() || in_line_);
    // Whoever has credit again is served: his credit knows this queue.
    PENSTOCK_ASSERT(paused_ || getters_.all_gated() || (ready_.empty() && !wants_memory()));
    PENSTOCK_ASSERT(joiners_.empty() || unfinished_ > 0);
    PENSTOCK_ASSERT(last_seq_ == ready_.size() + assigned_.size() + gone_);
    PENSTOCK_ASSERT(unfinished_ <= last_seq_);
    for (const auto& [key, waiter] : getters_) {
        // Whoever gave the credit back called serve().
        PENSTOCK_ASSERT(paused_ || ready_.empty() || waiter.credit->bytes <= 0);
        PENSTOCK_ASSERT(paused_ || !wants_memory() || waiter.credit->bytes <= 0);
        PENSTOCK_ASSERT(!end());
        if (!waiter.any) {
            PENSTOCK_ASSERT(!waiter.overdue || has_ready());
            continue;
        }
        const std::vector<Queue*>& queues = waiter.any->queues;
        PENSTOCK_ASSERT(std::count(queues.begin(), queues.end(), this) == 1);
        PENSTOCK_ASSERT(!waiter.overdue || waiter.credit->bytes <= 0);
        for (Queue* queue : queues) {
            const WaitList::Iterator it = queue->getters_.find(key);
            PENSTOCK_ASSERT(it != queue->getters_.end() && it->second.any == waiter.any);
        }
    }
}

}  // namespace penstock::core
