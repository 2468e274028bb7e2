// ChangeLog: the rows of one kind (queues, pipes, connections) in the order of their last changes,
// and which are gone. Who says up to where he knows it is told the rest.
// Invariant: each row that is there stands at its version, once; no two versions are alike, and a
// row that was told and then changed stands behind all that was told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace penstock::core {

/// What a reader was told beside the rows themselves.
struct ChangesTold {
    std::uint64_t version = 0;  // he is to ask again with it
    bool more = false;          // there are rows that he was not told
    bool from_start = false;    // he must forget what he knew before
    std::vector<std::uint64_t> removed;
};

class ChangeLog {
public:
    /// So many of the removed are remembered: who has missed more begins anew.
    static constexpr std::size_t removed_max = 4'096;

    /// An object's place; a member of it, or of what it is a part of. It is gone when the object
    /// is.
    class Row {
    public:
        explicit Row(ChangeLog& log) : log_(log) {}
        ~Row()
        {
            if (version_ != not_there) log_.remove(*this);
        }
        Row(const Row&) = delete;
        Row& operator=(const Row&) = delete;

        void add(std::uint64_t id);
        /// On the way of each put and get: one look, if nobody was told since the last time. That
        /// it keeps its place then is what lets all others have their turn, too.
        void touch()
        {
            if (version_ <= log_.told_) log_.move_to_end(*this);
        }

    private:
        friend class ChangeLog;
        static constexpr std::uint64_t not_there = UINT64_MAX;

        ChangeLog& log_;
        std::uint64_t id_ = 0;
        std::uint64_t version_ = not_there;
    };

    ChangeLog() = default;
    ChangeLog(const ChangeLog&) = delete;
    ChangeLog& operator=(const ChangeLog&) = delete;

    /// Calls `take(id)` with the rows that changed behind version `since`, those that changed
    /// longest ago first, until it answers false: that row, and what is behind it, is for the next
    /// time. 0 is before everything, and so is what was never a version here.
    template <class Take>
    [[nodiscard]] ChangesTold read(std::uint64_t since, Take&& take)
    {
        ChangesTold told;
        told.from_start = begins_anew(since);
        const std::uint64_t begin = told.from_start ? 0 : since;
        told.version = version_;
        std::uint64_t last = begin;
        for (auto row = rows_.upper_bound(begin); row != rows_.end(); ++row) {
            if (!take(row->second->id_)) {
                told.more = true;
                told.version = last;
                break;
            }
            last = row->first;
        }
        finish(told, begin);
        return told;
    }

    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    void check_invariants() const;

private:
    struct Removed {
        std::uint64_t id = 0;
        std::uint64_t version = 0;
    };

    [[nodiscard]] bool begins_anew(std::uint64_t since);
    void finish(ChangesTold& told, std::uint64_t begin);
    void move_to_end(Row& row);
    void remove(const Row& row);

    std::map<std::uint64_t, Row*> rows_;  // by version
    std::deque<Removed> removed_;
    std::uint64_t forgotten_ = 0;  // the version of the last removed that isn't remembered
    std::uint64_t version_ = 1;    // the last that was given to a change; never 0
    std::uint64_t told_ = 0;       // up to here, somebody was told
};

}  // namespace penstock::core
