// The seed of a test that draws lots: a new one each time, printed, and taken again if passed back.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace penstock::support {

[[nodiscard]] inline std::uint64_t printed_seed()
{
    const char* given = std::getenv("PENSTOCK_TEST_SEED");
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    std::cout << "PENSTOCK_TEST_SEED=" << seed << std::endl;
    return seed;
}

}  // namespace penstock::support
