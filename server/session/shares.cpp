#include "server/session/shares.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace penstock::session {

namespace {

constexpr std::size_t index_of(Resource resource)
{
    return static_cast<std::size_t>(resource);
}

}  // namespace

Shares::Shares(unsigned share_percent)
{
    set_share_percent(share_percent);
    max_.fill(UINT64_MAX);
}

void Shares::set_share_percent(unsigned share_percent)
{
    PENSTOCK_ASSERT(share_percent >= 1 && share_percent <= 100);
    share_percent_ = share_percent;
}

void Shares::set_max(Resource resource, std::uint64_t max)
{
    max_[index_of(resource)] = max;
}

UserId Shares::enter(std::string_view name)
{
    const auto found = ids_.find(name);
    if (found != ids_.end()) {
        ++users_.at(found->second).connections;
        return found->second;
    }
    const UserId user = ++last_user_;
    ids_.emplace(std::string(name), user);
    users_.emplace(user, User{std::string(name), 1, {}});
    return user;
}

void Shares::leave(UserId user)
{
    --users_.at(user).connections;
    forget_if_idle(user);
}

Room Shares::room(UserId user, Resource resource, std::uint64_t amount) const
{
    const auto exceeds = [amount](std::uint64_t held, std::uint64_t limit) {
        return held > limit || amount > limit - held;
    };
    // His own share first: whoever is over both is the one to be told, and to make room.
    if (exceeds(used_by(user, resource), share(resource))) return Room::share_used;
    return exceeds(used(resource), max(resource)) ? Room::total_used : Room::ok;
}

void Shares::take(UserId user, Resource resource, std::uint64_t amount)
{
    users_.at(user).held[index_of(resource)] += amount;
    used_[index_of(resource)] += amount;
}

void Shares::give(UserId user, Resource resource, std::uint64_t amount)
{
    std::uint64_t& held = users_.at(user).held[index_of(resource)];
    PENSTOCK_ASSERT(held >= amount);
    held -= amount;
    used_[index_of(resource)] -= amount;
    forget_if_idle(user);
}

std::uint64_t Shares::used(Resource resource) const
{
    return used_[index_of(resource)];
}

std::uint64_t Shares::used_by(UserId user, Resource resource) const
{
    const auto found = users_.find(user);
    return found == users_.end() ? 0 : found->second.held[index_of(resource)];
}

std::uint64_t Shares::max(Resource resource) const
{
    return max_[index_of(resource)];
}

std::uint64_t Shares::share(Resource resource) const
{
    // Rounded up, or a small total would be nobody's. In this order, so that nothing overflows.
    const std::uint64_t total = max(resource);
    return total / 100 * share_percent_ + (total % 100 * share_percent_ + 99) / 100;
}

void Shares::forget_if_idle(UserId user)
{
    const auto found = users_.find(user);
    if (found->second.connections > 0) return;
    for (const std::uint64_t held : found->second.held) {
        if (held > 0) return;
    }
    ids_.erase(found->second.name);
    users_.erase(found);
}

}  // namespace penstock::session
