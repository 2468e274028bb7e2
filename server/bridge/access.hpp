// Access: who may ask what. Tokens, tickets, and the lists of hosts and origins; knows no clock and
// no source of randomness.
#pragma once

#include "server/bridge/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::bridge {

enum class Role : std::uint8_t { viewer, operator_ };

[[nodiscard]] std::string_view word_of(Role role);

/// Takes as long for what differs at once as for what differs at the end.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex(std::span<const std::byte> bytes);

/// What proves a role. The operator's is empty where nobody may be one.
struct Tokens {
    std::string viewer;
    std::string operator_;
};

/// Whose token it is, if anybody's.
[[nodiscard]] std::optional<Role> role_of(const Tokens& tokens, std::string_view token);
/// The token of `Authorization: Bearer TOKEN`; empty: it isn't of that form.
[[nodiscard]] std::string_view bearer_of(std::string_view authorization);

/// Where the page may be reached and may come from.
class Sites {
public:
    /// `port`: ours. `origins`: others, "https://monitor.example", by which a proxy serves the
    /// page.
    Sites(std::uint16_t port, std::vector<std::string> origins);

    /// `local`: the address, "127.0.0.1", that the connection came to. A Host must be that address,
    /// `localhost` on loopback, or the host of an origin: a name that somebody made point to us
    /// isn't.
    [[nodiscard]] bool host_allowed(std::string_view host, std::string_view local) const;
    [[nodiscard]] bool origin_allowed(std::string_view origin, std::string_view local) const;

private:
    [[nodiscard]] std::vector<std::string> own_hosts(std::string_view local) const;

    std::uint16_t port_;
    std::vector<std::string> origins_;  // in lower case
};

/// A ticket opens one WebSocket, once and soon.
class Tickets {
public:
    /// `secret`: random bytes. Absent: too many are out; ask again in a moment.
    [[nodiscard]] std::optional<std::string> issue(Role role,
                                                   TimePoint now,
                                                   std::span<const std::byte> secret);
    /// Whose it was. It is worth nothing afterwards.
    [[nodiscard]] std::optional<Role> take(std::string_view ticket, TimePoint now);

private:
    struct Ticket {
        std::string text;
        Role role{};
        TimePoint until{};
    };
    void forget_old(TimePoint now);

    std::deque<Ticket> tickets_;  // the oldest first
};

}  // namespace penstock::bridge
