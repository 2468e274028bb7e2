// The connections that have not come to WELCOME, in the order of their arrival: of all users, and
// of each one. Who needs room takes it from the oldest of them.
#pragma once

#include "server/session/shares.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace penstock::session {

/// Rises with each connection, so that its order is the order of arrival.
using PeerId = std::uint64_t;

class Strangers {
public:
    void add(UserId user, PeerId peer)
    {
        all_.insert(peer);
        by_user_.emplace(user, peer);
    }

    /// No harm if it is not there.
    void remove(UserId user, PeerId peer)
    {
        all_.erase(peer);
        by_user_.erase({user, peer});
    }

    [[nodiscard]] std::optional<PeerId> oldest() const
    {
        return all_.empty() ? std::nullopt : std::optional(*all_.begin());
    }

    [[nodiscard]] std::optional<PeerId> oldest_of(UserId user) const
    {
        const auto first = by_user_.lower_bound({user, std::numeric_limits<PeerId>::min()});
        if (first == by_user_.end() || first->first != user) return std::nullopt;
        return first->second;
    }

    [[nodiscard]] std::size_t size() const { return all_.size(); }

private:
    std::set<PeerId> all_;
    std::set<std::pair<UserId, PeerId>> by_user_;
};

}  // namespace penstock::session
