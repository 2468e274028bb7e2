// How --help looks: what it is, examples, usage, options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace penstock::cli {

/// The footer stands first: it holds the examples, which most readers came for.
class HelpFormatter : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app,
                          std::string name,
                          CLI::AppFormatMode mode) const override;
};

/// Those that people type, in the order in which they were added.
[[nodiscard]] std::vector<const CLI::App*> visible_verbs(const CLI::App& app);

/// The verb that somebody who wrote `word` may have meant; empty if none is near.
[[nodiscard]] std::string nearest_verb(const CLI::App& app, const std::string& word);

/// The same for an option of the program or of a verb, with its dashes.
[[nodiscard]] std::string nearest_option(const CLI::App& app, const std::string& word);

}  // namespace penstock::cli
