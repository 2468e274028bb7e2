// A command that runs beside the broker, for `penstockd --run`.
#pragma once

#include "server/net/descriptors.hpp"
#include "server/net/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace penstock::net {

/// Which signals a process that was just started ignores, of those that we handle: under nohup, or
/// in the background of a script.
[[nodiscard]] std::vector<int> ignored_signals();

/// How penstockd was started. To be made before it changes any of that.
struct StartState {
    std::uint64_t nofile = soft_descriptor_limit();
    std::vector<int> ignored = ignored_signals();
};

/// Opens a descriptor that reads SIGINT and SIGQUIT, which run no handler from then on. An invalid
/// one if there can be none.
[[nodiscard]] UniqueFd open_keyboard_signals();

struct KeyboardSignal {
    int number = 0;
    /// The terminal sends it to all processes of its foreground group, to the command too.
    bool from_terminal = false;
};
/// The next one, if there is one.
[[nodiscard]] std::optional<KeyboardSignal> next_keyboard_signal(int fd);

class Child {
public:
    /// Starts it, with our standard streams, with `url` as its PENSTOCK_URL and otherwise as we
    /// were started. It gets SIGTERM should we die. Throws std::system_error when there can be no
    /// more processes; a command that cannot be executed ends with 127 or 126, as in a shell.
    Child(const std::vector<std::string>& command, const std::string& url, const StartState& state);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Passes a signal on.
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
