// Who uses how much of what the broker has: a ledger of users and resources. Each resource has a
// total, and one user gets at most his share of it, so that nobody can use up what all need.
// Invariant: a resource's total is the sum of what its users hold; who holds nothing is forgotten.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace penstock::session {

/// Stands for a user's name ("uid=1000", "addr=10.0.0.1"); never used twice while the broker runs.
using UserId = std::uint64_t;

enum class Resource : std::uint8_t {
    descriptors,     // a TCP connection is one, a Unix connection two: its socket and its pidfd
    sessions,        // from WELCOME to the end
    objects,         // queues, from their creation to their removal
    pending_bytes,   // items that arrive or wait for room, output that is not read, and records
    record_bytes,    // of those: operations that wait, results that are kept, handles
    passed_sockets,  // of pipes, until the client has acknowledged that it has them
};
inline constexpr std::size_t resource_count = 6;

/// Why somebody may not have more; `ok` if he may.
enum class Room : std::uint8_t { ok, share_used, total_used };

class Shares {
public:
    /// `share_percent`, 1 to 100, of each total is one user's; nobody is exempt, no uid either.
    explicit Shares(unsigned share_percent);
    void set_share_percent(unsigned share_percent);
    Shares(const Shares&) = delete;
    Shares& operator=(const Shares&) = delete;

    /// Without a call a resource is unlimited. It may go below what is used.
    void set_max(Resource resource, std::uint64_t max);

    /// One more connection of this user. Its number is good until as many `leave` were called and
    /// the user holds nothing.
    [[nodiscard]] UserId enter(std::string_view name);
    void leave(UserId user);

    [[nodiscard]] Room room(UserId user, Resource resource, std::uint64_t amount) const;
    [[nodiscard]] bool may_take(UserId user, Resource resource, std::uint64_t amount) const
    {
        return room(user, resource, amount) == Room::ok;
    }
    /// Doesn't ask whether it may: some things are let through whatever they cost.
    void take(UserId user, Resource resource, std::uint64_t amount);
    void give(UserId user, Resource resource, std::uint64_t amount);

    [[nodiscard]] std::uint64_t used(Resource resource) const;
    [[nodiscard]] std::uint64_t used_by(UserId user, Resource resource) const;
    [[nodiscard]] std::uint64_t max(Resource resource) const;
    [[nodiscard]] std::uint64_t share(Resource resource) const;
    [[nodiscard]] std::size_t users() const { return users_.size(); }

private:
    using Amounts = std::array<std::uint64_t, resource_count>;

    struct User {
        std::string name;
        std::size_t connections = 0;
        Amounts held{};
    };

    void forget_if_idle(UserId user);

    unsigned share_percent_ = 0;
    Amounts max_{};
    Amounts used_{};
    std::unordered_map<UserId, User> users_;
    std::map<std::string, UserId, std::less<>> ids_;
    UserId last_user_ = 0;
};

/// One user's page of the ledger, for those who charge what he causes.
class Account {
public:
    Account(Shares& shares, UserId user) : shares_(&shares), user_(user) {}

    [[nodiscard]] UserId user() const { return user_; }
    [[nodiscard]] bool may_take(Resource resource, std::uint64_t amount) const
    {
        return shares_->may_take(user_, resource, amount);
    }
    void take(Resource resource, std::uint64_t amount) { shares_->take(user_, resource, amount); }
    void give(Resource resource, std::uint64_t amount) { shares_->give(user_, resource, amount); }
    /// What this user caused may outlive his sessions: it is given back in his name.
    void give_for(UserId user, Resource resource, std::uint64_t amount)
    {
        shares_->give(user, resource, amount);
    }

private:
    Shares* shares_;
    UserId user_;
};

}  // namespace penstock::session
