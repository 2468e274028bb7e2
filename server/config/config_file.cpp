#include "server/config/config_file.hpp"

#include <optional>

namespace penstock::config {

namespace {

constexpr std::string_view spaces = " \t\r";
constexpr const char* right_form = "write `name = value`, with the name of a long option";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(spaces);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

bool is_comment_or_blank(std::string_view text)
{
    return text.empty() || text.front() == '#';
}

/// Behind `text`'s opening quote. None: no closing one, or something stands behind it.
std::optional<std::string> quoted(std::string_view text)
{
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            const std::string_view rest = text.substr(i + 1);
            if (!is_comment_or_blank(trimmed(rest))) return std::nullopt;
            return value;
        }
        const bool escaped =
            text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
        value += text[escaped ? ++i : i];
    }
    return std::nullopt;
}

std::string_view without_comment(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool begins =
            text[i] == '#' && (i == 0 || spaces.find(text[i - 1]) != std::string_view::npos);
        if (begins) return trimmed(text.substr(0, i));
    }
    return text;
}

/// The line's setting; an empty name: it has none.
std::variant<Line, LineError> parse_line(std::string_view text, std::size_t number)
{
    const auto wrong = [number](std::string why) { return LineError{number, std::move(why)}; };
    text = trimmed(text);
    Line line{number, {}, {}};
    if (is_comment_or_blank(text)) return line;
    if (text.front() == '[') return wrong(std::string("there are no sections; ") + right_form);
    const std::size_t equals = text.find('=');
    line.name = trimmed(text.substr(0, equals));
    if (equals == std::string_view::npos || line.name.empty()) {
        return wrong("'" + std::string(text) + "' is no setting; " + right_form);
    }
    const std::string_view value = trimmed(text.substr(equals + 1));
    if (value.empty() || value.front() != '"') {
        line.value = without_comment(value);
        return line;
    }
    std::optional<std::string> inside = quoted(value);
    if (!inside)
        return wrong(line.name + ": a value in quotes ends with one, and the line with it");
    line.value = std::move(*inside);
    return line;
}

}  // namespace

std::variant<std::vector<Line>, LineError> parse_config_file(std::string_view text)
{
    std::vector<Line> lines;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        std::variant<Line, LineError> parsed = parse_line(text.substr(0, end), number);
        if (auto* error = std::get_if<LineError>(&parsed)) return std::move(*error);
        Line& line = std::get<Line>(parsed);
        if (!line.name.empty()) lines.push_back(std::move(line));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::string config_line(std::string_view name, std::string_view value)
{
    std::string line = std::string(name) + " = ";
    const bool plain = !value.empty() && value == trimmed(value) && value.front() != '"' &&
                       without_comment(value) == value;
    if (plain) return line + std::string(value);
    line += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') line += '\\';
        line += c;
    }
    return line + '"';
}

}  // namespace penstock::config
