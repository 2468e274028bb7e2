// ReferenceQueue: what a queue is, written a second time without any thought of speed: one list of
// waiting operations, one operation at a time, and a rule that is applied until nothing moves.
// It shares no code with the core but the names of outcomes.
#pragma once

#include "tests/support/core/reference_words.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penstock::core {

struct ReferenceQueue {
    using Kind = ReferenceWait::Kind;

    ReferenceWorld& world;
    ObjectId object;
    QueueSpec spec;
    std::deque<ReferenceItem> ready{};
    std::map<Seq, ReferenceItem> assigned{};
    std::list<ReferenceWait> waits{};  // in the order of arrival
    Seq last_seq = 0;
    std::uint64_t unfinished = 0;
    std::uint64_t handed_over = 0;
    bool paused = false;
    bool is_shut_down = false;
    bool immediately = false;
    bool ended = false;
    std::uint64_t producers = 0;
    std::uint64_t producers_seen = 0;
    std::uint64_t consumers = 0;
    std::map<SessionId, OpId> failed_puts{};

    void put(SessionId session, OpId op, ReferenceItem item, bool goes_on, TimePoint deadline)
    {
        const bool full = !room() || first(Kind::put) != nullptr;
        const bool skipped = goes_on && failed_puts[session] == op - 1;
        if (skipped || is_shut_down || ended || (deadline == base::immediate && full)) {
            failed_puts[session] = op;
            const Outcome late = ended ? Outcome::closed : Outcome::full;
            const Outcome why = is_shut_down ? Outcome::shut_down : late;
            return answer(session, op, skipped ? Outcome::skipped : why);
        }
        ReferenceWait& wait = add(Kind::put, session, op, deadline);
        wait.item = std::move(item);
        if (spec.order != Order::priority) wait.item.priority = 0;
        wait.goes_on = goes_on;
        settle();
    }

    void get(SessionId session, OpId op, std::uint32_t max, TimePoint deadline)
    {
        ReferenceWait& wait = add(Kind::get, session, op, deadline);
        wait.max = max;
        wait.late = deadline == base::immediate;
        settle();
    }

    // Gets at several queues: reference_any.cpp.
    static void get_any(const std::vector<ReferenceQueue*>& queues,
                        SessionId session,
                        OpId op,
                        std::uint32_t max,
                        TimePoint deadline);
    [[nodiscard]] static bool nothing_ready(const ReferenceAny& any);
    void credit_returned();
    void end_any(const ReferenceAny& any, SessionId session, OpId op, Outcome why);
    void expire_any(const ReferenceWait& expired);
    std::list<ReferenceWait>::iterator leave(std::list<ReferenceWait>::iterator at);

    void join(SessionId session, OpId op, TimePoint deadline)
    {
        if (unfinished == 0) return answer(session, op, Outcome::ok);
        if (deadline == base::immediate) return answer(session, op, Outcome::timed_out);
        add(Kind::join, session, op, deadline);
    }

    void task_done(SessionId session, OpId op)
    {
        if (unfinished == 0) return answer(session, op, Outcome::no_unfinished_task);
        answer(session, op, Outcome::ok);
        count_off();
    }

    void shutdown(bool immediate)
    {
        is_shut_down = true;
        end_all(Kind::put, Outcome::shut_down);
        if (immediate) {
            immediately = true;
            drop_ready();
        }
        settle();
    }

    void party_joins(Party party)
    {
        if (party == Party::producer) ++producers_seen;
        ++(party == Party::producer ? producers : consumers);
    }

    void party_leaves(Party party)
    {
        --(party == Party::producer ? producers : consumers);
        const bool all_came =
            producers_seen >= static_cast<std::uint64_t>(std::max(spec.producers_expected, 1));
        if (party == Party::producer && spec.ends_with_producers && producers == 0 && all_came) {
            ended = true;
        }
        if (party == Party::consumer && spec.ends_with_consumers && consumers == 0) ended = true;
        if (!ended) return;
        end_all(Kind::put, Outcome::closed);
        settle();
    }

