// Answers: appends one call's completions to the caller's list, neighbours with one outcome joined.
#pragma once

#include "server/core/types.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace penstock::core {

class Answers {
public:
    explicit Answers(Completions& out) : out_(out), start_(out.size()) {}

    void add(ObjectId object, Ticket who, Outcome outcome)
    {
        if (who.n == 0) return;
        if (joins(object, who, outcome)) {
            out_.back().who.n += who.n;
            return;
        }
        out_.push_back({.who = who, .outcome = outcome, .object = object});
    }

    void add_items(ObjectId object,
                   Ticket who,
                   AssignedItem first,
                   std::vector<AssignedItem> further)
    {
        out_.push_back({.who = who,
                        .outcome = Outcome::ok,
                        .object = object,
                        .item = std::move(first),
                        .further = std::move(further)});
    }

private:
    /// Never with what was there before the call: the caller may be about to read it.
    [[nodiscard]] bool joins(ObjectId object, Ticket who, Outcome outcome) const
    {
        if (out_.size() == start_) return false;
        const Completion& last = out_.back();
        return !last.item && last.object == object && last.outcome == outcome &&
               last.who.session == who.session && last.who.first + last.who.n == who.first;
    }

    Completions& out_;
    std::size_t start_;
};

}  // namespace penstock::core
