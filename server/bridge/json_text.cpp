#include "server/bridge/json_text.hpp"

#include <cstddef>

namespace penstock::bridge {

namespace {

/// The length of the UTF-8 character that `text` begins with, or 0. RFC 3629: no surrogates,
/// nothing longer than needed, nothing above U+10FFFF.
std::size_t character_size(std::string_view text)
{
    const auto at = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return at(i) >= low && at(i) <= high;
    };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = first == 0xed ? 0x9f : 0xbf;
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

JsonText& JsonText::key(std::string_view name)
{
    separate();
    quote(name);
    out_ += ':';
    first_ = true;
    return *this;
}

JsonText& JsonText::text(std::string_view value)
{
    separate();
    quote(value);
    return *this;
}

JsonText& JsonText::raw(std::string_view value)
{
    separate();
    out_ += value;
    return *this;
}

JsonText& JsonText::open(char bracket)
{
    separate();
    out_ += bracket;
    first_ = true;
    return *this;
}

JsonText& JsonText::close(char bracket)
{
    out_ += bracket;
    first_ = false;
    return *this;
}

void JsonText::separate()
{
    if (!first_) out_ += ',';
    first_ = false;
}

void JsonText::quote(std::string_view value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    out_ += '"';
    while (!value.empty()) {
        const std::size_t size = character_size(value);
        const char c = value.front();
        if (size == 0) {
            out_ += "\xef\xbf\xbd";
        } else if (c == '"' || c == '\\') {
            out_ += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20) {
            const auto code = static_cast<unsigned char>(c);
            out_ += "\\u00";
            out_ += {digits[code >> 4], digits[code & 15]};
        } else {
            out_ += value.substr(0, size);
        }
        value.remove_prefix(size == 0 ? 1 : size);
    }
    out_ += '"';
}

}  // namespace penstock::bridge
