// How items find getters and putters find room: the private half of Queue.
#include "server/core/answers.hpp"
#include "server/core/queue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace penstock::core {

bool Queue::has_room() const
{
    const std::uint64_t bytes = ready_.bytes() + ready_.size() * item_overhead;
    if (spec_.bytes_max > 0 && bytes >= spec_.bytes_max) return false;
    return spec_.maxsize == 0 || ready_.size() < static_cast<std::uint64_t>(spec_.maxsize);
}

/// An item that a getter takes at once doesn't wait for memory: it is what makes room again.
bool Queue::admits(std::size_t payload_size, bool taken_at_once)
{
    return taken_at_once || memory_.admits(id_, item_cost(payload_size));
}

/// `payload` is packed.
void Queue::append(base::Rope&& payload, ItemSpec spec)
{
    memory_.add(kept_cost(payload.size()));
    AssignedItem item;
    item.seq = ++last_seq_;
    item.content_type = spec.content_type;
    if (spec_.order == Order::priority) item.priority = spec.priority;
    item.payload = std::move(payload);
    if (ages_.wants_mark(commons_.now)) ages_.mark(last_seq_, commons_.now, first_kept());
    if (spec_.order == Order::priority) ages_.add_ready(last_seq_);
    ready_.append(std::move(item));
    ++unfinished_;
}

AssignedItem& Queue::assign_first(GetCredit& credit)
{
    AssignedItem& item = ready_.move_first_to(assigned_);
    if (spec_.order == Order::priority) ages_.remove_ready(item.seq);
    item.queue_is_closed = shut_down_ || ended_;
    if (item.attempts < std::numeric_limits<std::uint16_t>::max()) ++item.attempts;
    credit.bytes -= std::max<std::int64_t>(static_cast<std::int64_t>(item.payload.size()), 1);
    ++get_total_;
    return item;
}

/// The first item, and what else is there for a get of several. Something is ready.
void Queue::hand_over(Ticket op, GetCredit& credit, std::uint32_t max, Answers& answers)
{
    AssignedItem first = assign_first(credit);
    std::vector<AssignedItem> further;
    while (further.size() + 1 < max && credit.bytes > 0) {
        // What waits for the room that was made is there, too.
        if (ready_.empty() || spec_.order != Order::fifo) admit_putters(answers, ready_.empty());
        if (ready_.empty()) break;
        further.push_back(assign_first(credit));
    }
    answers.add_items(id_, op, std::move(first), std::move(further));
}

/// Serves a getter that needn't wait; returns how many of its operations are done.
std::uint32_t Queue::take_ready(Ticket who, GetCredit& credit, std::uint32_t max, Answers& answers)
{
    if (paused_) return 0;
    std::uint32_t taken = 0;
    const auto takes_more = [&] { return taken < who.n && credit.bytes > 0; };
    const std::uint32_t at_once = takes_at_once();
    bool goes_on = true;
    while (goes_on) {
        for (std::uint32_t i = 0; i < at_once && takes_more() && !ready_.empty(); ++i) {
            hand_over(part(who, taken++, 1), credit, max, answers);
        }
        const bool admitted = admit_putters(answers, takes_more() && ready_.empty());
        goes_on = admitted || (takes_more() && !ready_.empty());
    }
    return taken;
}

/// How many items may go before the putters that wait are asked: in a FIFO queue they come behind
/// all that is ready, in others they may have what must be taken next.
std::uint32_t Queue::takes_at_once() const
{
    return spec_.order == Order::fifo ? std::numeric_limits<std::uint32_t>::max() : 1;
}

void Queue::serve_getters(Answers& answers, std::uint32_t most)
{
    for (std::uint32_t i = 0; i < most && !ready_.empty(); ++i) {
        const WaitList::Iterator it = next_getter();
        if (it == getters_.end()) break;
        const Waiter& waiter = it->second;
        hand_over(part(WaitList::ticket(it), 0, 1), *waiter.credit, waiter.max, answers);
        if (waiter.any) waiter.any->leave_others(*this);
        getters_.advance(it, 1);
    }
    tell_watchers(answers);
}

void Queue::tell_watchers(Answers& answers)
{
    if (!watchers_.empty() && calls_for_a_get()) end_all(watchers_, Outcome::ok, answers);
}

/// The getter whose turn it is; those without credit are set aside. None while nothing is handed
/// out.
WaitList::Iterator Queue::next_getter()
{
    if (paused_) return getters_.end();
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
        append(slab_.pack(std::move(payload)), waiter.spec);
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
    row_.touch();
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
    bool goes_on = true;
    while (goes_on) {
        serve_getters(answers, takes_at_once());
        const bool wanted = next_getter() != getters_.end();
        const bool admitted = admit_putters(answers, wanted && ready_.empty());
        goes_on = admitted || (wanted && !ready_.empty());
    }
    if (ready_.empty()) nothing_is_ready(answers);
}

/// Only the first of a batch fails by itself.
void Queue::fail_puts(Ticket who, Batch batch, Outcome why, Answers& answers)
{
    const std::uint32_t failed = batch == Batch::none ? who.n : 1;
    answers.add(id_, part(who, 0, failed), why);
    answers.add(id_, part(who, failed, who.n - failed), Outcome::skipped);
    skip_from(who.session, who.first + who.n, answers);
}

/// The put before `first` failed, or was skipped: what waits behind it in its batch is skipped.
void Queue::skip_from(SessionId session, OpId first, Answers& answers)
{
    WaitList::Iterator it = putters_.at_or_behind({session, first});
    while (it != putters_.end() && it->first.session == session && it->second.first == first &&
           it->second.spec.batch == Batch::goes_on) {
        first = it->first.last + 1;
        answers.add(id_, WaitList::ticket(it), Outcome::skipped);
        it = putters_.erase(it);
    }
}

void Queue::end_all(WaitList& list, Outcome why, Answers& answers)
{
    for (WaitList::Iterator it = list.begin(); it != list.end();) {
        AnyGet* any = it->second.any.get();
        answers.add(any != nullptr ? any->object : id_, WaitList::ticket(it), why);
        if (any != nullptr) any->leave_others(*this);
        it = list.erase(it);
    }
}

std::uint64_t Queue::drop_ready(Answers& answers)
{
    const std::uint64_t dropped = ready_.size();
    memory_.subtract(ready_.kept());
    ready_.clear();
    ages_.none_ready();
    gone_ += dropped;
    count_off(dropped, answers);
    return dropped;
}

/// As Python does: what task_done counted off too early isn't counted off again.
void Queue::count_off(std::uint64_t n, Answers& answers)
{
    unfinished_ -= std::min(n, unfinished_);
    if (unfinished_ > 0) return;
    end_all(joiners_, Outcome::ok, answers);
    if (spec_.until_task_done && end()) nothing_is_ready(answers);
}

}  // namespace penstock::core
