// The configuration file as text: `name = value` lines. Reads no file and knows no option.
//
// CLI11 could read such files too, but it puts them above the environment, knows no line numbers,
// and cuts values at commas, spaces and '#'.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace penstock::config {

/// Longer files are no configuration.
inline constexpr std::size_t config_file_size_max = std::size_t{1024} * 1024;

struct Line {
    std::size_t number = 0;  // from 1
    std::string name;
    std::string value;
    bool operator==(const Line&) const = default;
};

struct LineError {
    std::size_t number = 0;
    std::string text;
};

/// Blank lines, and what follows a '#' at the begin of a line or behind a space, count for nothing.
/// A value may stand in double quotes, where \" and \\ are a quote and a backslash.
[[nodiscard]] std::variant<std::vector<Line>, LineError> parse_config_file(std::string_view text);

/// A line that is read back as these two.
[[nodiscard]] std::string config_line(std::string_view name, std::string_view value);

}  // namespace penstock::config
