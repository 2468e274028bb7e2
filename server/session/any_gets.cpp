#include "server/session/any_gets.hpp"

namespace penstock::session {

void AnyGets::add(wire::OpId op, Places places)
{
    places_ += places.size();
    for (const Place& place : places) by_handle_.emplace(place.handle, op);
    gets_.emplace(op, std::move(places));
}

void AnyGets::remove(wire::OpId first, std::uint64_t n)
{
    auto get = gets_.lower_bound(first);
    while (get != gets_.end() && get->first - first < n) {
        places_ -= get->second.size();
        for (const Place& place : get->second) by_handle_.erase({place.handle, get->first});
        get = gets_.erase(get);
    }
}

const AnyGets::Places* AnyGets::find(wire::OpId op) const
{
    const auto get = gets_.find(op);
    return get == gets_.end() ? nullptr : &get->second;
}

std::vector<wire::OpId> AnyGets::of(wire::HandleId handle) const
{
    std::vector<wire::OpId> ops;
    auto place = by_handle_.lower_bound({handle, 0});
    for (; place != by_handle_.end() && place->first == handle; ++place) {
        ops.push_back(place->second);
    }
    return ops;
}

}  // namespace penstock::session
