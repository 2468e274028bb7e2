#include "server/config/option.hpp"

#include <charconv>

namespace penstock::config {

namespace {

Problem not_between(const std::string& text, const std::string& min, const std::string& max)
{
    return "'" + text + "' is not between " + min + " and " + max;
}

}  // namespace

std::string title(Topic topic)
{
    switch (topic) {
        case Topic::addresses:
            return "Addresses";
        case Topic::authentication:
            return "Who may come in";
        case Topic::monitor:
            return "The monitor";
        case Topic::log:
            return "The log";
        case Topic::limits:
            return "Limits";
    }
    return {};
}

Problem parse_count(const std::string& text,
                    std::uint64_t min,
                    std::uint64_t max,
                    std::uint64_t& value)
{
    const char* const end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, value);
    if (ec == std::errc::invalid_argument || rest != end) return "'" + text + "' is not a number";
    if (ec != std::errc() || value < min || value > max) {
        return not_between(text, std::to_string(min), std::to_string(max));
    }
    return std::nullopt;
}

Problem parse_size(const std::string& text,
                   std::uint64_t min,
                   std::uint64_t max,
                   std::uint64_t& value)
{
    const std::optional<std::uint64_t> parsed = base::parse_size(text);
    if (!parsed) return "'" + text + "' is no size; write 4096, 64KiB, 1MiB or 2GiB";
    value = *parsed;
    if (value >= min && value <= max) return std::nullopt;
    return not_between(text, base::size_text(min), base::size_text(max));
}

Problem parse_time(const std::string& text,
                   base::Duration min,
                   base::Duration max,
                   base::Duration& value)
{
    const std::optional<base::Duration> parsed = base::parse_duration(text);
    if (!parsed) return "'" + text + "' is no span of time; write 5, 0.5, 250ms, 5s, 2m or 1h";
    if (*parsed < min || *parsed > max) {
        return not_between(text, base::duration_text(min), base::duration_text(max));
    }
    value = *parsed;
    return std::nullopt;
}

Problem not_one_of(const std::string& text, const Texts& words)
{
    return "'" + text + "' is not one of " + joined(words, ", ");
}

std::string joined(const Texts& words, const std::string& between)
{
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : between) + word;
    return all;
}

}  // namespace penstock::config
