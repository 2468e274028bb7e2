#include "server/config/command_line.hpp"

#include "server/config/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <string_view>

namespace penstock::config {

namespace {

constexpr const char* description =
    "penstockd: the broker of penstock, queues for processes on one host and on many.\n"
    "\n"
    "Examples:\n"
    "  penstockd                                   on this user's default socket\n"
    "  penstockd --listen unix:/run/penstock.sock\n"
    "  penstockd --listen tcp:0.0.0.0:7410 --key-file /etc/penstock/key\n"
    "  penstockd --listen tcp:127.0.0.1:0,auth=none   a free port, this host only\n"
    "  penstockd --config FILE --check-config      say what is wrong with it, or ok\n"
    "  penstockd --run -- build/my_test --verbose  a broker for one command\n"
    "\n"
    "Each address is printed on standard output as `listening ADDRESS` once it is\n"
    "open; the log goes to standard error. SIGTERM and SIGINT end it: queues live in\n"
    "memory and end with it.\n"
    "\n"
    "A configuration file has lines `name = value` with the names of the options\n"
    "below, and '#' begins a comment. A flag outdoes the environment, that the file,\n"
    "and that the default. Sizes are written 4096, 64KiB, 1MiB or 2GiB; times 250ms,\n"
    "5s, 2m or 1h.\n";

constexpr std::size_t name_width = 32;
constexpr std::size_t help_width = 47;

/// CLI11 indents the lines of a help text, but doesn't break them.
std::string wrapped(const std::string& text)
{
    std::string all;
    std::size_t column = 0;
    for (const std::string& word : CLI::detail::split(text, ' ')) {
        const bool fits = column + 1 + word.size() <= help_width;
        if (!all.empty()) all += fits ? ' ' : '\n';
        column = (fits ? column + 1 : 0) + word.size();
        all += word;
    }
    return all;
}

std::string help_of(const Option& option)
{
    std::string text = option.help;
    if (option.reload == Reload::needs_restart) text += ". SIGHUP does not change it";
    const Texts values = option.kind.get(Config());
    if (!values.empty() && !option.kind.is_switch) text += ". Default: " + joined(values, ", ");
    if (!option.environment.empty()) text += ". Default: $" + option.environment;
    return wrapped(text);
}

/// Gives the exit code: a full disk, or a pipe that nobody reads, is an error here, too.
int print(const std::string& text)
{
    if (std::cout << text << std::flush) return EXIT_SUCCESS;
    std::cerr << "penstockd: cannot write to standard output\n";
    return EXIT_FAILURE;
}

class Parser {
public:
    Parser();
    [[nodiscard]] std::variant<CommandLine, int> parse(int argc, char** argv);

private:
    [[nodiscard]] std::string text_of(const CLI::ParseError& error) const;
    void take_flags();
    void check_command() const;

    CLI::App app_{description, "penstockd"};
    CommandLine line_;
    std::deque<Texts> texts_;  // by the index of the option; a deque, for CLI11 refers to them
};

Parser::Parser()
{
    const std::string group = "What to do";
    app_.get_formatter()->column_width(name_width);
    app_.set_help_flag("-h,--help", "Print this")->group(group);
    app_.set_version_flag("--version", std::string("penstockd ") + PENSTOCK_VERSION, "Print it")
        ->group(group);
    app_.add_option("--config", line_.inputs.file, wrapped("A file with settings, if any"))
        ->option_text("FILE")
        ->group(group);
    const auto add_job = [&](const char* name, Job job, const char* help) {
        app_.add_flag_callback(
                name, [this, job] { line_.job = job; }, wrapped(help))
            ->group(group);
    };
    add_job("--run",
            Job::run_command,
            "Run the command behind `--` with a broker of its own on a private socket, and pass on "
            "its exit code");
    add_job("--check-config",
            Job::check_config,
            "Don't start: say `ok` and exit with 0, or say what is wrong and exit with 2");
    add_job("--print-config",
            Job::print_config,
            "Don't start: print what would be in force, as a configuration file that says where "
            "each value is from");
    for (const Option& option : options()) {
        Texts& given = texts_.emplace_back();
        if (option.kind.is_switch) {
            app_.add_flag_callback(
                    "--" + option.name, [&given] { given.emplace_back("yes"); }, help_of(option))
                ->group(title(option.topic));
            continue;
        }
        app_.add_option("--" + option.name, given, help_of(option))
            ->option_text(option.kind.type)
            ->allow_extra_args(false)
            ->group(title(option.topic));
    }
}

std::string Parser::text_of(const CLI::ParseError& error) const
{
    const std::vector<std::string> unknown = app_.remaining();
    if (unknown.empty()) return std::string(error.what()) + "; see `penstockd --help`";
    const std::string word = unknown.front().substr(0, unknown.front().find('='));
    if (!word.starts_with("--")) return "'" + word + "' is no option; see `penstockd --help`";
    const Texts jobs{"config", "run", "check-config", "print-config", "help", "version"};
    return unknown_option(word.substr(2), "--", jobs);
}

void Parser::take_flags()
{
    auto texts = texts_.begin();
    for (const Option& option : options()) {
        Texts& given = *texts++;
        const std::string where = "--" + option.name;
        if (given.empty()) continue;
        if (given.size() > 1 && !option.kind.repeatable) {
            throw ConfigError(where + " was given " + std::to_string(given.size()) +
                              " times; once is enough");
        }
        line_.inputs.flags[option.name] = {Origin::flag, where, std::move(given)};
    }
}

void Parser::check_command() const
{
    if (line_.job != Job::run_command) {
        if (line_.command.empty()) return;
        throw ConfigError("'" + line_.command.front() + "' is for --run; see `penstockd --help`");
    }
    if (line_.command.empty()) {
        throw ConfigError("--run: a command is missing; write `penstockd --run -- COMMAND ...`");
    }
    if (line_.inputs.flags.contains("listen")) {
        throw ConfigError("--run listens on a private socket of its own; take --listen away");
    }
}

std::variant<CommandLine, int> Parser::parse(int argc, char** argv)
{
    // What stands behind `--` is not for us, nor for CLI11.
    char** const dashes = std::find(argv, argv + argc, std::string_view("--"));
    if (dashes != argv + argc) line_.command.assign(dashes + 1, argv + argc);
    try {
        app_.parse(static_cast<int>(dashes - argv), argv);
        take_flags();
        check_command();
        return std::move(line_);
    } catch (const CLI::CallForHelp&) {
        return print(CLI::detail::find_and_replace(app_.help(), "\n\n\n", "\n\n"));
    } catch (const CLI::CallForVersion& version) {
        return print(std::string(version.what()) + "\n");
    } catch (const CLI::ParseError& error) {
        std::cerr << "penstockd: " << text_of(error) << '\n';
    } catch (const ConfigError& error) {
        std::cerr << "penstockd: " << error.what() << '\n';
    }
    return exit_usage;
}

}  // namespace

std::variant<CommandLine, int> read_command_line(int argc, char** argv)
{
    return Parser().parse(argc, argv);
}

}  // namespace penstock::config
