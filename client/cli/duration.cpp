#include "client/cli/duration.hpp"

#include "common/base/units.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace penstock::cli {

std::optional<Duration> parse_duration(std::string_view text) noexcept
{
    static_assert(forever == base::Duration::max());
    return base::parse_duration(text);
}

std::optional<double> parse_rate(std::string_view text) noexcept
{
    constexpr double least = 1.0 / (24 * 3600);
    constexpr double most = 1e6;
    double count = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, count, std::chars_format::fixed);
    if (ec != std::errc()) return std::nullopt;
    const std::string_view tail(rest, static_cast<std::size_t>(end - rest));
    if (!tail.empty() && tail != "/s" && tail != "/m" && tail != "/h") return std::nullopt;
    const double rate = count / (tail == "/h" ? 3600 : tail == "/m" ? 60 : 1);
    if (!(rate >= least && rate <= most)) return std::nullopt;
    return rate;
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept
{
    return base::parse_size(text);
}

std::string span_text(Duration span)
{
    using std::chrono::seconds;
    struct Unit {
        std::int64_t seconds;
        const char* name;
    };
    constexpr std::array<Unit, 4> units{{{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}}};
    std::int64_t left = std::chrono::duration_cast<seconds>(span).count();
    std::size_t first = 0;
    while (first + 1 < units.size() && left < units[first].seconds) ++first;
    std::string text = std::to_string(left / units[first].seconds) + units[first].name;
    left %= units[first].seconds;
    if (first + 1 == units.size()) return text;
    const std::int64_t rest = left / units[first + 1].seconds;
    return rest == 0 ? text : text + " " + std::to_string(rest) + units[first + 1].name;
}

std::string age_text(Duration age)
{
    const double seconds = std::chrono::duration<double>(age).count();
    if (seconds >= 9.95) {
        const std::string text = span_text(age);
        const std::size_t unit = text.find(' ');
        return text.substr(0, text.find(' ', unit + 1));
    }
    std::array<char, 16> text{};
    (void)std::snprintf(text.data(), text.size(), "%.1f s", seconds);
    return text.data();
}

std::string milliseconds_text(Duration time)
{
    const double ms = std::chrono::duration<double, std::milli>(time).count();
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), "%.3f ms", ms);
    return text.data();
}

}  // namespace penstock::cli
