// ReferenceQueue: what a queue is, written a second time without any thought of speed: one list of
// waiting operations, one operation at a time, and a rule that is applied until nothing moves.
// It shares no code with the core but the names of outcomes.
#pragma once

#include "server/core/types.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penstock::core {

struct ReferenceItem {
    Seq seq = 0;
    unsigned attempts = 0;
    unsigned content_type = 0;
    bool closed = false;
    std::string payload;
    bool operator==(const ReferenceItem&) const = default;
};

struct ReferenceAnswer {
    ObjectId object = 0;
    SessionId session = 0;
    OpId op = 0;
    Outcome outcome = Outcome::ok;
    std::optional<ReferenceItem> item;
    bool operator==(const ReferenceAnswer&) const = default;
};

struct ReferenceWait {
    enum class Kind { put, get, join };
    Kind kind = Kind::put;
    SessionId session = 0;
    OpId op = 0;
    TimePoint deadline;
    std::uint64_t arrival = 0;
    ReferenceItem item;              // put
    bool saw_nothing_ready = false;  // get
    bool late = false;               // get: its deadline has passed
};

/// What the queues of a broker have in common.
struct ReferenceWorld {
    std::map<SessionId, std::int64_t> credit;
    std::vector<ReferenceAnswer> answers;
    std::uint64_t arrivals = 0;
};

struct ReferenceQueue {
    using Kind = ReferenceWait::Kind;

    ReferenceWorld& world;
    ObjectId object;
    std::int64_t maxsize;
    std::deque<ReferenceItem> ready{};
    std::map<Seq, ReferenceItem> assigned{};
    std::list<ReferenceWait> waits{};  // in the order of arrival
    Seq last_seq = 0;
    std::uint64_t unfinished = 0;
    std::uint64_t handed_over = 0;
    bool is_shut_down = false;
    bool immediately = false;

    void put(SessionId session, OpId op, std::string payload, unsigned type, TimePoint deadline)
    {
        if (is_shut_down) return answer(session, op, Outcome::shut_down);
        if (deadline == base::immediate && (!room() || first(Kind::put) != nullptr)) {
            return answer(session, op, Outcome::full);
        }
        ReferenceWait& wait = add(Kind::put, session, op, deadline);
        wait.item.content_type = type;
        wait.item.payload = std::move(payload);
        settle();
    }

    void get(SessionId session, OpId op, TimePoint deadline)
    {
        ReferenceWait& wait = add(Kind::get, session, op, deadline);
        wait.late = deadline == base::immediate;
        settle();
    }

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

    void consume(Seq seq) { assigned.erase(seq); }

    void give_back(Seq seq, Seen seen)
    {
        const auto it = assigned.find(seq);
        if (it == assigned.end()) return;
        ReferenceItem item = it->second;
        assigned.erase(it);
        item.closed = false;
        if (immediately) return count_off();
        if (seen == Seen::no) --item.attempts;
        auto place = ready.begin();
        while (place != ready.end() && place->seq < seq) ++place;
        ready.insert(place, item);
        settle();
    }

    void end(SessionId session, OpId op, Outcome why)
    {
        const auto it = std::find_if(waits.begin(), waits.end(), [&](const ReferenceWait& wait) {
            return wait.session == session && wait.op == op;
        });
        if (it == waits.end()) return;
        waits.erase(it);
        answer(session, op, why);
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

    /// The deadline of `wait` has passed.
    void expire(std::list<ReferenceWait>::iterator wait)
    {
        const ReferenceWait ended = *wait;
        if (ended.kind == Kind::get && !ended.saw_nothing_ready) {
            wait->late = true;
            return;
        }
        waits.erase(wait);
        const bool is_put = ended.kind == Kind::put;
        const Outcome late_get_or_join =
            ended.kind == Kind::get ? Outcome::empty : Outcome::timed_out;
        answer(ended.session, ended.op, is_put ? Outcome::full : late_get_or_join);
    }

    /// The one rule: room admits the putter that waits longest, a ready item goes to the getter
    /// that waits longest of those with credit.
    void settle()
    {
        while (admit_one() || hand_over_one()) {
        }
        if (!ready.empty()) return;
        for (auto it = waits.begin(); it != waits.end();) {
            const auto wait = it++;
            if (wait->kind != Kind::get) continue;
            wait->saw_nothing_ready = true;
            if (!is_shut_down && !wait->late) continue;
            answer(wait->session, wait->op, is_shut_down ? Outcome::shut_down : Outcome::empty);
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
        return maxsize <= 0 || static_cast<std::int64_t>(ready.size()) < maxsize;
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

    void answer(SessionId session, OpId op, Outcome outcome, std::optional<ReferenceItem> item = {})
    {
        world.answers.push_back({object, session, op, outcome, std::move(item)});
    }

    bool admit_one()
    {
        ReferenceWait* putter = first(Kind::put);
        if (putter == nullptr || !room()) return false;
        ReferenceItem item = putter->item;
        item.seq = ++last_seq;
        ready.push_back(item);
        ++unfinished;
        end(putter->session, putter->op, Outcome::ok);
        return true;
    }

    bool hand_over_one()
    {
        ReferenceWait* getter = first(Kind::get);
        if (getter == nullptr || ready.empty()) return false;
        ReferenceItem item = ready.front();
        ready.pop_front();
        item.closed = is_shut_down;
        ++item.attempts;
        assigned[item.seq] = item;
        ++handed_over;
        world.credit[getter->session] -=
            item.payload.empty() ? 1 : static_cast<std::int64_t>(item.payload.size());
        answer(getter->session, getter->op, Outcome::ok, item);
        waits.remove_if([&](const ReferenceWait& wait) { return &wait == getter; });
        return true;
    }

    void end_all(Kind kind, Outcome why)
    {
        for (const ReferenceWait& wait : std::list<ReferenceWait>(waits)) {
            if (wait.kind == kind) end(wait.session, wait.op, why);
        }
    }

    void count_off()
    {
        if (unfinished > 0) --unfinished;
        if (unfinished == 0) end_all(Kind::join, Outcome::ok);
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
