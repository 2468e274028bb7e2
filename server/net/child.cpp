#include "server/net/child.hpp"

#include "server/net/descriptors.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sys/prctl.h>
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
                          std::uint64_t nofile,
                          pid_t parent)
{
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(128 + SIGTERM);  // it died before it could be watched
    std::signal(SIGPIPE, SIG_DFL);                      // which we ignore, and exec would keep
    set_soft_descriptor_limit(nofile);
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

/// The terminal sends these to all processes of its foreground group, to the command too.
bool terminal_sent(int signal)
{
    if (signal != SIGINT && signal != SIGQUIT) return false;
    constexpr std::array<int, 3> streams{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    for (const int fd : streams) {
        if (::isatty(fd) == 1 && ::tcgetpgrp(fd) == ::getpgrp()) return true;
    }
    return false;
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const std::string& url, std::uint64_t nofile)
{
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "--run: cannot fork");
    if (pid_ == 0) execute(command, url, nofile, parent);
}

Child::~Child()
{
    if (pid_ > 0) ::kill(pid_, SIGTERM);
}

void Child::forward(int signal)
{
    if (pid_ > 0 && !terminal_sent(signal)) ::kill(pid_, signal);
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
