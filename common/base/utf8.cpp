#include "common/base/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace penstock::base {

namespace {

/// The code point's length in bytes, by its first byte; 0: no code point begins so.
std::size_t sequence_size(std::uint8_t first)
{
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0;  // a continuation byte, or the start of an overlong form
    if (first < 0xe0) return 2;
    if (first < 0xf0) return 3;
    if (first < 0xf5) return 4;
    return 0;
}

/// Where a first byte restricts the second: overlong forms, surrogates, above U+10FFFF.
bool second_allowed(std::uint8_t first, std::uint8_t second)
{
    switch (first) {
        case 0xe0:
            return second >= 0xa0;
        case 0xed:
            return second < 0xa0;
        case 0xf0:
            return second >= 0x90;
        case 0xf4:
            return second < 0x90;
        default:
            return true;
    }
}

}  // namespace

bool valid_utf8(std::string_view text)
{
    std::size_t at = 0;
    while (at < text.size()) {
        const auto first = static_cast<std::uint8_t>(text[at]);
        const std::size_t size = sequence_size(first);
        if (size == 0 || size > text.size() - at) return false;
        for (std::size_t i = 1; i < size; ++i) {
            const auto next = static_cast<std::uint8_t>(text[at + i]);
            if ((next & 0xc0) != 0x80) return false;
            if (i == 1 && !second_allowed(first, next)) return false;
        }
        at += size;
    }
    return true;
}

}  // namespace penstock::base
