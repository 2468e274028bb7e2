#include "server/core/wait_list.hpp"

#include "common/base/assert.hpp"
#include "server/core/queue.hpp"

#include <iterator>

namespace penstock::core {

namespace {

/// What is left of a range stands behind what went.
void lose_first(Waiter& waiter)
{
    if (waiter.spec.batch == Batch::begins) waiter.spec.batch = Batch::goes_on;
}

}  // namespace

WaitList::WaitList(WaitKind kind, Queue& queue, Commons& commons)
    : kind_(kind), queue_(queue), commons_(commons), deadlines_(commons.deadlines)
{}

WaitList::~WaitList()
{
    for (const auto& [key, waiter] : waiters_) deadlines_.remove(waiter.deadline);
}

WaitList::Iterator WaitList::add(Ticket who, TimePoint deadline, Waiter waiter)
{
    PENSTOCK_ASSERT(who.n > 0);
    const WaitKey key{who.session, who.first + who.n - 1};
    waiter.first = who.first;
    waiter.arrival = deadlines_.next_arrival();
    waiter.since = commons_.now;
    waiter.deadline = waiter.overdue
                          ? deadlines_.none()
                          : deadlines_.add(deadline, waiter.arrival, {&queue_, kind_, key});
    const auto [it, added] = waiters_.try_emplace(key, std::move(waiter));
    PENSTOCK_ASSERT(added);
    PENSTOCK_ASSERT(std::next(it) == end() || std::next(it)->first.session != who.session);
    const bool first_of_session = it == begin() || std::prev(it)->first.session != who.session;
    PENSTOCK_ASSERT(first_of_session || std::prev(it)->first.last < who.first);
    if (first_of_session) turns_.emplace_hint(turns_.end(), it->second.arrival, who.session);
    if (it->second.overdue) overdue_with(it->second).insert(key);
    ops_ += who.n;
    return it;
}

bool WaitList::waits(SessionId session) const
{
    if (waiters_.empty()) return false;
    const auto it = waiters_.lower_bound({session, 0});
    return it != waiters_.end() && it->first.session == session;
}

std::vector<SessionWait> WaitList::longest(std::size_t limit) const
{
    std::vector<SessionWait> result;
    auto turn = turns_.begin();
    auto gated = gated_.begin();
    while (result.size() < limit && (turn != turns_.end() || gated != gated_.end())) {
        const bool in_turn = gated == gated_.end() || (turn != turns_.end() && *turn < *gated);
        result.push_back(wait_of((in_turn ? turn++ : gated++)->second));
    }
    return result;
}

SessionWait WaitList::wait_of(SessionId session) const
{
    auto it = waiters_.lower_bound({session, 0});
    SessionWait wait{session, 0, it->second.since};
    for (std::size_t ranges = 0; it != end() && it->first.session == session; ++it) {
        if (ranges++ == ranges_counted_max) break;
        wait.operations += it->first.last - it->second.first + 1;
    }
    return wait;
}

Ticket WaitList::ticket(Iterator it)
{
    const auto n = static_cast<std::uint32_t>(it->first.last - it->second.first + 1);
    return {it->first.session, it->second.first, n};
}

WaitList::Iterator WaitList::front()
{
    return turns_.empty() ? end() : head(turns_.begin()->second);
}

WaitList::Iterator WaitList::head(SessionId session)
{
    const Iterator it = waiters_.lower_bound({session, 0});
    PENSTOCK_ASSERT(it != end() && it->first.session == session);
    return it;
}

void WaitList::advance(Iterator it, std::uint32_t n)
{
    const Ticket waiting = ticket(it);
    PENSTOCK_ASSERT(n <= waiting.n);
    if (n == waiting.n) {
        erase(it);
        return;
    }
    count_answered(it->second, n);
    lose_first(it->second);
    it->second.first += n;
    it->second.payloads_used += n;
    ops_ -= n;
}

WaitList::Iterator WaitList::erase(Iterator it)
{
    const SessionId session = it->first.session;
    const Iterator next = std::next(it);
    const bool was_head = it == begin() || std::prev(it)->first.session != session;
    if (was_head) {
        const Turns::value_type turn(it->second.arrival, session);
        Turns& turns = turns_.contains(turn) ? turns_ : gated_;
        Turns::node_type node = turns.extract(turn);
        PENSTOCK_ASSERT(!node.empty());
        if (next != end() && next->first.session == session) {
            node.value().first = next->second.arrival;
            turns.insert(std::move(node));
        } else if (&turns == &gated_) {
            not_starved(it->second);
        }
    }
    if (it->second.overdue) overdue_with(it->second).erase(it->first);
    count_answered(it->second, ticket(it).n);
    ops_ -= ticket(it).n;
    deadlines_.remove(it->second.deadline);
    waiters_.erase(it);
    return next;
}

/// One that waits in other lists, too, leaves them all when it is answered: AnyGet counts it.
void WaitList::count_answered(const Waiter& waiter, std::uint64_t n)
{
    const base::Duration waited = commons_.now - waiter.since;
    switch (kind_) {
        case WaitKind::put:
            return commons_.put_times.add(waited, n);
        case WaitKind::get:
            if (!waiter.any) commons_.get_times.add(waited, n);
            return;
        case WaitKind::join:
            return commons_.join_times.add(waited, n);
        case WaitKind::watch:
            return;
    }
}

void WaitList::set_overdue(Iterator it)
{
    deadlines_.remove(it->second.deadline);
    it->second.deadline = deadlines_.none();
    it->second.overdue = true;
    overdue_with(it->second).insert(it->first);
}

WaitList::Iterator WaitList::cut(Iterator it, OpId first, OpId last)
{
    const auto n = static_cast<std::uint32_t>(last - first + 1);
    const Iterator next = std::next(it);
    if (first == it->second.first) {
        advance(it, n);
    } else if (last == it->first.last) {
        count_answered(it->second, n);
        cut_tail(it, first);
        ops_ -= n;
    } else {
        count_answered(it->second, n);
        cut_middle(it, first, last);
        ops_ -= n;
    }
    return next;
}

void WaitList::cut_tail(Iterator it, OpId first)
{
    Waiter& waiter = it->second;
    const WaitKey key{it->first.session, first - 1};
    if (!waiter.payloads.empty()) {
        waiter.payloads.resize(waiter.payloads_used +
                               static_cast<std::size_t>(first - waiter.first));
    }
    deadlines_.rename(waiter.deadline, key);
    if (waiter.overdue) {
        overdue_with(waiter).erase(it->first);
        overdue_with(waiter).insert(key);
    }
    Waiters::node_type node = waiters_.extract(it);
    node.key() = key;
    const auto result = waiters_.insert(std::move(node));
    PENSTOCK_ASSERT(result.inserted);
}

void WaitList::cut_middle(Iterator it, OpId first, OpId last)
{
    // The rest keeps its node; what lies before the cut becomes a range of its own. Both keep
    // their place: they share the arrival, and the session's turn is at that.
    Waiter& rest = it->second;
    const WaitKey key{it->first.session, first - 1};
    Waiter front = rest;
    front.deadline = deadlines_.add_front_part(rest.deadline, key);
    if (!rest.payloads.empty()) {
        const auto kept = front.payloads_used + static_cast<std::size_t>(first - rest.first);
        front.payloads.resize(kept);
        rest.payloads_used += static_cast<std::size_t>(last + 1 - rest.first);
        std::fill_n(rest.payloads.begin(), rest.payloads_used, base::Rope());
    }
    lose_first(rest);
    rest.first = last + 1;
    if (rest.overdue) overdue_with(rest).insert(key);
    waiters_.emplace_hint(it, key, std::move(front));
}

void WaitList::gate(Iterator it)
{
    Turns::node_type node = turns_.extract({it->second.arrival, it->first.session});
    PENSTOCK_ASSERT(!node.empty());
    gated_.insert(std::move(node));
    it->second.credit->starved.insert(queue_.id());
}

void WaitList::not_starved(const Waiter& waiter)
{
    waiter.credit->starved.erase(queue_.id());
}

void WaitList::ungate(SessionId session)
{
    if (gated_.empty() || !waits(session)) return;
    const Waiter& first = head(session)->second;
    Turns::node_type node = gated_.extract({first.arrival, session});
    if (node.empty()) return;
    turns_.insert(std::move(node));
    not_starved(first);
}

void WaitList::ungate_those_with_credit()
{
    for (auto it = gated_.begin(); it != gated_.end();) {
        const auto turn = it++;
        const Waiter& first = head(turn->second)->second;
        if (first.credit->bytes <= 0) continue;
        turns_.insert(gated_.extract(turn));
        not_starved(first);
    }
}

void WaitList::check_invariants() const
{
    std::uint64_t ops = 0;
    std::size_t sessions = 0;
    const Waiters::value_type* before = nullptr;
    for (const Waiters::value_type& entry : waiters_) {
        const auto& [key, waiter] = entry;
        PENSTOCK_ASSERT(waiter.first <= key.last);
        const bool is_head = before == nullptr || before->first.session != key.session;
        if (is_head) {
            ++sessions;
            const Turns::value_type turn(waiter.arrival, key.session);
            const bool gated = gated_.contains(turn);
            PENSTOCK_ASSERT(turns_.contains(turn) != gated);
            PENSTOCK_ASSERT(waiter.credit == nullptr ||
                            waiter.credit->starved.contains(queue_.id()) == gated);
        } else {
            PENSTOCK_ASSERT(before->first.last < waiter.first);
            PENSTOCK_ASSERT(before->second.arrival <= waiter.arrival);
        }
        const OpId n = key.last - waiter.first + 1;
        ops += n;
        PENSTOCK_ASSERT(kind_ != WaitKind::put ||
                        waiter.payloads.size() - waiter.payloads_used == n);
        PENSTOCK_ASSERT(waiter.overdue == (waiter.any ? overdue_any_ : overdue_).contains(key));
        PENSTOCK_ASSERT(!waiter.any || waiter.first == key.last);
        if (waiter.deadline != deadlines_.none()) {
            const Deadlines::Due& due = waiter.deadline->second;
            PENSTOCK_ASSERT(due.queue == &queue_ && due.kind == kind_ && due.waiter == key);
        }
        before = &entry;
    }
    PENSTOCK_ASSERT(ops == ops_);
    PENSTOCK_ASSERT(sessions == turns_.size() + gated_.size());
}

}  // namespace penstock::core
