#include "client/cli/verb.hpp"

#include "client/cli/duration.hpp"
#include "client/cli/streams.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <pwd.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace penstock::cli {

namespace {

/// What a --timeout that is about something else leaves for connecting.
constexpr Duration connect_time_min = std::chrono::seconds(2);

/// The library would say it too, but as a failure to connect: this is one of usage.
std::string find_key_file(const std::string& option)
{
    const char* variable = std::getenv("PENSTOCK_KEY_FILE");
    const std::string path = option.empty() && variable != nullptr ? variable : option;
    struct stat status {};
    if (path.empty()) return path;
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
    } else if (::access(path.c_str(), R_OK) == 0) {
        return path;
    }
    throw Failure(ExitCode::usage,
                  "key file '" + path +
                      "' cannot be read: " + std::generic_category().message(errno) +
                      "; name another with --key-file or PENSTOCK_KEY_FILE");
}

/// Adds "NAME SPAN-OF-TIME"; what is none, or negative, is a usage error.
CLI::Option* add_duration(CLI::App& app,
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
    return app.add_option_function<std::string>(name, read, help)->option_text("TIME")->take_last();
}

/// Adds an option or argument whose text is taken as it stands: CLI11 reads "{}" as a list without
/// members, and would convert what it shall not.
template <class Read>
CLI::Option* add_raw(CLI::App& app, const std::string& name, Read read, const std::string& help)
{
    const CLI::callback_t callback = [read](const CLI::results_t& results) {
        read(results.front());
        return true;
    };
    return app.add_option(name, callback, help);
}

template <class Number, class Value>
CLI::Option* add_number(
    CLI::App& app, const std::string& name, Value& value, Number least, const std::string& help)
{
    const auto read = [&value, name, least](const std::string& text) {
        Number number = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, ec] = std::from_chars(text.data(), end, number);
        if (ec != std::errc() || rest != end || number < least) {
            throw CLI::ValidationError(
                name,
                "'" + text + "' is no whole number" +
                    (least < 0 ? "" : " of at least " + std::to_string(least)));
        }
        value = number;
    };
    return add_raw(app, name, read, help)->option_text("N");
}

std::uint32_t user_id_of(const std::string& user)
{
    std::uint32_t number = 0;
    const char* const end = user.data() + user.size();
    const auto [rest, ec] = std::from_chars(user.data(), end, number);
    if (ec == std::errc() && rest == end) return number;
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        throw Failure(ExitCode::usage, "--broker-user: there is no user '" + user + "'");
    }
    return found->pw_uid;
}

}  // namespace

ConnectOptions connect_options_of(const Globals& globals)
{
    ConnectOptions options;
    options.key_file = globals.key_file;
    if (!globals.broker_user.empty()) options.broker_uid = user_id_of(globals.broker_user);
    return options;
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
    app.add_option("--broker-user", globals.broker_user)
        ->description(
            "on a Unix socket: whose broker to trust beside your own\n"
            "and root's; a name or a number")
        ->option_text("USER")
        ->take_last()
        ->group(group);
    add_duration(app, "--timeout", globals.timeout, timeout_help)->group(group);
    app.add_flag("--json", globals.json, "print JSON")->group(group);
    app.add_flag("-q,--quiet", globals.quiet, "no notes, and no word about a negative answer")
        ->group(group);
}

Verb::Verb(CLI::App& app, Globals& globals, const VerbHelp& help)
    : globals_(globals), command_(*app.add_subcommand(help.name, help.purpose))
{
    command_.footer("Examples:\n" + std::string(help.examples) + "\n\n" + help.details);
    if (help.timeout != nullptr) add_globals(command_, globals, help.timeout);
}

bool Verb::chosen() const
{
    return command_.parsed();
}

void Verb::argument(const std::string& name, std::string& value, const std::string& help)
{
    const auto read = [&value](const std::string& text) { value = text; };
    add_raw(command_, name, read, help)->required()->option_text(" ");
}

void Verb::argument(const std::string& name,
                    std::optional<std::string>& value,
                    const std::string& help)
{
    const auto read = [&value](const std::string& text) { value = text; };
    add_raw(command_, name, read, help)->option_text(" ");
}

void Verb::argument(const std::string& name,
                    std::vector<std::string>& values,
                    const std::string& help)
{
    const CLI::callback_t read = [&values](const CLI::results_t& results) {
        values = results;
        return true;
    };
    command_.add_option(name, read, help)
        ->required()
        ->expected(1, -1)
        ->allow_extra_args()
        ->option_text("...");
}

void Verb::argument(const std::string& name, std::uint64_t& value, const std::string& help)
{
    add_number(command_, name, value, std::uint64_t{1}, help)->required()->option_text(" ");
}

void Verb::flag(const std::string& name, bool& value, const std::string& help)
{
    command_.add_flag(name, value, help);
}

void Verb::option(const std::string& name,
                  std::optional<std::string>& value,
                  const std::string& placeholder,
                  const std::string& help)
{
    const auto read = [&value](const std::string& text) { value = text; };
    add_raw(command_, name, read, help)->option_text(placeholder);
}

void Verb::option(const std::string& name,
                  std::optional<std::int64_t>& value,
                  std::int64_t least,
                  const std::string& help)
{
    add_number(command_, name, value, least, help);
}

void Verb::option(const std::string& name,
                  std::uint64_t& value,
                  std::uint64_t least,
                  const std::string& help)
{
    add_number(command_, name, value, least, help);
}

void Verb::option(const std::string& name,
                  std::optional<std::uint64_t>& value,
                  std::uint64_t least,
                  const std::string& help)
{
    add_number(command_, name, value, least, help);
}

void Verb::option(const std::string& name, std::optional<Duration>& value, const std::string& help)
{
    add_duration(command_, name, value, help);
}

Client Verb::connect() const
{
    if (!globals_.timeout) return connect(std::nullopt);
    return connect(std::clamp(*globals_.timeout, connect_time_min, ConnectOptions().timeout));
}

Client Verb::connect(std::optional<Duration> timeout) const
{
    (void)key_file();  // whether there is one that can be read
    ConnectOptions options = connect_options_of(globals_);
    if (timeout) options.timeout = *timeout;
    return penstock::connect(globals_.server, options);
}

std::string Verb::key_file() const
{
    return find_key_file(globals_.key_file);
}

std::string Verb::address() const
{
    return globals_.server.empty() ? default_address() : globals_.server;
}

void Verb::note(std::string_view text) const
{
    if (!globals_.quiet) complain(text);
}

}  // namespace penstock::cli
