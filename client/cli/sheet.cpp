#include "client/cli/sheet.hpp"

#include "client/cli/text.hpp"

#include <algorithm>
#include <utility>

namespace penstock::cli {

std::size_t width_of(const Line& line) noexcept
{
    std::size_t width = 0;
    for (const Span& span : line) width += width_of(span.text);
    return width;
}

Line fitted(Line line, std::size_t width)
{
    std::size_t left = width;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const std::size_t wanted = width_of(line[i].text);
        if (wanted <= left) {
            left -= wanted;
            continue;
        }
        line[i].text = clipped(line[i].text, left);
        line.resize(i + 1);
    }
    return line;
}

Line spread(Line left, const Line& right, std::size_t width)
{
    const std::size_t used = width_of(left) + width_of(right);
    left.push_back({std::string(used + 2 <= width ? width - used : 2, ' '), Style::plain});
    left.insert(left.end(), right.begin(), right.end());
    return fitted(std::move(left), width);
}

std::string text_of(const Line& line)
{
    std::string text;
    for (const Span& span : line) text += span.text;
    return text.erase(text.find_last_not_of(' ') + 1);
}

std::string padded_left(std::string_view text, std::size_t width)
{
    return std::string(width - std::min(width, width_of(text)), ' ').append(text);
}

std::string padded_right(std::string_view text, std::size_t width)
{
    return std::string(text).append(width - std::min(width, width_of(text)), ' ');
}

}  // namespace penstock::cli
