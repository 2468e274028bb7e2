// A command that runs beside the broker, for `penstockd --run`.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace penstock::net {

class Child {
public:
    /// Starts it, with our standard streams, with `url` as its PENSTOCK_URL and with that soft
    /// limit of open files. It gets SIGTERM should we die. Throws std::system_error when there can
    /// be no more processes; a command that cannot be executed ends with 127 or 126, as in a shell.
    Child(const std::vector<std::string>& command, const std::string& url, std::uint64_t nofile);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Passes a signal on, unless the terminal did already.
    void forward(int signal);
    /// To be asked after SIGCHLD.
    [[nodiscard]] bool has_ended();
    /// Once it has ended: its own, or 128 and the signal that ended it.
    [[nodiscard]] int exit_code() const { return exit_code_; }

private:
    pid_t pid_ = -1;  // -1: it has ended
    int exit_code_ = 0;
};

}  // namespace penstock::net
