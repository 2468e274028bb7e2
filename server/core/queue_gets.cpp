// How gets wait and how they end without an item: the getters' part of Queue.
#include "common/base/assert.hpp"
#include "server/core/answers.hpp"
#include "server/core/queue.hpp"

#include <utility>

namespace penstock::core {

void Queue::get(
    Ticket who, GetCredit& credit, TimePoint deadline, Completions& out, std::uint32_t max)
{
    row_.touch();
    PENSTOCK_ASSERT(max > 0);
    Answers answers(out);
    // A session's gets are served in their order, and so not past those of it that lack credit.
    const bool behind_others = getters_.waits(who.session);
    const std::uint32_t taken = behind_others ? 0 : take_ready(who, credit, max, answers);
    if (ready_.empty()) nothing_is_ready(answers);
    const Ticket rest = part(who, taken, who.n - taken);
    commons_.get_times.add_immediate(taken);
    if (rest.n == 0) return;
    if (const std::optional<Outcome> why = end()) {
        commons_.get_times.add_immediate(rest.n);
        answers.add(id_, rest, *why);
        return;
    }
    if (!has_ready() && deadline == base::immediate) {
        commons_.get_times.add_immediate(rest.n);
        answers.add(id_, rest, Outcome::empty);
        return;
    }
    Waiter waiter;
    waiter.credit = &credit;
    waiter.max = max;
    waiter.empty_moments_before = empty_moments_;
    if (!has_ready()) ++empty_moments_;  // this moment counts for it
    wait(rest, std::move(waiter), deadline);
}

/// Nothing is there for them, or their session has no credit. Then it is set aside, and served when
/// it has: what only waits for memory is a getter's to take, too.
void Queue::wait(Ticket who, Waiter waiter, TimePoint deadline)
{
    waiter.overdue = deadline == base::immediate;
    getters_.add(who, deadline, std::move(waiter));
    if (!ready_.empty() || wants_memory()) (void)next_getter();
}

bool Queue::get_now(Ticket op, GetCredit& credit, Completions& out, std::uint32_t max)
{
    row_.touch();
    Answers answers(out);
    if (getters_.waits(op.session) || take_ready(op, credit, max, answers) == 0) return false;
    if (ready_.empty()) nothing_is_ready(answers);
    commons_.get_times.add_immediate(1);
    return true;
}

void Queue::wait_with(const std::shared_ptr<AnyGet>& any,
                      GetCredit& credit,
                      TimePoint deadline,
                      std::uint32_t max)
{
    row_.touch();
    Waiter waiter;
    waiter.credit = &credit;
    waiter.max = max;
    waiter.any = any;
    wait(any->who, std::move(waiter), deadline);
}

void Queue::leave(Ticket op)
{
    row_.touch();
    const WaitList::Iterator it = getters_.find({op.session, op.first});
    if (it != getters_.end()) getters_.erase(it);
}

void Queue::count_answered(const AnyGet& any)
{
    commons_.get_times.add(commons_.now - any.since, 1);
}

void Queue::set_overdue(Ticket op)
{
    const WaitList::Iterator it = getters_.find({op.session, op.first});
    PENSTOCK_ASSERT(it != getters_.end());
    getters_.set_overdue(it);
}

void Queue::expire_get(WaitList::Iterator it, Answers& answers)
{
    const std::shared_ptr<AnyGet> any = it->second.any;
    const Ticket who = WaitList::ticket(it);
    if (any && !any->nothing_was_ready && !any->nothing_is_ready()) {
        any->set_overdue();
    } else if (any) {
        any->leave_others(*this);
        getters_.erase(it);
        answers.add(any->object, who, Outcome::empty);
    } else if (it->second.empty_moments_before == empty_moments_) {
        getters_.set_overdue(it);
    } else {
        getters_.erase(it);
        answers.add(id_, who, Outcome::empty);
    }
}

std::optional<Outcome> Queue::end() const
{
    if (!ready_.empty() || (!shut_down_ && !ended_)) return std::nullopt;
    if (spec_.until_task_done && unfinished_ > 0) return std::nullopt;
    return shut_down_ ? Outcome::shut_down : Outcome::eof;
}

void Queue::nothing_is_ready(Answers& answers)
{
    ++empty_moments_;
    tell_watchers(answers);
    // Here belongs the wait for what is assigned to sessions that may yet give it back (they are
    // suspended), once the core is told about them: the end of a queue is final for a consumer.
    if (const std::optional<Outcome> why = end()) return end_getters(*why, answers);
    // One that waits elsewhere, too, is looked at when its credit is back: see end_overdue.
    getters_.remove_overdue([&](Ticket who) { answers.add(id_, who, Outcome::empty); });
}

/// One that waits elsewhere, too, waits on there.
void Queue::end_getters(Outcome why, Answers& answers)
{
    for (WaitList::Iterator it = getters_.begin(); it != getters_.end();) {
        const Ticket who = WaitList::ticket(it);
        const bool overdue = it->second.overdue;
        const std::shared_ptr<AnyGet> any = it->second.any;
        it = getters_.erase(it);
        if (any) std::erase(any->queues, this);
        if (!any || any->queues.empty()) {
            if (any) count_answered(*any);
            answers.add(any ? any->object : id_, who, why);
        } else if (overdue && any->nothing_is_ready()) {
            any->leave_others(*this);
            answers.add(any->object, who, Outcome::empty);
        }
    }
}

/// Those that wait elsewhere, too, and can be answered since their credit is back: what kept them
/// waiting beyond their deadlines may be gone.
void Queue::end_overdue(std::optional<SessionId> session, Answers& answers)
{
    getters_.remove_overdue_any(session, [&](WaitList::Iterator it) {
        const Waiter& waiter = it->second;
        if (waiter.credit->bytes <= 0) return false;
        if (!waiter.any->nothing_is_ready()) return false;
        waiter.any->leave_others(*this);
        answers.add(waiter.any->object, WaitList::ticket(it), Outcome::empty);
        return true;
    });
}

}  // namespace penstock::core
