// Spans of time, rates and sizes as they stand on a command line: "250ms", "100/s", "64KiB".
#pragma once

#include <penstock/duration.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::cli {

/// "5", "0.5", "250ms", "5s", "2m", "1h"; bare numbers are seconds. No value for anything else,
/// negative ones among it; what is too long to count is `forever`.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text) noexcept;

/// How many in a second: "100", "0.5", "100/s", "5/m", "1/h"; from one a day to a million a second.
[[nodiscard]] std::optional<double> parse_rate(std::string_view text) noexcept;

/// "4096", "64KiB", "1MiB", "1GiB"; bare numbers are bytes. No value for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// As people say it, in at most two units: "3 s", "2 min 5 s", "4 d 1 h".
[[nodiscard]] std::string span_text(Duration span);

/// The same short, for a column of a table: "0.4 s", "42 s", "2 min", "4 d".
[[nodiscard]] std::string age_text(Duration age);

/// "0.123 ms".
[[nodiscard]] std::string milliseconds_text(Duration time);

}  // namespace penstock::cli
