// Finds the broker's address and connects to it, or to a listener of pipes.
#pragma once

#include "client/src/io/descriptor.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace penstock::io {

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
    std::optional<std::uint32_t> peer_uid = {};  // Unix sockets
};

/// Who is to be there: for the texts.
enum class Party : std::uint8_t { broker, listener };

/// Tries every address that the endpoint's name has, until `deadline`. On a Unix socket the other
/// side must be a process of this user, of root, or of `trusted_uid`.
[[nodiscard]] Dialled dial(const base::Endpoint& endpoint,
                           base::TimePoint deadline,
                           std::optional<std::uint32_t> trusted_uid,
                           Party party);

}  // namespace penstock::io
