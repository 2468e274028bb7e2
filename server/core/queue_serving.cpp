// How items find getters and putters find room: the private half of Queue.
#include "server/core/answers.hpp"
#include "server/core/queue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace penstock::core {

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
    if (item.attempts < std::numeric_limits<std::uint16_t>::max()) ++item.attempts;
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

}  // namespace penstock::core
