// Table: the rows of one kind, each with the version in which it changed last, and what is gone.
#pragma once

#include "server/bridge/limits.hpp"

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace penstock::bridge {

/// Invariant: whoever had the rows of version `since` (not before `forgotten()`) has those of today
/// after taking the rows with `changed > since` and dropping `removed_since(since)`.
template <class Row>
class Table {
public:
    struct Entry {
        Row row;
        std::uint64_t changed = 0;
    };
    using Rows = std::unordered_map<std::uint64_t, Entry>;

    [[nodiscard]] const Rows& rows() const { return rows_; }
    [[nodiscard]] const Row* find(std::uint64_t id) const
    {
        const auto found = rows_.find(id);
        return found == rows_.end() ? nullptr : &found->second.row;
    }
    /// How many there are for which there was no room.
    [[nodiscard]] std::size_t left_out() const { return left_out_.size(); }
    /// What was gone by then is forgotten.
    [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

    /// False: there is no room for it.
    bool put(std::uint64_t id, Row row, std::uint64_t version)
    {
        unseen_.erase(id);
        const auto found = rows_.find(id);
        if (found == rows_.end() && rows_.size() >= rows_kept_max) {
            if (left_out_.size() < rows_kept_max) left_out_.insert(id);
            return false;
        }
        left_out_.erase(id);
        rows_.insert_or_assign(id, Entry{std::move(row), version});
        return true;
    }

    bool erase(std::uint64_t id, std::uint64_t version, TimePoint now)
    {
        unseen_.erase(id);
        left_out_.erase(id);
        if (rows_.erase(id) == 0) return false;
        tombstones_.push_back({id, version, now});
        if (tombstones_.size() > tombstones_max) forget_oldest();
        return true;
    }

    /// What is not put from now on until `take_unseen` is no more.
    void begin_again()
    {
        unseen_.clear();
        left_out_.clear();
        for (const auto& [id, entry] : rows_) unseen_.insert(id);
    }
    [[nodiscard]] std::vector<std::uint64_t> take_unseen()
    {
        const std::unordered_set<std::uint64_t> unseen = std::exchange(unseen_, {});
        return {unseen.begin(), unseen.end()};
    }

    [[nodiscard]] std::vector<std::uint64_t> removed_since(std::uint64_t version) const
    {
        std::vector<std::uint64_t> ids;
        for (auto i = tombstones_.rbegin(); i != tombstones_.rend() && i->version > version; ++i) {
            ids.push_back(i->id);
        }
        return ids;
    }

    void forget_old(TimePoint now)
    {
        while (!tombstones_.empty() && tombstones_.front().at + tombstone_age_max < now) {
            forget_oldest();
        }
    }

private:
    struct Tombstone {
        std::uint64_t id = 0;
        std::uint64_t version = 0;
        TimePoint at{};
    };

    void forget_oldest()
    {
        forgotten_ = tombstones_.front().version;
        tombstones_.pop_front();
    }

    Rows rows_;
    std::unordered_set<std::uint64_t> unseen_;
    std::unordered_set<std::uint64_t> left_out_;
    std::deque<Tombstone> tombstones_;
    std::uint64_t forgotten_ = 0;
};

}  // namespace penstock::bridge
