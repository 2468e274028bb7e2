// GotItems: the items that one GET was given, by their index, in runs of neighbours.
#pragma once

#include "server/core/types.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace penstock::session {

class GotItems {
public:
    /// The next item; the first has index 1.
    void add(core::Seq seq);
    [[nodiscard]] std::optional<core::Seq> find(std::uint64_t index) const;
    /// Those behind it keep their indexes.
    void remove(std::uint64_t index);

    [[nodiscard]] bool empty() const { return runs_.empty(); }
    [[nodiscard]] std::size_t runs() const { return runs_.size(); }
    /// Calls `visit(index, core::SeqRange)` with every run and the index of its first.
    template <class Visit>
    void for_each(Visit&& visit) const
    {
        for (const auto& [index, run] : runs_) visit(index, run);
    }

private:
    using Runs = std::map<std::uint64_t, core::SeqRange>;

    [[nodiscard]] Runs::const_iterator containing(std::uint64_t index) const;

    Runs runs_;  // by the index of their first
    std::uint64_t last_index_ = 0;
};

}  // namespace penstock::session
