// Spans of time and sizes as people write them: "250ms", "5s", "2m", "64KiB", "2GiB".
#pragma once

#include "common/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::base {

/// "5", "0.5", "250ms", "5s", "2m", "1h"; bare numbers are seconds. No value for anything else,
/// negative ones among it; what is too long to count is Duration::max().
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text) noexcept;

/// "4096", "64KiB", "1MiB", "2GiB", "1TiB"; bare numbers are bytes. No value for anything else,
/// what does not fit into 64 bits among it.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// The shortest text that the parsers above read as the same value; negative ones have none.
[[nodiscard]] std::string duration_text(Duration duration);
[[nodiscard]] std::string size_text(std::uint64_t size);

}  // namespace penstock::base
