// What the system said of the call that has just failed.
#pragma once

#include <cerrno>
#include <system_error>

namespace penstock::blocking {

[[nodiscard]] inline std::error_code last_error() noexcept
{
    return {errno, std::system_category()};
}

}  // namespace penstock::blocking
