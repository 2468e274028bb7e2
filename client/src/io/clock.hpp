// The clock of both drivers.
#pragma once

#include "common/base/time.hpp"

#include <chrono>

namespace penstock::io {

[[nodiscard]] inline base::TimePoint now()
{
    return std::chrono::steady_clock::now();
}

}  // namespace penstock::io
