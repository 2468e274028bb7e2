// What connecting to a broker needs to know before it touches the network.
#pragma once

#include "client/src/io/descriptor.hpp"
#include "client/src/io/dial.hpp"
#include "client/src/protocol/session.hpp"
#include "common/base/endpoint.hpp"

#include <penstock/options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace penstock::io {

struct Connecting {
    std::string where;  // for texts
    base::Endpoint endpoint;
    Descriptor socket;  // if one was given: it is connected, and the endpoint counts for nothing
    protocol::SessionOptions session;
    std::error_code ec;  // why it can't be
    std::string text;    // the same, complete
};

/// Looks at the environment and reads the key file.
[[nodiscard]] Connecting prepare(std::string_view address, const ConnectOptions& options);

/// The socket that was given, as if it had been dialled.
[[nodiscard]] Dialled take_over(Descriptor socket);

// Complete sentences for those who could not connect.

[[nodiscard]] std::string dial_text(const std::string& where, const Dialled& dialled);
/// `why` is what the session said at its end.
[[nodiscard]] std::string open_text(const std::string& where,
                                    const std::error_code& ec,
                                    const std::string& why,
                                    std::optional<std::uint32_t> broker_uid);
/// The same for those whose connection was cut.
[[nodiscard]] std::string cut_text(const std::string& where,
                                   const std::error_code& ec,
                                   const std::string& why);

}  // namespace penstock::io
