// A penstockd of a test's own, on a private Unix socket; ended by its pid.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace penstock::support {

class Daemon {
public:
    /// The program is the one that PENSTOCKD names. `options` come behind --listen `address`.
    explicit Daemon(const std::string& address, const std::vector<std::string>& options = {})
    {
        int out[2] = {-1, -1};
        if (::pipe(out) != 0) throw std::runtime_error("pipe");
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(out[1], STDOUT_FILENO);
            ::close(out[0]);
            ::close(out[1]);
            const char* program = std::getenv("PENSTOCKD");
            std::vector<const char*> arguments = {program, "--listen", address.c_str()};
            for (const std::string& option : options) arguments.push_back(option.c_str());
            arguments.push_back(nullptr);
            ::execv(program, const_cast<char* const*>(arguments.data()));
            ::_exit(127);
        }
        ::close(out[1]);
        const auto further = std::count(options.begin(), options.end(), "--listen");
        for (std::ptrdiff_t i = 0; i <= further; ++i) addresses_.push_back(read_address(out[0]));
        ::close(out[0]);
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon() { (void)end(SIGKILL); }

    [[nodiscard]] const std::string& address() const { return addresses_.front(); }
    /// The first one, then those of `options`.
    [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Sends the signal and waits; the exit status, or -1 after a signal's death.
    int end(int signal_number)
    {
        if (pid_ < 0) return -1;
        ::kill(pid_, signal_number);
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    static std::string read_address(int out)
    {
        std::string line;
        char c = 0;
        while (::read(out, &c, 1) == 1 && c != '\n') line += c;
        constexpr std::string_view word = "listening ";
        if (!line.starts_with(word)) throw std::runtime_error("penstockd did not start");
        return line.substr(word.size());
    }

    pid_t pid_ = -1;
    std::vector<std::string> addresses_;
};

/// Another process that runs `body` and exits with what it returns. It has no client of ours.
template <class Body>
pid_t in_child(Body body)
{
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    int code = 99;
    try {
        code = body();
    } catch (...) {
        code = 98;
    }
    ::_exit(code);
}

inline int exit_code_of(pid_t pid)
{
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace penstock::support
