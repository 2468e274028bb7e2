// For the examples: a function in a process of its own, as Python's multiprocessing.Process.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <sys/types.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace examples {

/// One write for each line: several processes have the same stdout.
inline void print(const std::string& line)
{
    std::cout << line + "\n" << std::flush;
}

/// Runs `body` in a process of its own. It connects for itself, and nothing may be connected here
/// when it is started: a client belongs to the process that made it. Ctrl-C ends it, also where its
/// parent ignores that to tidy up behind it.
template <class Body>
pid_t start(Body body)
{
    const pid_t pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid > 0) return pid;
    for (const int number : {SIGINT, SIGTERM}) (void)std::signal(number, SIG_DFL);
    try {
        body();
        ::_exit(EXIT_SUCCESS);
    } catch (const std::exception& error) {
        std::cerr << std::string(program_invocation_short_name) + ": " + error.what() + "\n";
        ::_exit(EXIT_FAILURE);
    }
}

/// Waits for its end.
inline bool ended_well(pid_t pid)
{
    int status = 0;
    return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace examples
