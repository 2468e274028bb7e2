// The connections that have not come to WELCOME, in the order of their arrival. Who needs room
// takes it from the oldest one of a user: his own, or the user's who has the most.
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

class Strangers {
public:
    void add(UserId user, PeerId peer)
    {
        std::set<PeerId>& his = by_user_[user];
        if (!his.empty()) ranks_.erase(rank(his));
        if (his.insert(peer).second) ++size_;
        ranks_.insert(rank(his));
    }

    /// No harm if it is not there.
    void remove(UserId user, PeerId peer)
    {
        const auto his = by_user_.find(user);
        if (his == by_user_.end()) return;
        ranks_.erase(rank(his->second));
        size_ -= his->second.erase(peer);
        if (his->second.empty()) {
            by_user_.erase(his);
        } else {
            ranks_.insert(rank(his->second));
        }
    }

    /// Of the user who has the most, so that a crowd of one user's drives out nobody else's; of
    /// those who have as many, the oldest of all.
    [[nodiscard]] std::optional<PeerId> oldest_of_most() const
    {
        if (ranks_.empty()) return std::nullopt;
        return ranks_.lower_bound({ranks_.rbegin()->first, 0})->second;
    }

    [[nodiscard]] std::optional<PeerId> oldest_of(UserId user) const
    {
        const auto his = by_user_.find(user);
        return his == by_user_.end() ? std::nullopt : std::optional(*his->second.begin());
    }

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    using Rank = std::pair<std::size_t, PeerId>;  // how many a user has, and the oldest of them

    [[nodiscard]] static Rank rank(const std::set<PeerId>& his)
    {
        return {his.size(), *his.begin()};
    }

    std::map<UserId, std::set<PeerId>> by_user_;
    std::set<Rank> ranks_;
    std::size_t size_ = 0;
};

}  // namespace penstock::session
