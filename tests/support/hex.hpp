// Bytes as hexadecimal text, for golden frames and for messages of failed tests.
#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace penstock::support {

/// Blanks are passed over; anything else that is no digit is a mistake in the test.
[[nodiscard]] inline base::Bytes from_hex(std::string_view text)
{
    base::Bytes bytes;
    int high = -1;
    for (const char c : text) {
        if (c == ' ' || c == '\n') continue;
        const bool digit = c >= '0' && c <= '9';
        PENSTOCK_ASSERT(digit || (c >= 'a' && c <= 'f'));
        const int value = digit ? c - '0' : c - 'a' + 10;
        if (high < 0) {
            high = value;
        } else {
            bytes.push_back(static_cast<std::byte>(high * 16 + value));
            high = -1;
        }
    }
    PENSTOCK_ASSERT(high < 0);
    return bytes;
}

[[nodiscard]] inline std::string to_hex(std::span<const std::byte> bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<std::size_t>(byte >> 4)];
        text += digits[std::to_integer<std::size_t>(byte & std::byte{0x0f})];
    }
    return text;
}

}  // namespace penstock::support
