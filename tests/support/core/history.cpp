#include "tests/support/core/history.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace penstock::core {

namespace {

using std::chrono::milliseconds;

std::string describe(ObjectId object, Ticket who)
{
    return " queue " + std::to_string(object) + " op " + std::to_string(who.session) + "." +
           std::to_string(who.first) + " n " + std::to_string(who.n);
}

std::string describe(Party party)
{
    return party == Party::producer ? "a producer" : "a consumer";
}

std::string describe(ObjectId object, SeqRange items)
{
    return " queue " + std::to_string(object) + " seq " + std::to_string(items.first) + " n " +
           std::to_string(items.n);
}

}  // namespace

History::History(std::uint64_t seed, Subject& subject) : random_(seed), subject_(subject)
{
    references_.resize(3);
    for (std::size_t i = 0; i < references_.size(); ++i) open(i);
    sessions_.resize(4);
    for (Session& session : sessions_) {
        session.id = ++last_session_;
        set_credit(session.id, 30);
    }
}

std::optional<std::string> History::run(int steps)
{
    for (int i = 0; i < steps && !failure_; ++i) step();
    return failure_;
}

void History::step()
{
    const std::uint64_t kind = below(100);
    bool in_order = false;
    if (kind < 24) {
        put();
    } else if (kind < 42) {
        get();
    } else if (kind < 48) {
        get_any();
    } else if (kind < 52) {
        join();
    } else if (kind < 58) {
        task_done();
    } else if (kind < 64) {
        consume();
    } else if (kind < 72) {
        give_back();
    } else if (kind < 78) {
        cancel();
    } else if (kind < 87) {
        change_credit();
    } else if (kind < 94) {
        pass_time();
        in_order = true;
    } else if (kind < 96) {
        one_in(2) ? end_session() : party_joins_or_leaves();
    } else if (kind < 98) {
        one_in(2) ? pause_or_resume() : move();
    } else if (one_in(3)) {
        purge();
    } else if (one_in(3)) {
        shutdown();
    } else if (one_in(3)) {
        remove_and_reopen();
    } else {
        note("nothing");
    }
    compare(in_order);
}

void History::put()
{
    ReferenceQueue& reference = any_queue();
    const Ticket who = next_ticket(any_session());
    const TimePoint deadline = any_deadline();
    ItemSpec spec;
    spec.content_type = static_cast<std::uint8_t>(below(4));
    spec.priority = static_cast<Priority>(below(4)) - 1;
    if (one_in(3)) spec.batch = Batch::begins;
    const ReferenceWait* before = reference.find(who.session, who.first - 1);
    const bool may_go_on = before != nullptr && before->kind == ReferenceWait::Kind::put;
    if (may_go_on && one_in(2)) spec.batch = Batch::goes_on;
    note("put" + describe(reference.object, who));
    std::vector<base::Rope> payloads;
    for (std::uint32_t i = 0; i < who.n; ++i) {
        const std::string payload = any_payload();
        payloads.emplace_back(base::Slice::copy_of(base::as_bytes(payload)));
        ReferenceItem item;
        item.content_type = spec.content_type;
        item.priority = spec.priority;
        item.payload = payload;
        const bool goes_on = spec.batch == Batch::goes_on || (spec.batch == Batch::begins && i > 0);
        reference.put(who.session, who.first + i, std::move(item), goes_on, deadline);
    }
    subject_.put(reference.object, who, std::move(payloads), spec, deadline);
}

void History::get()
{
    ReferenceQueue& reference = any_queue();
    const Ticket who = next_ticket(any_session());
    const TimePoint deadline = any_deadline();
    const auto max = static_cast<std::uint32_t>(one_in(2) ? 1 : 1 + below(5));
    note("get" + describe(reference.object, who) + " max " + std::to_string(max));
    for (OpId i = 0; i < who.n; ++i) reference.get(who.session, who.first + i, max, deadline);
    subject_.get(reference.object, who, max, deadline);
}

void History::get_any()
{
    std::vector<ReferenceQueue*> queues;
    for (const auto& reference : references_) queues.push_back(reference.get());
    std::shuffle(queues.begin(), queues.end(), random_);
    queues.resize(1 + below(queues.size()));
    Ticket who = next_ticket(any_session());
    who.n = 1;
    const TimePoint deadline = any_deadline();
    const auto max = static_cast<std::uint32_t>(one_in(2) ? 1 : 1 + below(5));
    std::vector<ObjectId> objects;
    for (const ReferenceQueue* queue : queues) objects.push_back(queue->object);
    for (const ObjectId object : objects) note("get any" + describe(object, who));
    ReferenceQueue::get_any(queues, who.session, who.first, max, deadline);
    subject_.get_any(objects, who, max, deadline);
}

void History::join()
{
    ReferenceQueue& reference = any_queue();
    const Ticket who = next_ticket(any_session());
    const TimePoint deadline = any_deadline();
    note("join" + describe(reference.object, who));
    for (OpId i = 0; i < who.n; ++i) reference.join(who.session, who.first + i, deadline);
    subject_.join(reference.object, who, deadline);
}

void History::task_done()
{
    ReferenceQueue& reference = any_queue();
    const Ticket who = next_ticket(any_session());
    note("task_done" + describe(reference.object, who));
    for (OpId i = 0; i < who.n; ++i) reference.task_done(who.session, who.first + i);
    subject_.task_done(reference.object, who);
}

void History::consume()
{
    const auto [object, items] = take_held(any_session());
    note("consume" + describe(object, items));
    if (items.n == 0) return;
    for (const auto& reference : references_) {
        if (reference->object != object) continue;
        for (Seq i = 0; i < items.n; ++i) reference->consume(items.first + i);
    }
    subject_.consume(object, items);
}

