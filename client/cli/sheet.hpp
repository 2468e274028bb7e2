// What a terminal shows and what people type there, as values: lines of styled words, and keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::cli {

enum class Style : std::uint8_t { plain, strong, dim, heading, chosen, good, warning };

struct Span {
    std::string text;
    Style style = Style::plain;
};

using Line = std::vector<Span>;
using Lines = std::vector<Line>;

/// Of a terminal, in characters.
struct Size {
    std::size_t width = 80;
    std::size_t height = 24;
};

enum class Key : std::uint8_t {
    none,       // nothing was pressed
    other,      // one that means nothing here
    character,  // see KeyPress
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
};

struct KeyPress {
    Key key = Key::none;
    char character = 0;
};

[[nodiscard]] std::size_t width_of(const Line& line) noexcept;
/// As much of it as fits into so many columns.
[[nodiscard]] Line fitted(Line line, std::size_t width);
/// `left`, and `right` at the other margin; where there is no room for both, `left` and what fits.
[[nodiscard]] Line spread(Line left, const Line& right, std::size_t width);
/// Without its styles.
[[nodiscard]] std::string text_of(const Line& line);

/// Blanks before or behind it, up to so many columns.
[[nodiscard]] std::string padded_left(std::string_view text, std::size_t width);
[[nodiscard]] std::string padded_right(std::string_view text, std::size_t width);

}  // namespace penstock::cli
