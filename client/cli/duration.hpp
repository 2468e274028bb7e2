// Spans of time as they stand on a command line: "5", "0.5", "250ms", "5s", "2m", "1h".
#pragma once

#include <penstock/duration.hpp>

#include <optional>
#include <string_view>

namespace penstock::cli {

/// Bare numbers are seconds. No value for anything else, negative ones among it; what is too long
/// to count is `forever`.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text) noexcept;

}  // namespace penstock::cli
