// What connecting to a broker needs to know before it touches the network.
#pragma once

#include "client/src/protocol/session.hpp"
#include "common/base/endpoint.hpp"

#include <penstock/options.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace penstock::io {

struct Connecting {
    base::Endpoint endpoint;
    protocol::SessionOptions session;
    std::error_code ec;  // why it can't be
    std::string text;    // the same, complete
};

/// Looks at the environment and reads the key file.
[[nodiscard]] Connecting prepare(std::string_view address, const ConnectOptions& options);

}  // namespace penstock::io
