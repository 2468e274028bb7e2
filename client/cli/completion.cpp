#include "client/cli/completion.hpp"

#include "client/cli/streams.hpp"

#include <chrono>
#include <csignal>
#include <sys/time.h>
#include <unistd.h>

namespace penstock::cli {

namespace {

/// Whoever presses Tab waits no longer than this.
constexpr std::chrono::milliseconds time_max{300};

constexpr VerbHelp help{
    "completion",
    "Print the completion script for a shell.",
    "  source <(penstock completion bash)       for this bash; or in ~/.bashrc\n"
    "  penstock completion zsh > ~/.zfunc/_penstock\n"
    "  penstock completion fish > ~/.config/fish/completions/penstock.fish",
    "Completes verbs, options, and the names of the queues at the broker.\n"
    "An installed penstock brings all three scripts along.",
    nullptr};

constexpr VerbHelp complete_help{"__complete", "", "", ""};

extern "C" void leave(int)
{
    ::_exit(0);  // no names are a good answer, too
}

/// Whatever the broker, the network or a name server does: the process ends in time.
void end_in_time() noexcept
{
    (void)std::signal(SIGALRM, leave);
    itimerval timer{};
    timer.it_value.tv_usec = static_cast<suseconds_t>(std::chrono::microseconds(time_max).count());
    (void)::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

Completion::Completion(CLI::App& app, Globals& globals) : Verb(app, globals, help), app_(app)
{
    argument("SHELL", shell_, "bash, zsh or fish");
}

ExitCode Completion::run()
{
    const Outline outline = outline_of(app_);
    if (shell_ == "bash") {
        write_out(bash_completion(outline));
    } else if (shell_ == "zsh") {
        write_out(zsh_completion(outline));
    } else if (shell_ == "fish") {
        write_out(fish_completion(outline));
    } else {
        throw Failure(ExitCode::usage,
                      "there is no completion for '" + shell_ + "'; write bash, zsh or fish");
    }
    return ExitCode::done;
}

Complete::Complete(CLI::App& app, Globals& globals) : Verb(app, globals, complete_help) {}

ExitCode Complete::run()
{
    end_in_time();
    try {
        Client client = connect(Duration(time_max));
        std::string names;
        for (const QueueStat& queue : client.admin().list()) names += queue.name + "\n";
        write_out(names);
    } catch (const std::exception&) {
        // A shell that completes has no place for an error.
    }
    return ExitCode::done;
}

}  // namespace penstock::cli