void History::give_back()
{
    const auto [object, items] = take_held(any_session());
    if (items.n == 0) {
        note("hold nothing");
        return;
    }
    give_back(object, items, one_in(3) ? Seen::no : Seen::maybe);
}

void History::give_back(ObjectId object, SeqRange items, Seen seen)
{
    note((seen == Seen::no ? "give back unseen" : "give back") + describe(object, items));
    for (const auto& reference : references_) {
        if (reference->object == object) reference->give_back(items, seen);
    }
    subject_.give_back(object, items, seen);
}

void History::cancel()
{
    ReferenceQueue& reference = any_queue();
    Session& session = any_session();
    const OpId back = std::min<OpId>(1 + below(12), session.next_op);
    const auto n = static_cast<std::uint32_t>(1 + below(5));
    const Ticket who{session.id, session.next_op - back, n};
    note("cancel" + describe(reference.object, who));
    reference.cancel(who, Outcome::cancelled);
    subject_.cancel(reference.object, who, Outcome::cancelled);
}

void History::change_credit()
{
    const SessionId session = any_session().id;
    std::int64_t bytes = static_cast<std::int64_t>(below(40)) - 5;
    if (one_in(4)) bytes = 100'000;
    note("credit of session " + std::to_string(session) + ": " + std::to_string(bytes));
    set_credit(session, bytes);
}

void History::set_credit(SessionId session, std::int64_t bytes)
{
    const bool rises = world_.credit[session] <= 0 && bytes > 0;
    world_.credit[session] = bytes;
    subject_.credits[session].bytes = bytes;
    if (!rises) return;
    const bool only_one = one_in(2);
    for (const auto& reference : references_) {
        reference->credit_returned();
        if (only_one) {
            subject_.serve(reference->object, session);
        } else {
            subject_.serve(reference->object);
        }
    }
}

void History::pass_time()
{
    now_ += milliseconds(below(5));
    note("time passes to " + std::to_string(now_.time_since_epoch() / milliseconds(1)));
    expire_reference();
    subject_.expire(now_);
}

void History::expire_reference()
{
    // One that expires may end others, so each is looked up again.
    std::vector<std::pair<ReferenceQueue*, ReferenceWait>> due;
    for (const auto& reference : references_) {
        for (const ReferenceWait& wait : reference->waits) {
            if (!wait.late && wait.deadline <= now_) due.emplace_back(reference.get(), wait);
        }
    }
    std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) {
        return std::pair(a.second.deadline, a.second.arrival) <
               std::pair(b.second.deadline, b.second.arrival);
    });
    for (const auto& [reference, wait] : due) reference->expire(wait.session, wait.op);
}

void History::end_session()
{
    Session& session = any_session();
    note("end session " + std::to_string(session.id));
    const Ticket all{session.id, 1, std::numeric_limits<std::uint32_t>::max()};
    for (const auto& reference : references_) {
        reference->cancel({session.id, 1, static_cast<std::uint32_t>(session.next_op)},
                          Outcome::cancelled);
        subject_.cancel(reference->object, all, Outcome::cancelled);
    }
    const Seen seen = one_in(3) ? Seen::no : Seen::maybe;
    while (!session.held.empty()) {
        const auto [object, items] = take_held(session);
        give_back(object, items, seen);
    }
    while (!session.parties.empty()) party_leaves(session);
    session.id = ++last_session_;
    session.next_op = 1;
    set_credit(session.id, 30);
}

void History::party_joins_or_leaves()
{
    Session& session = any_session();
    if (!session.parties.empty() && one_in(2)) return party_leaves(session);
    ReferenceQueue& reference = any_queue();
    const Party party = one_in(2) ? Party::producer : Party::consumer;
    note(describe(party) + " joins queue " + std::to_string(reference.object));
    reference.party_joins(party);
    subject_.queue(reference.object).party_joins(party, session.id);
    session.parties.emplace_back(reference.object, party);
}

void History::party_leaves(Session& session)
{
    const auto [object, party] = session.parties.back();
    session.parties.pop_back();
    note(describe(party) + " leaves queue " + std::to_string(object));
    for (const auto& reference : references_) {
        if (reference->object == object) reference->party_leaves(party);
    }
    subject_.party_leaves(object, party, session.id);
}

/// A run of neighbours that the session holds; n = 0 when it holds nothing.
std::pair<ObjectId, SeqRange> History::take_held(Session& session)
{
    if (session.held.empty()) return {0, {0, 0}};
    const auto [object, first] = session.held[below(session.held.size())];
    SeqRange items{first, 0};
    for (const std::uint64_t wanted = 1 + below(4); items.n < wanted; ++items.n) {
        if (std::erase(session.held, std::pair(object, first + items.n)) == 0) break;
    }
    return {object, items};
}

Ticket History::next_ticket(Session& session)
{
    const auto n = static_cast<std::uint32_t>(one_in(2) ? 1 : 1 + below(5));
    const Ticket who{session.id, session.next_op, n};
    session.next_op += n;
    return who;
}

TimePoint History::any_deadline()
{
    switch (below(4)) {
        case 0:
            return base::immediate;
        case 1:
            return base::no_deadline;
        default:
            return now_ + milliseconds(below(12)) - milliseconds(1);
    }
}

std::string History::any_payload()
{
    std::string payload = std::to_string(++payloads_);
    if (one_in(10)) payload.clear();
    if (one_in(50)) payload.resize(below(20'000), 'x');
    return payload;
}

}  // namespace penstock::core