    // What an operator does: reference_control.cpp.
    void pause();
    void resume();
    std::uint64_t move_to(ReferenceQueue& to, std::uint64_t most);
    [[nodiscard]] bool hands_out() const { return !paused && !ready.empty(); }

    [[nodiscard]] std::optional<Outcome> end() const
    {
        if (!ready.empty() || (!is_shut_down && !ended)) return std::nullopt;
        if (spec.until_task_done && unfinished > 0) return std::nullopt;
        return is_shut_down ? Outcome::shut_down : Outcome::eof;
    }

    void consume(Seq seq) { assigned.erase(seq); }

    /// All of them return before any is handed out again.
    void give_back(SeqRange items, Seen seen)
    {
        for (Seq seq = items.first; seq < items.first + items.n; ++seq) {
            const auto it = assigned.find(seq);
            if (it == assigned.end()) continue;
            ReferenceItem item = it->second;
            assigned.erase(it);
            item.closed = false;
            if (immediately) {
                count_off();
                continue;
            }
            if (seen == Seen::no) --item.attempts;
            insert(item);
        }
        settle();
    }

    /// All of them at once, and then what stands behind them in a batch.
    void cancel(Ticket who, Outcome why)
    {
        std::optional<OpId> last_put;
        for (OpId op = who.first; op < who.first + who.n; ++op) {
            const ReferenceWait* wait = find(who.session, op);
            if (wait == nullptr) continue;
            if (wait->kind == Kind::put) last_put = op;
            end_one(who.session, op, why);
        }
        if (last_put) skip_behind(who.session, *last_put);
    }

    [[nodiscard]] const ReferenceWait* find(SessionId session, OpId op) const
    {
        for (const ReferenceWait& wait : waits) {
            if (wait.session == session && wait.op == op) return &wait;
        }
        return nullptr;
    }

    void skip_behind(SessionId session, OpId op)
    {
        const ReferenceWait* next = find(session, op + 1);
        if (next == nullptr || next->kind != Kind::put || !next->goes_on) return;
        end_one(session, op + 1, Outcome::skipped);
        skip_behind(session, op + 1);
    }

    void end_one(SessionId session, OpId op, Outcome why)
    {
        const auto it = std::find_if(waits.begin(), waits.end(), [&](const ReferenceWait& wait) {
            return wait.session == session && wait.op == op;
        });
        if (it == waits.end()) return;
        const std::shared_ptr<ReferenceAny> any = it->any;
        if (any) return end_any(*any, session, op, why);
        waits.erase(it);
        answer(session, op, why);
    }

    void forget(SessionId session, OpId op)
    {
        waits.remove_if(
            [&](const ReferenceWait& wait) { return wait.session == session && wait.op == op; });
    }

    std::uint64_t purge()
    {
        const std::uint64_t dropped = drop_ready();
        settle();
        return dropped;
    }

    std::uint64_t remove()
    {
        for (const Kind kind : {Kind::put, Kind::get, Kind::join}) end_all(kind, Outcome::closed);
        assigned.clear();
        return drop_ready();
    }

    /// The deadline of an operation has passed.
    void expire(SessionId session, OpId op)
    {
        const auto wait = std::find_if(waits.begin(), waits.end(), [&](const ReferenceWait& one) {
            return one.session == session && one.op == op;
        });
        if (wait == waits.end() || wait->late) return;
        const ReferenceWait expired = *wait;
        if (expired.any) return expire_any(expired);
        if (expired.kind == Kind::get && !expired.saw_nothing_ready) {
            wait->late = true;
            return;
        }
        waits.erase(wait);
        const bool is_put = expired.kind == Kind::put;
        const Outcome late_get_or_join =
            expired.kind == Kind::get ? Outcome::empty : Outcome::timed_out;
        answer(expired.session, expired.op, is_put ? Outcome::full : late_get_or_join);
        if (is_put) skip_behind(expired.session, expired.op);
    }

