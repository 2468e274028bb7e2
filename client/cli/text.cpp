#include "client/cli/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

namespace penstock::cli {

namespace {

/// The character at the front of `text` and its length; none if that is not UTF-8.
struct Character {
    char32_t code = 0;
    std::size_t size = 0;
};

std::optional<Character> first_character(std::string_view text) noexcept
{
    const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return Character{lead, 1};
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return std::nullopt;
    char32_t code = lead & (0x7fu >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
        code = (code << 6) | (byte(i) & 0x3fu);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < smallest[size] || code > 0x10ffff || surrogate) return std::nullopt;
    return Character{code, size};
}

/// Controls, and what changes how the text around it is shown.
bool is_dangerous(char32_t code) noexcept
{
    constexpr std::array<std::pair<char32_t, char32_t>, 9> ranges{{
        {0x00, 0x1f},
        {0x7f, 0x9f},
        {0xad, 0xad},
        {0x61c, 0x61c},
        {0x200b, 0x200f},
        {0x2028, 0x202e},
        {0x2060, 0x206f},
        {0xfeff, 0xfeff},
        {0xe0000, 0xe0fff},
    }};
    return std::any_of(ranges.begin(), ranges.end(), [code](const auto& range) {
        return code >= range.first && code <= range.second;
    });
}

std::string escape(char32_t code)
{
    if (code == '\n') return "\\n";
    if (code == '\r') return "\\r";
    if (code == '\t') return "\\t";
    std::array<char, 16> text{};
    const char* format = code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x";
    (void)std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(code));
    return text.data();
}

/// Nearly: 0 for what stands on top of the character before, 2 for East Asia and pictures.
std::size_t columns_of(char32_t code) noexcept
{
    constexpr std::array<std::pair<char32_t, char32_t>, 9> wide{{
        {0x1100, 0x115f},
        {0x2e80, 0x303e},
        {0x3041, 0xa4cf},
        {0xac00, 0xd7a3},
        {0xf900, 0xfaff},
        {0xfe30, 0xfe6f},
        {0xff00, 0xff60},
        {0x1f300, 0x1faff},
        {0x20000, 0x3fffd},
    }};
    if (code >= 0x300 && code <= 0x36f) return 0;
    const bool is_wide = std::any_of(wide.begin(), wide.end(), [code](const auto& range) {
        return code >= range.first && code <= range.second;
    });
    return is_wide ? 2 : 1;
}

}  // namespace

std::string_view as_text(std::span<const std::byte> bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        const auto character = first_character(text);
        if (!character) return false;
        text.remove_prefix(character->size);
    }
    return true;
}

std::string printable(std::string_view text)
{
    std::string result;
    while (!text.empty()) {
        const auto character = first_character(text);
        const std::size_t size = character ? character->size : 1;
        if (!character) {
            result += escape(static_cast<std::uint8_t>(text[0]));
        } else if (is_dangerous(character->code)) {
            result += escape(character->code);
        } else {
            result += text.substr(0, size);
        }
        text.remove_prefix(size);
    }
    return result;
}

std::string printable_json(std::string_view json)
{
    std::string result;
    result.reserve(json.size());
    const auto append = [&result](char32_t unit) {
        std::array<char, 12> text{};
        (void)std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(unit));
        result += text.data();
    };
    while (!json.empty()) {
        const auto character = first_character(json);
        const std::size_t size = character ? character->size : 1;
        if (!character || !is_dangerous(character->code)) {
            result += json.substr(0, size);
        } else if (character->code < 0x10000) {
            append(character->code);
        } else {  // as two surrogates
            append(0xd7c0 + (character->code >> 10));
            append(0xdc00 + (character->code & 0x3ff));
        }
        json.remove_prefix(size);
    }
    return result;
}

std::size_t width_of(std::string_view text) noexcept
{
    std::size_t width = 0;
    while (!text.empty()) {
        const auto character = first_character(text);
        width += character ? columns_of(character->code) : 1;
        text.remove_prefix(character ? character->size : 1);
    }
    return width;
}

std::string clipped(std::string_view text, std::size_t width)
{
    constexpr std::string_view dots = "...";
    if (width_of(text) <= width) return std::string(text);
    const std::size_t room = width - std::min(width, dots.size());
    std::size_t taken = 0;
    std::size_t size = 0;
    while (size < text.size()) {
        const auto character = first_character(text.substr(size));
        const std::size_t columns = character ? columns_of(character->code) : 1;
        if (taken + columns > room) break;
        taken += columns;
        size += character ? character->size : 1;
    }
    return std::string(text.substr(0, size)).append(dots.substr(0, width));
}

std::string base64(std::span<const std::byte> bytes)
{
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            group = (group << 8) | (k < count ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            result += k <= count ? digits[(group >> (18 - 6 * k)) & 0x3f] : '=';
        }
    }
    return result;
}

std::string hex(std::span<const std::byte> bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    result.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        result += digits[std::to_integer<std::size_t>(byte >> 4)];
        result += digits[std::to_integer<std::size_t>(byte & std::byte{0x0f})];
    }
    return result;
}

std::string size_text(std::uint64_t bytes)
{
    constexpr std::array<const char*, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    double count = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; count >= 1023.95 && unit + 1 < units.size(); ++unit) count /= 1024;
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.1f %s", count, units[unit]);
    return text.data();
}

std::string rate_text(double per_second)
{
    constexpr std::array<const char*, 4> units{"", "k", "M", "G"};
    std::size_t unit = 0;
    const auto too_long = [&] { return per_second >= (unit == 0 ? 9999.5 : 999.95); };
    for (; too_long() && unit + 1 < units.size(); ++unit) per_second /= 1000;
    const bool whole = per_second < 0.05 || (unit == 0 && per_second >= 9.95);
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%.*f%s", whole ? 0 : 1, per_second, units[unit]);
    return text.data();
}

Table::Table(std::vector<Align> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> row)
{
    row.resize(columns_.size());
    rows_.push_back(std::move(row));
}

std::string Table::text() const
{
    std::vector<std::size_t> widths(columns_.size());
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string result;
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string fill(widths[i] - width_of(row[i]), ' ');
            if (i > 0) result += "  ";
            if (columns_[i] == Align::right) result += fill;
            result += row[i];
            if (columns_[i] == Align::left) result += fill;
        }
        result.erase(result.find_last_not_of(' ') + 1);
        result += '\n';
    }
    return result;
}

}  // namespace penstock::cli
