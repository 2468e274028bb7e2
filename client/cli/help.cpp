#include "client/cli/help.hpp"

#include "client/cli/outline.hpp"
#include "common/base/nearest.hpp"

#include <utility>

namespace penstock::cli {

namespace {

/// The scripts and tests of the program call these; nobody types them.
bool is_hidden(const CLI::App& verb)
{
    return verb.get_name().starts_with("__");
}

OptionOutline outline_of(const CLI::Option& option)
{
    OptionOutline outline;
    for (const std::string& name : option.get_snames()) outline.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) outline.names.push_back("--" + name);
    if (option.get_items_expected_max() > 0) outline.placeholder = option.get_option_text();
    const std::string& help = option.get_description();
    outline.help = help.substr(0, help.find('\n'));
    return outline;
}

std::vector<OptionOutline> options_of(const CLI::App& app)
{
    std::vector<OptionOutline> options;
    for (const CLI::Option* option : app.get_options()) {
        if (option->nonpositional()) options.push_back(outline_of(*option));
    }
    return options;
}

VerbOutline outline_of_verb(const CLI::App& app)
{
    VerbOutline outline;
    outline.name = app.get_name();
    outline.purpose = app.get_description();
    outline.options = options_of(app);
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        outline.arguments.push_back(option->get_name(true));
        outline.repeats = option->get_items_expected_max() > 1;
    }
    return outline;
}

}  // namespace

std::vector<const CLI::App*> visible_verbs(const CLI::App& app)
{
    std::vector<const CLI::App*> verbs;
    for (const CLI::App* verb : app.get_subcommands(nullptr)) {
        if (!is_hidden(*verb)) verbs.push_back(verb);
    }
    return verbs;
}

Outline outline_of(const CLI::App& app)
{
    Outline outline;
    outline.options = options_of(app);
    for (const CLI::App* verb : visible_verbs(app)) {
        outline.verbs.push_back(outline_of_verb(*verb));
    }
    return outline;
}

std::string HelpFormatter::make_help(const CLI::App* app,
                                     std::string name,
                                     CLI::AppFormatMode mode) const
{
    std::string text = make_description(app) + "\n" + make_footer(app) + "\n";
    text += make_usage(app, std::move(name)) + make_positionals(app);
    text += make_groups(app, mode) + make_subcommands(app, mode);
    if (!text.ends_with('\n')) text += '\n';
    return CLI::detail::find_and_replace(text, "\n\n\n", "\n\n");
}

std::string nearest_verb(const CLI::App& app, const std::string& word)
{
    std::vector<std::string> verbs;
    for (const CLI::App* verb : visible_verbs(app)) verbs.push_back(verb->get_name());
    return base::nearest(word, verbs);
}

std::string nearest_option(const CLI::App& app, const std::string& word)
{
    if (!word.starts_with("--")) return {};  // any letter is near to any other
    std::vector<std::string> names;
    for (const OptionOutline& option : options_of(app)) names.push_back(option.names.back());
    return base::nearest(word, names);
}

}  // namespace penstock::cli
