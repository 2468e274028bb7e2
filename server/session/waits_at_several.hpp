// WaitsAtSeveral: those GETs of a session, or those READs, that wait at several handles at once,
// found by their ids and by each of their handles.
#pragma once

#include "common/wire/messages.hpp"
#include "server/core/types.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace penstock::session {

class WaitsAtSeveral {
public:
    struct Place {
        wire::HandleId handle = 0;
        core::ObjectId object = 0;
    };
    /// In the order of the frame: which one a GET's item comes from is told by its index here.
    using Places = std::vector<Place>;

    void add(wire::OpId op, Places places);
    void remove(wire::OpId first, std::uint64_t n);
    /// Null when the operation waits at one queue, or is done.
    [[nodiscard]] const Places* find(wire::OpId op) const;
    [[nodiscard]] std::vector<wire::OpId> of(wire::HandleId handle) const;
    [[nodiscard]] std::vector<wire::OpId> ops() const;

    [[nodiscard]] std::size_t size() const { return waits_.size(); }
    /// Of all of them together.
    [[nodiscard]] std::size_t places() const { return places_; }

private:
    std::map<wire::OpId, Places> waits_;
    std::set<std::pair<wire::HandleId, wire::OpId>> by_handle_;
    std::size_t places_ = 0;
};

}  // namespace penstock::session
