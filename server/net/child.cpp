#include "server/net/child.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace penstock::net {

namespace {

constexpr int exit_not_found = 127;
constexpr int exit_not_executable = 126;

/// Between fork and exec. There is one thread, so that all calls are allowed.
[[noreturn]] void execute(const std::vector<std::string>& command,
                          const std::string& url,
                          const StartState& state,
                          pid_t parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(128 + SIGTERM);  // it died before it could be watched
    std::signal(SIGPIPE, SIG_DFL);                      // which we ignore, and exec would keep
    // What we handle, exec sets back; what was ignored before shall be so again.
    for (const int signal : state.ignored) std::signal(signal, SIG_IGN);
    set_soft_descriptor_limit(state.nofile);
    ::setenv("PENSTOCK_URL", url.c_str(), 1);
    ::unsetenv("PENSTOCK_KEY_FILE");
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments.front(), arguments.data());
    const int error = errno;
    std::cerr << "penstockd: --run: '" << command.front()
              << "' cannot be executed: " << std::generic_category().message(error) << std::endl;
    ::_exit(error == ENOENT ? exit_not_found : exit_not_executable);
}

}  // namespace

std::vector<int> ignored_signals()
{
    std::vector<int> ignored;
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2}) {
        struct sigaction action {};
        const bool known = ::sigaction(signal, nullptr, &action) == 0;
        if (known && action.sa_handler == SIG_IGN) ignored.push_back(signal);
    }
    return ignored;
}

UniqueFd open_keyboard_signals()
{
    sigset_t set{};
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGQUIT);
    UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (fd) ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return fd;
}

std::optional<KeyboardSignal> next_keyboard_signal(int fd)
{
    signalfd_siginfo info{};
    if (::read(fd, &info, sizeof info) != sizeof info) return std::nullopt;
    return KeyboardSignal{static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL};
}

Child::Child(const std::vector<std::string>& command,
             const std::string& url,
             const StartState& state)
{
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "--run: cannot fork");
    if (pid_ == 0) execute(command, url, state, parent);
}

Child::~Child()
{
    if (pid_ > 0) ::kill(pid_, SIGTERM);
}

void Child::forward(int signal)
{
    if (pid_ > 0) ::kill(pid_, signal);
}

bool Child::has_ended()
{
    if (pid_ < 0) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    pid_ = -1;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

}  // namespace penstock::net
