// What a session's operations have come to, as ordered, disjoint ranges: completed ones cost
// nothing while they stay alike and unbroken. docs/protocol.md, section 5. Invariant: a recorded id
// is in exactly one range; one at or below highest() in none was freed.
#pragma once

#include "common/wire/messages.hpp"
#include "server/core/types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace penstock::session {

using wire::HandleId;
using wire::OpId;
using wire::Status;

enum class OpKind : std::uint8_t { open, close, put, get, task_done, join, shutdown, admin };

enum class OpState : std::uint8_t {
    incomplete,  // a PUT whose item has not arrived whole
    held,        // a whole PUT behind an incomplete one on the same object
    parked,      // waiting in the core
    done,        // the result is kept until the client acknowledges it
};

/// `n` operations that are alike. A done get's item is named by `seq`; those of the range follow.
struct OpRange {
    OpId first = 0;
    std::uint64_t n = 1;
    OpKind kind{};
    OpState state = OpState::parked;
    HandleId handle = 0;
    core::ObjectId object = 0;
    Status status{};
    core::Seq seq = 0;     // 0: no item
    bool several = false;  // n is 1, and its items are not those of `seq` alone
    bool batch = false;    // PUTs of which only a prefix succeeds

    [[nodiscard]] OpId end() const { return first + n; }
};

/// About what a range takes in the table.
inline constexpr std::size_t op_range_cost = 128;
/// What one that is not done takes beside that: its two places in the indices here, and its place
/// and deadline in the queue where it waits.
inline constexpr std::size_t op_waiting_cost = 320;

class OpTable {
public:
    /// About what all this takes.
    [[nodiscard]] std::uint64_t cost() const
    {
        return ranges_.size() * op_range_cost + unresolved_.size() * op_waiting_cost;
    }
    [[nodiscard]] OpId highest() const { return highest_; }
    /// Operations that are recorded: unresolved, or kept until their ACK.
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t unresolved() const { return unresolved_count_; }

    /// `range.first` must be highest() + 1.
    void record(const OpRange& range);
    [[nodiscard]] const OpRange* find(OpId op) const;

    void set_state(OpId op, OpState state);
    /// The operations are done; whatever status and item they had is replaced.
    void finish(
        OpId first, std::uint64_t n, Status status, core::Seq seq = 0, bool several = false);
    /// Its items come from another queue than that of its handle; it is not done yet.
    void set_object(OpId op, core::ObjectId object);
    void free(OpId first, std::uint64_t n);

    /// Calls `visit(OpRange)` with each recorded range that overlaps, clipped to the overlap, and
    /// stops early when it answers false. `visit` gets a copy, so it may change the table.
    template <class Visit>
    void for_each(OpId first, std::uint64_t n, Visit&& visit) const
    {
        OpId at = first;
        while (std::optional<OpRange> range = next_from(at, first + n)) {
            at = range->end();
            if (!visit(*range)) return;
        }
    }

    /// Calls `visit(OpRange)` with every recorded range.
    template <class Visit>
    void for_all(Visit&& visit) const
    {
        for_each(1, highest_, [&visit](const OpRange& range) {
            visit(range);
            return true;
        });
    }

    /// The same with those that are not done: what is kept beside them costs nothing.
    template <class Visit>
    void for_each_unresolved(OpId first, std::uint64_t n, Visit&& visit)
    {
        index_newest();
        OpId at = first;
        while (std::optional<OpRange> range = next_unresolved_from(at, first + n)) {
            at = range->end();
            (void)visit(*range);  // here nobody stops early
        }
    }

    /// Calls `visit(OpRange)` with every range of the handle that is not done, whatever else is
    /// recorded. `visit` gets a copy, so it may change the table.
    template <class Visit>
    void for_waiting(HandleId handle, Visit&& visit)
    {
        index_newest();
        std::vector<OpRange> found;
        for (auto it = waiting_.lower_bound({handle, 0});
             it != waiting_.end() && it->first == handle;
             ++it) {
            found.push_back(ranges_.at(it->second));
        }
        for (const OpRange& range : found) visit(range);
    }

private:
    using Ranges = std::map<OpId, OpRange>;

    /// The first recorded range in [at, end), clipped to it.
    [[nodiscard]] std::optional<OpRange> next_from(OpId at, OpId end) const;
    /// The same, of those that are not done.
    [[nodiscard]] std::optional<OpRange> next_unresolved_from(OpId at, OpId end) const;
    [[nodiscard]] Ranges::const_iterator containing_or_after(OpId op) const;
    void split_at(OpId op);
    void merge_around(OpId first);

    /// A range is new or has changed, or is about to change or go.
    void index(const OpRange& range);
    void unindex(const OpRange& range);
    void index_newest();

    Ranges ranges_;  // by first
    // The first of each range that is not done; and again, by handle. The newest comes in when the
    // next one is recorded: most operations are done by then, and cost no entry.
    std::set<OpId> unresolved_;
    std::set<std::pair<HandleId, OpId>> waiting_;
    OpId newest_ = 0;
    OpId highest_ = 0;
    std::uint64_t count_ = 0;
    std::uint64_t unresolved_count_ = 0;
};

}  // namespace penstock::session
