#include "server/session/waits_at_several.hpp"

namespace penstock::session {

void WaitsAtSeveral::add(wire::OpId op, Places places)
{
    places_ += places.size();
    for (const Place& place : places) by_handle_.emplace(place.handle, op);
    waits_.emplace(op, std::move(places));
}

void WaitsAtSeveral::remove(wire::OpId first, std::uint64_t n)
{
    auto wait = waits_.lower_bound(first);
    while (wait != waits_.end() && wait->first - first < n) {
        places_ -= wait->second.size();
        for (const Place& place : wait->second) by_handle_.erase({place.handle, wait->first});
        wait = waits_.erase(wait);
    }
}

const WaitsAtSeveral::Places* WaitsAtSeveral::find(wire::OpId op) const
{
    const auto wait = waits_.find(op);
    return wait == waits_.end() ? nullptr : &wait->second;
}

std::vector<wire::OpId> WaitsAtSeveral::of(wire::HandleId handle) const
{
    std::vector<wire::OpId> ops;
    auto place = by_handle_.lower_bound({handle, 0});
    for (; place != by_handle_.end() && place->first == handle; ++place) {
        ops.push_back(place->second);
    }
    return ops;
}

std::vector<wire::OpId> WaitsAtSeveral::ops() const
{
    std::vector<wire::OpId> ops;
    for (const auto& [op, places] : waits_) ops.push_back(op);
    return ops;
}

}  // namespace penstock::session
