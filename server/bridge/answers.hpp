// Answers: what becomes of an HTTP request. Does no I/O and knows no clock.
#pragma once

#include "server/bridge/access.hpp"
#include "server/bridge/http.hpp"
#include "server/bridge/limits.hpp"
#include "server/bridge/state.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace penstock::bridge {

/// What is answered from the broker's state, once that is fresh.
enum class Wanted : std::uint8_t { state, metrics, metrics_per_object };

struct Upgrade {
    Role role{};
    /// Which subprotocol to agree to; empty: none was asked for.
    std::string protocol;
};

class Answers {
public:
    using Secret = std::array<std::byte, 16>;
    using Answer = std::variant<Response, Wanted, Upgrade>;

    Answers(Sites sites, Tokens tokens) : sites_(std::move(sites)), tokens_(std::move(tokens)) {}

    /// `secret`: random bytes, for a ticket.
    [[nodiscard]] Answer answer(const Request& request,
                                const State& state,
                                TimePoint now,
                                const Secret& secret);
    /// To what was `Wanted`, of the state at hand.
    [[nodiscard]] Response wanted_answer(Wanted wanted, const Request& request, State& state) const;

private:
    [[nodiscard]] std::optional<Response> refused(const Request& request) const;
    [[nodiscard]] std::optional<Role> bearer(const Request& request) const;
    [[nodiscard]] Answer api(const Request& request,
                             std::string_view path,
                             TimePoint now,
                             const Secret& secret);
    [[nodiscard]] Response ticket(Role role, TimePoint now, const Secret& secret);
    [[nodiscard]] Response state_answer(const Request& request, State& state) const;
    [[nodiscard]] Answer live(const Request& request, TimePoint now);

    Sites sites_;
    Tokens tokens_;
    Tickets tickets_;
};

/// An error, in words: JSON where a program asks.
[[nodiscard]] Response problem(unsigned status, std::string_view text);
[[nodiscard]] Response text_answer(std::string type, std::string text);

/// The headers that each answer has, its own among them.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> all_headers(
    const Response& response);

}  // namespace penstock::bridge
