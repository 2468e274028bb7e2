#include "client/cli/help.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace penstock::cli {

namespace {

/// How many letters must be changed, put in or left out (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t k = 0; k < b.size(); ++k) {
            const std::size_t changed = diagonal + (a[i] == b[k] ? 0 : 1);
            diagonal = row[k + 1];
            row[k + 1] = std::min({changed, row[k] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app,
                                     std::string name,
                                     CLI::AppFormatMode mode) const
{
    std::string text = make_description(app) + "\n" + make_footer(app) + "\n";
    text += make_usage(app, std::move(name)) + make_positionals(app);
    text += make_groups(app, mode) + make_subcommands(app, mode);
    return CLI::detail::find_and_replace(text, "\n\n\n", "\n\n");
}

std::string nearest_verb(const CLI::App& app, const std::string& word)
{
    constexpr std::size_t distance_max = 2;
    if (word.size() > 20) return {};
    std::string nearest;
    std::size_t best = distance_max + 1;
    for (const CLI::App* verb : app.get_subcommands(nullptr)) {
        const std::size_t far = distance(word, verb->get_name());
        if (far >= best) continue;
        best = far;
        nearest = verb->get_name();
    }
    return nearest;
}

}  // namespace penstock::cli
