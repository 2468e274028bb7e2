// penstock: puts, gets and looks at queues from the command line.
#include "client/cli/broker.hpp"
#include "client/cli/completion.hpp"
#include "client/cli/direct.hpp"
#include "client/cli/exit_code.hpp"
#include "client/cli/get.hpp"
#include "client/cli/help.hpp"
#include "client/cli/metrics.hpp"
#include "client/cli/operator.hpp"
#include "client/cli/pipe.hpp"
#include "client/cli/put.hpp"
#include "client/cli/queues.hpp"
#include "client/cli/session.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/watching.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace penstock::cli {

namespace {

constexpr const char* examples =
    "Examples:\n"
    "  penstock put jobs hello                  in one terminal\n"
    "  penstock get jobs                        in another, or on another host\n"
    "  penstock ls                              what queues there are\n"
    "  penstock doctor                          why there is no connection\n"
    "  penstock -s tcp:host:7410 --key-file key get jobs\n"
    "  penstock put --help                      more about a verb";

/// The program's options and verbs. Declares them, and runs the one that was chosen.
class Program {
public:
    Program();
    [[nodiscard]] ExitCode run(int argc, char** argv);

private:
    [[nodiscard]] ExitCode run_verb();
    [[nodiscard]] std::string verbs_text() const;
    [[nodiscard]] ExitCode usage(const CLI::ParseError& error);
    [[nodiscard]] ExitCode show_help(const CLI::CallForHelp& call);