    /// The one rule: room admits the putter that waits longest, a ready item goes to the getter
    /// that waits longest of those with credit.
    void settle()
    {
        while (admit_one() || hand_over_one()) {
        }
        if (hands_out()) return;
        for (auto it = waits.begin(); it != waits.end();) {
            const auto wait = it++;
            if (wait->kind != Kind::get) continue;
            if (wait->any) {
                if (end()) it = leave(wait);
                continue;
            }
            wait->saw_nothing_ready = true;
            if (!end() && !wait->late) continue;
            answer(wait->session, wait->op, end().value_or(Outcome::empty));
            waits.erase(wait);
        }
    }

    [[nodiscard]] std::uint64_t waiting(Kind kind) const
    {
        return static_cast<std::uint64_t>(
            std::count_if(waits.begin(), waits.end(), [kind](const ReferenceWait& wait) {
                return wait.kind == kind;
            }));
    }

private:
    [[nodiscard]] bool room() const
    {
        return spec.maxsize <= 0 || static_cast<std::int64_t>(ready.size()) < spec.maxsize;
    }

    ReferenceWait* first(Kind kind)
    {
        for (ReferenceWait& wait : waits) {
            if (wait.kind == kind && (kind != Kind::get || world.credit[wait.session] > 0)) {
                return &wait;
            }
        }
        return nullptr;
    }

    ReferenceWait& add(Kind kind, SessionId session, OpId op, TimePoint deadline)
    {
        ReferenceWait wait;
        wait.kind = kind;
        wait.session = session;
        wait.op = op;
        wait.deadline = deadline;
        wait.arrival = ++world.arrivals;
        waits.push_back(std::move(wait));
        return waits.back();
    }

    void answer(SessionId session, OpId op, Outcome outcome, std::vector<ReferenceItem> items = {})
    {
        world.answers.push_back({object, session, op, outcome, std::move(items)});
    }

    [[nodiscard]] bool before(const ReferenceItem& left, const ReferenceItem& right) const
    {
        if (spec.order == Order::lifo) return left.seq > right.seq;
        return std::pair(left.priority, left.seq) < std::pair(right.priority, right.seq);
    }

    void insert(const ReferenceItem& item)
    {
        auto place = ready.begin();
        while (place != ready.end() && before(*place, item)) ++place;
        ready.insert(place, item);
    }

    bool admit_one()
    {
        ReferenceWait* putter = first(Kind::put);
        if (putter == nullptr || !room()) return false;
        ReferenceItem item = putter->item;
        item.seq = ++last_seq;
        insert(item);
        ++unfinished;
        end_one(putter->session, putter->op, Outcome::ok);
        return true;
    }

    bool hand_over_one()
    {
        ReferenceWait* getter = first(Kind::get);
        if (getter == nullptr || !hands_out()) return false;
        std::vector<ReferenceItem> items;
        std::int64_t& credit = world.credit[getter->session];
        while (items.size() < getter->max && !ready.empty() && credit > 0) {
            ReferenceItem item = ready.front();
            ready.pop_front();
            item.closed = is_shut_down || ended;
            ++item.attempts;
            assigned[item.seq] = item;
            ++handed_over;
            credit -= item.payload.empty() ? 1 : static_cast<std::int64_t>(item.payload.size());
            items.push_back(item);
            while (items.size() < getter->max && admit_one()) {
            }
        }
        const ReferenceWait served = *getter;
        answer(served.session, served.op, Outcome::ok, items);
        forget(served.session, served.op);
        if (!served.any) return true;
        for (ReferenceQueue* queue : served.any->queues) queue->forget(served.session, served.op);
        return true;
    }

    void end_all(Kind kind, Outcome why)
    {
        for (const ReferenceWait& wait : std::list<ReferenceWait>(waits)) {
            if (wait.kind == kind) end_one(wait.session, wait.op, why);
        }
    }

    void count_off()
    {
        if (unfinished > 0) --unfinished;
        if (unfinished > 0) return;
        end_all(Kind::join, Outcome::ok);
        if (spec.until_task_done && end()) settle();
    }

    std::uint64_t drop_ready()
    {
        const std::uint64_t dropped = ready.size();
        ready.clear();
        for (std::uint64_t i = 0; i < dropped; ++i) count_off();
        return dropped;
    }
};

}  // namespace penstock::core
