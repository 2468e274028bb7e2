// The wire's answers as the errors that users see.
#pragma once

#include "common/wire/status.hpp"

#include <system_error>

namespace penstock::protocol {

/// No error for ok.
[[nodiscard]] std::error_code to_error_code(wire::Status status);

}  // namespace penstock::protocol
