#include "client/cli/verb.hpp"

#include "client/cli/duration.hpp"
#include "client/cli/streams.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <unistd.h>

namespace penstock::cli {

namespace {

/// The library would say it too, but as a failure to connect: this is one of usage.
void check_key_file(const std::string& option)
{
    const char* variable = std::getenv("PENSTOCK_KEY_FILE");
    const std::string path = option.empty() && variable != nullptr ? variable : option;
    if (path.empty() || ::access(path.c_str(), R_OK) == 0) return;
    throw Failure(ExitCode::usage,
                  "key file '" + path +
                      "' cannot be read: " + std::generic_category().message(errno) +
                      "; name another with --key-file or PENSTOCK_KEY_FILE");
}

}  // namespace

void add_duration(CLI::App& app,
                  const std::string& name,
                  std::optional<Duration>& value,
                  const std::string& help)
{
    const auto read = [&value, name](const std::string& text) {
        value = parse_duration(text);
        if (value) return;
        throw CLI::ValidationError(
            name, "'" + text + "' is no span of time; write 5, 0.5, 250ms, 5s, 2m or 1h");
    };
    app.add_option_function<std::string>(name, read, help)->option_text("TIME")->take_last();
}

void add_globals(CLI::App& app, Globals& globals, const std::string& timeout_help)
{
    const std::string group = "Options of all verbs, before or after the verb";
    app.add_option("-s,--server", globals.server)
        ->description(
            "the broker: unix:/path, tcp:host:port, tcp:[::1]:port\n"
            "(default: $PENSTOCK_URL, else the default socket)")
        ->option_text("URL")
        ->take_last()
        ->group(group);
    app.add_option("--key-file", globals.key_file)
        ->description(
            "a file with the broker's key, readable by you alone\n"
            "(default: $PENSTOCK_KEY_FILE)")
        ->option_text("FILE")
        ->take_last()
        ->group(group);
    add_duration(app, "--timeout", globals.timeout, timeout_help);
    app.get_option("--timeout")->group(group);
    app.add_flag("--json", globals.json, "print JSON")->group(group);
    app.add_flag("-q,--quiet", globals.quiet, "no notes, and no word about a negative answer")
        ->group(group);
}

Verb::Verb(CLI::App& app, Globals& globals, const VerbHelp& help)
    : globals_(globals), command_(*app.add_subcommand(help.name, help.purpose))
{
    command_.footer("Examples:\n" + std::string(help.examples) + "\n\n" + help.details);
    add_globals(command_, globals, help.timeout);
}

Client Verb::connect() const
{
    return connect(std::nullopt);
}

Client Verb::connect(std::optional<Duration> timeout) const
{
    check_key_file(globals_.key_file);
    ConnectOptions options;
    if (timeout) options.timeout = *timeout;
    options.key_file = globals_.key_file;
    return penstock::connect(globals_.server, options);
}

void Verb::note(std::string_view text) const
{
    if (!globals_.quiet) complain(text);
}

}  // namespace penstock::cli
