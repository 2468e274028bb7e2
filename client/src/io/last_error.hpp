// What the system said of the call that has just failed.
#pragma once

#include <cerrno>
#include <system_error>

namespace penstock::io {

[[nodiscard]] inline std::error_code last_error() noexcept
{
    return {errno, std::system_category()};
}

}  // namespace penstock::io
