// WaitList: the operations of one kind that wait at a queue, as ranges. Found by session and
// operation to cancel them, and in the order of arrival to serve them.
// Invariant: every session that waits is either in turn or gated, at the arrival of its first
// range; its credit names this queue if it is gated; the overdue are known by their keys.
#pragma once

#include "common/base/bytes.hpp"
#include "server/core/any_get.hpp"
#include "server/core/commons.hpp"
#include "server/core/deadlines.hpp"
#include "server/core/types.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace penstock::core {

/// A range of operations that wait for the same; its last one is in its key.
struct Waiter {
    OpId first = 0;
    std::uint64_t arrival = 0;
    TimePoint since{};
    Deadlines::Handle deadline;

    // A putter's.
    std::vector<base::Rope> payloads;
    std::size_t payloads_used = 0;  // those of operations before `first`
    ItemSpec spec;

    // A getter's.
    GetCredit* credit = nullptr;
    std::uint32_t max = 1;  // items that each operation takes
    std::uint64_t empty_moments_before = 0;
    bool overdue = false;           // its deadline passed while its credit kept it from ready items
    std::shared_ptr<AnyGet> any{};  // it waits in other lists, too
};

class WaitList {
public:
    using Waiters = std::map<WaitKey, Waiter>;
    using Iterator = Waiters::iterator;

    WaitList(WaitKind kind, Queue& queue, Commons& commons);
    ~WaitList();
    WaitList(const WaitList&) = delete;
    WaitList& operator=(const WaitList&) = delete;

    /// `who` comes behind all that its session has waiting here: ids rise in the order of arrival.
    Iterator add(Ticket who, TimePoint deadline, Waiter waiter);

    [[nodiscard]] bool empty() const { return waiters_.empty(); }
    [[nodiscard]] std::uint64_t ops() const { return ops_; }
    [[nodiscard]] bool waits(SessionId session) const;
    /// At most `limit` sessions, those that have waited longest first. What stands in more than
    /// ranges_counted_max ranges is not counted to its end: nobody is to wait for a look.
    [[nodiscard]] std::vector<SessionWait> longest(std::size_t limit) const;
    static constexpr std::size_t ranges_counted_max = 1'024;
    [[nodiscard]] static Ticket ticket(Iterator it);

    /// Of the sessions that are not gated, the range that came first; end() when there is none.
    [[nodiscard]] Iterator front();
    [[nodiscard]] bool all_gated() const { return turns_.empty(); }
    [[nodiscard]] Iterator begin() { return waiters_.begin(); }
    [[nodiscard]] Iterator end() { return waiters_.end(); }
    [[nodiscard]] Waiters::const_iterator begin() const { return waiters_.begin(); }
    [[nodiscard]] Waiters::const_iterator end() const { return waiters_.end(); }
    [[nodiscard]] Iterator find(WaitKey key) { return waiters_.find(key); }
    /// The first range of which an operation is `key`, or comes behind it.
    [[nodiscard]] Iterator at_or_behind(WaitKey key) { return waiters_.lower_bound(key); }

    /// The first `n` operations of a range are done.
    void advance(Iterator it, std::uint32_t n);
    /// Returns the next one by session and operation.
    Iterator erase(Iterator it);
    /// It waits on, but not for a time.
    void set_overdue(Iterator it);
    /// Removes those operations of `who` that wait and calls `removed(Ticket, const Waiter&)` for
    /// each range before.
    template <class Removed>
    void cancel(Ticket who, Removed&& removed);

    /// Its session is passed over from now on, and its credit names this queue ...
    void gate(Iterator it);
    /// ... until here, where it has its old place in the order of arrival again.
    void ungate(SessionId session);
    void ungate_those_with_credit();

    /// Removes those that are overdue and calls `removed(Ticket)` for each; not those that wait in
    /// other lists, too.
    template <class Removed>
    void remove_overdue(Removed&& removed);
    /// Calls `removes(Iterator)` with each of those, of all sessions or of one, and removes it if
    /// that answers true.
    template <class Removes>
    void remove_overdue_any(std::optional<SessionId> session, Removes&& removes);

    void check_invariants() const;

private:
    using Turns = std::set<std::pair<std::uint64_t, SessionId>>;

    [[nodiscard]] Iterator head(SessionId session);
    [[nodiscard]] SessionWait wait_of(SessionId session) const;
    void not_starved(const Waiter& waiter);
    void count_answered(const Waiter& waiter, std::uint64_t n);
    [[nodiscard]] std::set<WaitKey>& overdue_with(const Waiter& waiter)
    {
        return waiter.any ? overdue_any_ : overdue_;
    }
    /// Removes the operations `first` to `last` of a range; returns the first range behind them.
    Iterator cut(Iterator it, OpId first, OpId last);
    void cut_tail(Iterator it, OpId first);
    void cut_middle(Iterator it, OpId first, OpId last);

    WaitKind kind_;
    Queue& queue_;
    Commons& commons_;
    Deadlines& deadlines_;
    Waiters waiters_;
    Turns turns_;
    Turns gated_;
    std::set<WaitKey> overdue_;
    std::set<WaitKey> overdue_any_;  // those that wait in other lists, too
    std::uint64_t ops_ = 0;
};

template <class Removed>
void WaitList::cancel(Ticket who, Removed&& removed)
{
    if (waiters_.empty() || who.n == 0) return;
    const OpId last = who.first + who.n - 1;
    Iterator it = waiters_.lower_bound({who.session, who.first});
    while (it != end() && it->first.session == who.session && it->second.first <= last) {
        const OpId cut_first = std::max(who.first, it->second.first);
        const OpId cut_last = std::min(last, it->first.last);
        removed(
            Ticket{who.session, cut_first, static_cast<std::uint32_t>(cut_last - cut_first + 1)},
            std::as_const(it->second));
        it = cut(it, cut_first, cut_last);
    }
}

template <class Removed>
void WaitList::remove_overdue(Removed&& removed)
{
    while (!overdue_.empty()) {
        const Iterator it = waiters_.find(*overdue_.begin());
        removed(ticket(it));
        erase(it);
    }
}

template <class Removes>
void WaitList::remove_overdue_any(std::optional<SessionId> session, Removes&& removes)
{
    auto key = session ? overdue_any_.lower_bound({*session, 0}) : overdue_any_.begin();
    while (key != overdue_any_.end() && (!session || key->session == *session)) {
        const Iterator it = waiters_.find(*key++);
        if (removes(it)) erase(it);
    }
}

}  // namespace penstock::core
