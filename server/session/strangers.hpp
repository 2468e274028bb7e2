// The connections that have not come to WELCOME, in the order of their arrival. Who needs room
// takes it from the oldest one: his own, that of a crowd, or of all.
#pragma once

#include "server/session/shares.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace penstock::session {

/// Rises with each connection, so that its order is the order of arrival.
using PeerId = std::uint64_t;

/// Who has more than one in so many of all is a crowd. An honest host that starts its workers at
/// once shall not be one, though others sit there with one connection on each of many addresses.
inline constexpr std::size_t crowd_divisor = 4;

class Strangers {
public:
    void add(UserId user, PeerId peer)
    {
        all_.insert(peer);
        std::set<PeerId>& his = by_user_[user];
        if (!his.empty()) ranks_.erase(rank(his));
        his.insert(peer);
        ranks_.insert(rank(his));
    }

    /// No harm if it is not there.
    void remove(UserId user, PeerId peer)
    {
        const auto his = by_user_.find(user);
        if (his == by_user_.end()) return;
        ranks_.erase(rank(his->second));
        if (his->second.erase(peer) > 0) all_.erase(peer);
        if (his->second.empty()) {
            by_user_.erase(his);
        } else {
            ranks_.insert(rank(his->second));
        }
    }

    /// Who makes way for others: the oldest of the user who has the most, if he is a crowd, so that
    /// he drives out nobody else; otherwise the oldest of all.
    [[nodiscard]] std::optional<PeerId> first_to_go() const
    {
        if (ranks_.empty()) return std::nullopt;
        const std::size_t most = ranks_.rbegin()->first;
        if (most <= size() / crowd_divisor) return *all_.begin();
        return ranks_.lower_bound({most, 0})->second;
    }

    [[nodiscard]] std::optional<PeerId> oldest_of(UserId user) const
    {
        const auto his = by_user_.find(user);
        return his == by_user_.end() ? std::nullopt : std::optional(*his->second.begin());
    }

    [[nodiscard]] std::size_t size() const { return all_.size(); }

private:
    using Rank = std::pair<std::size_t, PeerId>;  // how many a user has, and the oldest of them

    [[nodiscard]] static Rank rank(const std::set<PeerId>& his)
    {
        return {his.size(), *his.begin()};
    }

    std::set<PeerId> all_;
    std::map<UserId, std::set<PeerId>> by_user_;
    std::set<Rank> ranks_;
};

}  // namespace penstock::session
