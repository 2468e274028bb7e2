// Variables that a service manager sets for this process alone: read once and taken away, so that
// no child mistakes them for its own.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace penstock::net {

/// Empty: it is not set.
[[nodiscard]] inline std::string take_variable(const char* name)
{
    const char* value = std::getenv(name);
    std::string text = value == nullptr ? "" : value;
    ::unsetenv(name);
    return text;
}

[[nodiscard]] inline std::optional<std::int64_t> positive_number(const std::string& text)
{
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, value);
    if (ec != std::errc() || rest != end || value <= 0) return std::nullopt;
    return value;
}

}  // namespace penstock::net
