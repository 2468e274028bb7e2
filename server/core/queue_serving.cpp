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

/// An item that a getter takes at once doesn't wait for memory: it is what makes room again.
bool Queue::admits(std::size_t payload_size, bool taken_at_once)
{
    return taken_at_once || memory_.admits(id_, item_cost(payload_size));
}

/// `payload` is packed.
void Queue::append(base::Rope&& payload, std::uint8_t content_type)
{
    memory_.add(kept_cost(payload.size()));
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
    bool takes_more = false;
    do {
        while (taken < who.n && !ready_.empty() && credit.bytes > 0) {
            assign_first(part(who, taken++, 1), credit, answers);
        }
        takes_more = taken < who.n && credit.bytes > 0;
    } while (admit_putters(answers, takes_more));
    return taken;
}

void Queue::serve_getters(Answers& answers)
{
    while (!ready_.empty()) {
        const WaitList::Iterator it = next_getter();
        if (it == getters_.end()) return;
        assign_first(part(WaitList::ticket(it), 0, 1), *it->second.credit, answers);
        getters_.advance(it, 1);
    }
}

/// The getter whose turn it is; those without credit are set aside.
WaitList::Iterator Queue::next_getter()
{
    WaitList::Iterator it = getters_.front();
    while (it != getters_.end() && it->second.credit->bytes <= 0) {
        getters_.gate(it);
        it = getters_.front();
    }
    return it;
}

/// Returns whether there was room for one. The first needs no memory if it is taken at once.
bool Queue::admit_putters(Answers& answers, bool taken_at_once)
{
    bool any = false;
    while (wants_memory()) {
        const WaitList::Iterator it = putters_.front();
        const std::uint32_t n = admit_from(it, WaitList::ticket(it).n, taken_at_once, answers);
        if (n == 0) break;
        any = true;
        taken_at_once = false;
    }
    wait_for_memory();
    return any;
}

/// At most the first `most` operations of a waiting range; returns how many.
std::uint32_t Queue::admit_from(WaitList::Iterator it,
                                std::uint32_t most,
                                bool taken_at_once,
                                Answers& answers)
{
    Waiter& waiter = it->second;
    std::uint32_t n = 0;
    while (n < most && has_room()) {
        base::Rope& payload = waiter.payloads[waiter.payloads_used + n];
        if (!admits(payload.size(), taken_at_once && n == 0)) break;
        append(slab_.pack(std::move(payload)), waiter.content_type);
        ++n;
    }
    answers.add(id_, part(WaitList::ticket(it), 0, n), Outcome::ok);
    putters_.advance(it, n);
    return n;
}

void Queue::wait_for_memory()
{
    if (in_line_ || !wants_memory()) return;
    in_line_ = true;
    memory_.join_line(id_);
}

bool Queue::admit_one(Completions& out)
{
    if (!wants_memory()) return true;
    Answers answers(out);
    const bool admitted = admit_from(putters_.front(), 1, false, answers) == 1;
    serve_getters(answers);
    return admitted;
}

void Queue::left_line()
{
    in_line_ = false;
    wait_for_memory();
}

/// The item is no longer ours to keep.
void Queue::forget(const AssignedItem& item)
{
    memory_.subtract(kept_cost(item.payload.size()));
}

/// Items to getters, room to putters, until nothing moves.
void Queue::settle(Answers& answers)
{
    do {
        serve_getters(answers);
    } while (admit_putters(answers, next_getter() != getters_.end()));
    if (ready_.empty()) nothing_is_ready(answers);
}

void Queue::nothing_is_ready(Answers& answers)
{
    ++empty_moments_;
    // Here belongs the wait for what is assigned to sessions that may yet give it back (they are
    // suspended), once the core is told about them: the end of a queue is final for a consumer.
    if (shut_down_) {
        end_all(getters_, Outcome::shut_down, answers);
        return;
    }
    getters_.remove_overdue([&](Ticket who) { answers.add(id_, who, Outcome::empty); });
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
    memory_.subtract(ready_.kept());
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
