// IdRanges: an ordered set of ids, kept as disjoint ranges that are as long as possible.
// Both sides join with it what they acknowledge and what was done with one status.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

namespace penstock::base {

/// The ids `first` to `first + n - 1`.
struct IdRange {
    std::uint64_t first = 0;
    std::uint64_t n = 0;
    bool operator==(const IdRange&) const = default;
};

/// A tree, not a sorted vector: a peer decides in which order the ids come, and must not be able to
/// make each of them move all others.
class IdRanges {
    using Map = std::map<std::uint64_t, std::uint64_t>;  // first -> n; no two touch

public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = IdRange;
        using difference_type = std::ptrdiff_t;
        using pointer = const IdRange*;
        using reference = IdRange;

        explicit Iterator(Map::const_iterator at) : at_(at) {}
        IdRange operator*() const { return {at_->first, at_->second}; }
        Iterator& operator++()
        {
            ++at_;
            return *this;
        }
        Iterator operator++(int) { return Iterator(at_++); }
        bool operator==(const Iterator&) const = default;

    private:
        Map::const_iterator at_;
    };

    /// Ids that are there already stay there once. `first + n - 1` must be an id, too.
    void add(std::uint64_t first, std::uint64_t n = 1);
    /// Ids that are not there are passed over.
    void remove(std::uint64_t first, std::uint64_t n = 1);
    void clear() { ranges_.clear(); }
    /// Empties the set; no range of the result is longer than `n_max`.
    [[nodiscard]] std::vector<IdRange> take_all(std::uint64_t n_max = UINT64_MAX);

    [[nodiscard]] bool contains(std::uint64_t id) const;
    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    /// How many ranges, and how many ids in them.
    [[nodiscard]] std::size_t size() const { return ranges_.size(); }
    [[nodiscard]] std::uint64_t count() const;

    [[nodiscard]] Iterator begin() const { return Iterator(ranges_.begin()); }
    [[nodiscard]] Iterator end() const { return Iterator(ranges_.end()); }

private:
    Map ranges_;
};

}  // namespace penstock::base