    CLI::App app_{"Queues shared by processes and hosts: put, get and look at them.", "penstock"};
    Globals globals_;
    Put put_{app_, globals_};
    Get get_{app_, globals_};
    List list_{app_, globals_};
    Peek peek_{app_, globals_};
    Tail tail_{app_, globals_};
    Join join_{app_, globals_};
    Pipe pipe_{app_, globals_};
    Listen listen_{app_, globals_};
    Dial dial_{app_, globals_};
    Stat stat_{app_, globals_};
    Metrics metrics_{app_, globals_};
    Top top_{app_, globals_};
    Watch watch_{app_, globals_};
    Monitor monitor_{app_, globals_};
    Create create_{app_, globals_};
    Destroy purge_{app_, globals_, Destroy::Kind::purge};
    Destroy remove_{app_, globals_, Destroy::Kind::remove};
    Pause pause_{app_, globals_, Pause::Kind::pause};
    Pause resume_{app_, globals_, Pause::Kind::resume};
    Move move_{app_, globals_};
    Kick kick_{app_, globals_};
    Health health_{app_, globals_};
    Doctor doctor_{app_, globals_};
    Ping ping_{app_, globals_};
    Version version_{app_, globals_};
    Completion completion_{app_, globals_};
    Complete complete_{app_, globals_};
};

Program::Program()
{
    const auto formatter = std::make_shared<HelpFormatter>();  // CLI11 wants it shared
    formatter->column_width(22);
    formatter->label("SUBCOMMAND", "VERB");
    formatter->label("Subcommands", "Verbs");
    app_.formatter(formatter);
    for (CLI::App* verb : app_.get_subcommands(nullptr)) {
        const bool hidden = verb->get_name().starts_with("__");
        verb->formatter(formatter)->group(hidden ? "" : "Verbs");
    }
    app_.footer(std::string(examples) + "\n\n" + exit_codes_help());
    app_.set_version_flag("--version", "penstock " + std::string(version()));
    app_.require_subcommand(1, 1);  // one: what follows it may be called like a verb
    add_globals(app_, globals_, "how long to wait: each verb's --help says for what");
}

std::string Program::verbs_text() const
{
    std::string text;
    for (const CLI::App* verb : visible_verbs(app_)) {
        text += (text.empty() ? "" : ", ") + verb->get_name();
    }
    return text;
}

/// Without its value: "--name" of "--name=x".
std::string name_of(const std::string& option)
{
    return option.substr(0, option.find('='));
}

bool is(const CLI::ParseError& error, CLI::ExitCodes code)
{
    return error.get_exit_code() == static_cast<int>(code);
}

/// CLI11 says "--server: 1 required URL missing".
std::string text_of(const CLI::ParseError& error)
{
    const std::string text = error.what();
    if (!is(error, CLI::ExitCodes::ArgumentMismatch) || !text.ends_with(" missing")) return text;
    return text.substr(0, text.find(':')) + " needs a value";
}

/// An option that is not known may have made the words behind it wrong, so it is named first.
ExitCode Program::usage(const CLI::ParseError& error)
{
    const auto chosen = app_.get_subcommands();
    std::vector<const CLI::App*> apps{&app_};
    if (!chosen.empty()) apps.push_back(chosen.front());
    std::string text = text_of(error);
    std::string nearest;
    if (chosen.empty() && is(error, CLI::ExitCodes::RequiredError)) {
        text = "a verb is missing: " + verbs_text();
    }
    if (chosen.empty() && !app_.remaining().empty()) {
        text = "there is no verb '" + app_.remaining().front() + "'";
        nearest = nearest_verb(app_, app_.remaining().front());
    }
    for (const CLI::App* app : apps) {
        const auto unknown = app->remaining();
        const auto option = std::find_if(
            unknown.begin(), unknown.end(), [](const auto& word) { return word.starts_with('-'); });
        if (option == unknown.end()) continue;
        text = "there is no option '" + name_of(*option) + "'";
        nearest = nearest_option(*app, name_of(*option));
        break;
    }
    const std::string verb = chosen.empty() ? "" : chosen.front()->get_name() + " ";
    complain(text + "; " +
             (nearest.empty() ? "see `penstock " + verb + "--help`"
                              : "did you mean '" + nearest + "'?"));
    return ExitCode::usage;
}

/// Also for words that are wrong: `help NOPE` and `NOPE --help` get no page.
ExitCode Program::show_help(const CLI::CallForHelp& call)
{
    if (app_.get_subcommands().empty() && !app_.remaining().empty()) return usage(call);
    write_out(app_.help());
    return ExitCode::done;
}

/// In the order that CLI11 wants: the last one first. `help put` is `put --help`.
std::vector<std::string> arguments_of(int argc, char** argv)
{
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    if (!arguments.empty() && arguments.front() == "help") {
        arguments.erase(arguments.begin());
        arguments.push_back("--help");
    }
    std::reverse(arguments.begin(), arguments.end());
    return arguments;
}

ExitCode Program::run_verb()
{
    const std::array<Verb*, 27> verbs{
        &put_,    &get_,    &list_,   &peek_,    &tail_,       &join_,    &pipe_,
        &listen_, &dial_,   &stat_,   &top_,     &watch_,      &monitor_, &metrics_,
        &create_, &purge_,  &remove_, &pause_,   &resume_,     &move_,    &kick_,
        &health_, &doctor_, &ping_,   &version_, &completion_, &complete_};
    for (Verb* verb : verbs) {
        if (verb->chosen()) return verb->run();
    }
    return ExitCode::usage;
}

ExitCode Program::run(int argc, char** argv)
{
    try {
        app_.parse(arguments_of(argc, argv));
        return run_verb();
    } catch (const CLI::CallForVersion& version) {
        write_out(std::string(version.what()) + "\n");
        return ExitCode::done;
    } catch (const CLI::CallForHelp& call) {
        return show_help(call);
    } catch (const CLI::ParseError& error) {
        return usage(error);
    } catch (const std::system_error& error) {
        const Verdict verdict = verdict_of(error.code());
        const bool negative = verdict.exit_code == ExitCode::negative;
        const std::string advice =
            *verdict.advice == '\0' ? "" : std::string("; ") + verdict.advice;
        if (!negative || !globals_.quiet) complain(error.what() + advice);
        return verdict.exit_code;
    }
}

ExitCode run(int argc, char** argv)
{
    protect_streams();
    try {
        return Program().run(argc, argv);
    } catch (const Failure& failure) {
        complain(failure.what());
        return failure.exit_code();
    } catch (const std::exception& error) {
        complain(error.what());
        return ExitCode::internal;
    }
}

}  // namespace

}  // namespace penstock::cli

int main(int argc, char** argv)
{
    return static_cast<int>(penstock::cli::run(argc, argv));
}
