#include "client/cli/pump_verb.hpp"

#include "client/cli/streams.hpp"

namespace penstock::cli {

PumpVerb::PumpVerb(CLI::App& app, Globals& globals, const VerbHelp& help) : Verb(app, globals, help)
{
    flag("--lines", lines_, "each line of stdin is a message, each message a line");
}

PumpOptions PumpVerb::pump_options() const
{
    PumpOptions options;
    options.format = globals().json ? MessageFormat::json
                     : lines_       ? MessageFormat::lines
                                    : MessageFormat::raw;
    options.ends_with_peer = stdin_is_terminal();
    return options;
}

}  // namespace penstock::cli
