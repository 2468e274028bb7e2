// Finds the broker's address and connects to it.
#pragma once

#include "client/src/blocking/descriptor.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace penstock::blocking {

struct Address {
    base::Endpoint endpoint;
    std::error_code ec;  // why there is none
    std::string text;    // the same, for the user
};

/// `text`; if it is empty PENSTOCK_URL; if that is empty, too, the default socket.
[[nodiscard]] Address find_address(std::string_view text);

struct Dialled {
    Descriptor socket;
    std::error_code ec;
    std::string text;  // more than the code says, and complete; may be empty
    std::optional<std::uint32_t> broker_uid = {};  // Unix sockets
};

/// Tries every address that the endpoint's name has, until `deadline`. On a Unix socket the other
/// side must be a process of this user, of root, or of `broker_uid`.
[[nodiscard]] Dialled dial(const base::Endpoint& endpoint,
                           base::TimePoint deadline,
                           std::optional<std::uint32_t> broker_uid);

}  // namespace penstock::blocking
