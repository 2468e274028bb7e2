#include "client/cli/duration.hpp"

#include <charconv>
#include <chrono>
#include <cmath>

namespace penstock::cli {

namespace {

/// A century: far beyond what the library tells apart from `forever`.
constexpr double seconds_max = 100.0 * 366 * 24 * 3600;

std::optional<double> seconds_in(std::string_view unit) noexcept
{
    if (unit.empty() || unit == "s") return 1.0;
    if (unit == "ms") return 0.001;
    if (unit == "m") return 60.0;
    if (unit == "h") return 3600.0;
    return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) noexcept
{
    double count = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, count, std::chars_format::fixed);
    if (ec == std::errc::result_out_of_range) return forever;
    if (ec != std::errc() || !std::isfinite(count) || std::signbit(count)) return std::nullopt;
    const auto unit = seconds_in({rest, static_cast<std::size_t>(end - rest)});
    if (!unit) return std::nullopt;
    const double seconds = count * *unit;
    if (seconds > seconds_max) return forever;
    return std::chrono::ceil<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace penstock::cli
