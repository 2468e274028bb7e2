#include "common/base/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace penstock::base {

namespace {

/// A century: far beyond what anybody waits for, and far below what a Duration holds.
constexpr double seconds_max = 100.0 * 366 * 24 * 3600;

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> size_units{{
    {"TiB", std::uint64_t{1} << 40},
    {"GiB", std::uint64_t{1} << 30},
    {"MiB", std::uint64_t{1} << 20},
    {"KiB", std::uint64_t{1} << 10},
    {"", 1},
}};

constexpr std::array<std::pair<std::string_view, Duration>, 4> duration_units{{
    {"h", std::chrono::hours(1)},
    {"m", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", std::chrono::milliseconds(1)},
}};

std::optional<double> seconds_in(std::string_view unit) noexcept
{
    if (unit.empty()) return 1.0;
    for (const auto& [name, length] : duration_units) {
        if (unit == name) return std::chrono::duration<double>(length).count();
    }
    return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) noexcept
{
    double count = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, count, std::chars_format::fixed);
    if (ec == std::errc::result_out_of_range) return Duration::max();
    if (ec != std::errc() || !std::isfinite(count) || std::signbit(count)) return std::nullopt;
    const auto unit = seconds_in({rest, static_cast<std::size_t>(end - rest)});
    if (!unit) return std::nullopt;
    const double seconds = count * *unit;
    if (seconds > seconds_max) return Duration::max();
    return std::chrono::ceil<Duration>(std::chrono::duration<double>(seconds));
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept
{
    std::uint64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, count);
    if (ec != std::errc()) return std::nullopt;
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    for (const auto& [name, bytes] : size_units) {
        if (unit != name) continue;
        if (count > std::numeric_limits<std::uint64_t>::max() / bytes) return std::nullopt;
        return count * bytes;
    }
    return std::nullopt;
}

std::string duration_text(Duration duration)
{
    if (duration == Duration::zero()) return "0s";
    for (const auto& [name, length] : duration_units) {
        if (duration % length == Duration::zero()) {
            return std::to_string(duration / length) + std::string(name);
        }
    }
    std::string text = std::to_string(std::chrono::duration<double, std::milli>(duration).count());
    text.erase(text.find_last_not_of('0') + 1);  // std::to_string writes six digits
    return text + "ms";
}

std::string size_text(std::uint64_t size)
{
    for (const auto& [name, bytes] : size_units) {
        if (size >= bytes && size % bytes == 0) {
            return std::to_string(size / bytes) + std::string(name);
        }
    }
    return "0";
}

}  // namespace penstock::base
