// How many bytes of unresolved PUTs a session has under way: for the grant `max_bytes`, and for its
// user's share of what the broker holds for all. docs/protocol.md, section 3, "Grants".
#pragma once

#include "common/wire/limits.hpp"
#include "server/session/op_table.hpp"
#include "server/session/shares.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

namespace penstock::session {

class PutCharges {
public:
    explicit PutCharges(Account account) : account_(account) {}
    ~PutCharges() { account_.give(Resource::pending_bytes, held_); }
    PutCharges(const PutCharges&) = delete;
    PutCharges& operator=(const PutCharges&) = delete;

    /// Whether the broker has room for one more that it can't resolve at once.
    [[nodiscard]] bool may_add(std::uint64_t size) const
    {
        return account_.may_take(Resource::pending_bytes, charge_of(size));
    }

    /// The grant counts what was announced, `size`; the broker what it holds: the `arrived` part.
    /// Else announcing alone would use up what others need.
    void add(OpId op, core::ObjectId object, std::uint64_t size, std::uint64_t arrived)
    {
        const std::uint64_t bytes = charge_of(size);
        const auto [charge, added] = charges_.emplace(op, Charge{object, bytes, 0});
        bytes_ += bytes;
        ++puts_[object];
        hold(charge->second, charge_of(arrived));
    }

    /// More of an item that was added has arrived. False, and nothing is charged, if the broker has
    /// no room for it.
    [[nodiscard]] bool add_arrived(OpId op, std::uint64_t size)
    {
        if (!account_.may_take(Resource::pending_bytes, size)) return false;
        hold(charges_.at(op), size);
        return true;
    }

    /// The operations are resolved; those without a charge were resolved as they came.
    void release(OpId first, std::uint64_t n)
    {
        auto charge = charges_.lower_bound(first);
        while (charge != charges_.end() && charge->first < first + n) {
            bytes_ -= charge->second.bytes;
            account_.give(Resource::pending_bytes, charge->second.held);
            held_ -= charge->second.held;
            const auto puts = puts_.find(charge->second.object);
            if (--puts->second == 0) puts_.erase(puts);
            charge = charges_.erase(charge);
        }
    }

    /// A PUT alone on its object is always within the grant, however large.
    [[nodiscard]] bool within(std::uint64_t max_bytes, core::ObjectId object) const
    {
        if (bytes_ <= max_bytes) return true;
        const auto puts = puts_.find(object);
        return puts == puts_.end() || puts->second <= 1;
    }

private:
    [[nodiscard]] static std::uint64_t charge_of(std::uint64_t size)
    {
        return std::max<std::uint64_t>(size, wire::put_member_bytes_min);
    }

    struct Charge {
        core::ObjectId object = 0;
        std::uint64_t bytes = 0;  // of the grant
        std::uint64_t held = 0;   // on the user's account
    };

    void hold(Charge& charge, std::uint64_t bytes)
    {
        account_.take(Resource::pending_bytes, bytes);
        charge.held += bytes;
        held_ += bytes;
    }

    Account account_;
    std::map<OpId, Charge> charges_;
    std::map<core::ObjectId, std::uint64_t> puts_;
    std::uint64_t bytes_ = 0;
    std::uint64_t held_ = 0;
};

}  // namespace penstock::session
