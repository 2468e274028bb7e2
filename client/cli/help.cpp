#include "client/cli/help.hpp"

#include "common/base/nearest.hpp"

#include <utility>

namespace penstock::cli {

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
    std::vector<std::string> verbs;
    for (const CLI::App* verb : app.get_subcommands(nullptr)) verbs.push_back(verb->get_name());
    return base::nearest(word, verbs);
}

}  // namespace penstock::cli
