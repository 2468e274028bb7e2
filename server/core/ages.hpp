// Ages: when a queue's items were put, without a time for each: marks say from which number on they
// came at which time. So a moment may be too early by a second, or by a hundredth of the age.
// Invariant: marks rise by number and by time; those of items that are still there are kept.
#pragma once

#include "server/core/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace penstock::core {

class Ages {
public:
    static constexpr std::chrono::seconds interval{1};

    /// Whether an item that is put now needs a mark.
    [[nodiscard]] bool wants_mark(TimePoint now) const { return now >= next_mark_; }
    /// For the item `seq` and those that follow. No item before `kept` is there any more.
    void mark(Seq seq, TimePoint now, Seq kept);
    [[nodiscard]] TimePoint put_at(Seq seq) const;

    // Where the order of the ready items doesn't tell which is the oldest, they are counted, mark
    // by mark.

    void add_ready(Seq seq) { ++at(seq).ready; }
    void remove_ready(Seq seq) { --at(seq).ready; }
    void none_ready();
    /// The number from which on one of those that are ready was put first.
    [[nodiscard]] std::optional<Seq> first_ready() const;

    /// Nothing is there any more.
    void clear()
    {
        if (marks_.size() > 1) forget();
    }
    [[nodiscard]] std::size_t size() const { return marks_.size(); }

private:
    struct Mark {
        Seq seq = 0;
        TimePoint time{};
        std::uint64_t ready = 0;
    };

    [[nodiscard]] const Mark& at(Seq seq) const;
    [[nodiscard]] Mark& at(Seq seq);
    void forget();
    void forget_before(Seq kept);
    void thin(TimePoint now);

    static constexpr std::size_t thin_at_min = 256;

    std::vector<Mark> marks_;
    TimePoint next_mark_ = TimePoint::min();
    std::size_t thin_at_ = thin_at_min;
};

}  // namespace penstock::core
