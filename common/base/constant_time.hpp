// Comparing secrets: the time it takes says nothing about where they differ.
#pragma once

#include <cstddef>
#include <span>

namespace penstock::base {

[[nodiscard]] inline bool equal_in_constant_time(std::span<const std::byte> left,
                                                 std::span<const std::byte> right)
{
    if (left.size() != right.size()) return false;  // the lengths are no secret
    volatile unsigned char difference = 0;          // volatile: no early way out
    for (std::size_t i = 0; i < left.size(); ++i)
        difference = static_cast<unsigned char>(difference |
                                                std::to_integer<unsigned char>(left[i] ^ right[i]));
    return difference == 0;
}

}  // namespace penstock::base
