#include "client/cli/command.hpp"

#include "client/cli/exit_code.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace penstock::cli {

namespace {

/// What ends `penstock get` at other times.
constexpr std::array<int, 4> ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

[[noreturn]] void throw_cannot(const std::string& what, int error)
{
    throw Failure(ExitCode::internal,
                  "cannot " + what + ": " + std::generic_category().message(error));
}

bool is_ignored(int signal) noexcept
{
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// The two ends of a pipe; whichever are open at the end are closed.
class Pipe {
public:
    Pipe()
    {
        if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw_cannot("make a pipe", errno);
    }
    ~Pipe()
    {
        close(0);
        close(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    [[nodiscard]] int end(std::size_t i) const { return ends_[i]; }
    void close(std::size_t i)
    {
        const int fd = std::exchange(ends_[i], -1);
        if (fd >= 0) ::close(fd);
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

/// Ours, but for those that `variables` sets.
std::vector<std::string> environment_with(const std::vector<std::string>& variables)
{
    std::vector<std::string> result = variables;
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string_view entry(*at);
        const std::string_view head = entry.substr(0, entry.find('=') + 1);
        const auto sets_it = [head](const std::string& own) { return own.starts_with(head); };
        if (std::ranges::none_of(variables, sets_it)) result.emplace_back(entry);
    }
    return result;
}

pid_t start(const std::string& command,
            const std::vector<std::string>& variables,
            int input,
            const sigset_t& mask)
{
    std::vector<std::string> environment = environment_with(variables);
    std::vector<char*> pointers;
    for (std::string& entry : environment) pointers.push_back(entry.data());
    pointers.push_back(nullptr);
    std::string shell = "sh";
    std::string option = "-c";
    std::string no_more_options = "--";  // the command may begin with a dash
    std::string line = command;
    const std::array<char*, 5> arguments{
        shell.data(), option.data(), no_more_options.data(), line.data(), nullptr};

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    (void)::sigemptyset(&defaults);
    (void)::sigaddset(&defaults, SIGPIPE);  // we ignore it, and that would be inherited
    (void)::posix_spawn_file_actions_init(&actions);
    (void)::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    (void)::posix_spawnattr_init(&attributes);
    (void)::posix_spawnattr_setsigdefault(&attributes, &defaults);
    (void)::posix_spawnattr_setsigmask(&attributes, &mask);
    (void)::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    pid_t pid = -1;
    const int error =
        ::posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments.data(), pointers.data());
    (void)::posix_spawn_file_actions_destroy(&actions);
    (void)::posix_spawnattr_destroy(&attributes);
    if (error != 0) throw_cannot("run /bin/sh", error);
    return pid;
}

/// Writes what the pipe takes now; false when there is no more to write, or nobody who reads.
bool feed(int fd, std::span<const std::byte>& input)
{
    while (!input.empty()) {
        const ssize_t count = ::write(fd, input.data(), input.size());
        if (count >= 0) {
            input = input.subspan(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            return errno == EAGAIN || errno == EWOULDBLOCK;
        }
    }
    return false;
}

CommandEnd end_of(int status)
{
    if (WIFEXITED(status)) {
        const int code = WEXITSTATUS(status);
        return {code == 0, "ended with exit status " + std::to_string(code)};
    }
    const char* const name = ::sigabbrev_np(WTERMSIG(status));
    const std::string number = std::to_string(WTERMSIG(status));
    return {false, "was killed by " + (name ? "SIG" + std::string(name) : "signal " + number)};
}

}  // namespace

HeldSignals::HeldSignals()
{
    sigset_t held;
    (void)::sigemptyset(&held);
    for (const int signal : ending_signals) {
        // One that is blocked would come in spite of being ignored.
        if (!is_ignored(signal)) (void)::sigaddset(&held, signal);
    }
    (void)std::signal(SIGCHLD, SIG_DFL);  // where it is ignored, no exit status is to be had
    (void)::sigaddset(&held, SIGCHLD);
    (void)::sigprocmask(SIG_BLOCK, &held, &before_);
    descriptor_ = ::signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ >= 0) return;
    const int error = errno;
    (void)::sigprocmask(SIG_SETMASK, &before_, nullptr);
    throw_cannot("watch for signals", error);
}

HeldSignals::~HeldSignals()
{
    ::close(descriptor_);
    if (ends_by_ != 0) (void)std::raise(ends_by_);  // blocked still: it comes with the next line
    (void)::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::vector<int> HeldSignals::take()
{
    std::vector<int> taken;
    signalfd_siginfo info{};
    while (::read(descriptor_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
        const auto signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGCHLD) continue;
        if (ends_by_ == 0) ends_by_ = signal;
        // Ctrl-C and its like come from the kernel, and to everybody on that terminal.
        if (info.ssi_code != SI_KERNEL) taken.push_back(signal);
    }
    return taken;
}

CommandEnd run_command(const std::string& command,
                       const std::vector<std::string>& variables,
                       std::span<const std::byte> input,
                       HeldSignals& signals)
{
    Pipe pipe;
    const pid_t pid = start(command, variables, pipe.end(0), signals.mask_before());
    pipe.close(0);
    // What reads slowly must not keep us from the signals.
    (void)::fcntl(pipe.end(1), F_SETFL, O_NONBLOCK);
    int status = 0;
    while (true) {
        if (pipe.end(1) >= 0 && !feed(pipe.end(1), input)) pipe.close(1);
        std::array<pollfd, 2> fds{pollfd{signals.descriptor(), POLLIN, 0},
                                  pollfd{pipe.end(1), POLLOUT, 0}};
        (void)::poll(fds.data(), fds.size(), -1);
        for (const int signal : signals.take()) (void)::kill(pid, signal);
        const pid_t ended = ::waitpid(pid, &status, WNOHANG);
        if (ended == pid) return end_of(status);
        if (ended < 0 && errno != EINTR) throw_cannot("wait for the command", errno);
    }
}

}  // namespace penstock::cli
