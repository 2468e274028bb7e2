// The exit codes of `penstock`, and which error of the library gives which: the one table of them.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

namespace penstock::cli {

enum class ExitCode : int {
    done = 0,
    negative = 1,  // empty, not found, shut down, exists, ...
    usage = 2,
    no_connection = 3,
    refused = 4,
    timed_out =
        5,      // connect, ping, join; a get that waited in vain is `negative`, a put is `limit`
    limit = 6,  // full, too large, no memory, too many
    in_doubt = 7,
    internal = 8,  // the protocol, a fault of the broker's or of ours, stdin or stdout broken
    interrupted = 130,
};

/// What an error means for the shell, and what its reader could do next (may be empty).
struct Verdict {
    ExitCode exit_code = ExitCode::internal;
    const char* advice = "";
};

[[nodiscard]] Verdict verdict_of(const std::error_code& ec) noexcept;

/// An error that the library knows nothing of; the text is complete.
class Failure : public std::runtime_error {
public:
    Failure(ExitCode exit_code, const std::string& text);
    [[nodiscard]] ExitCode exit_code() const noexcept { return exit_code_; }

private:
    ExitCode exit_code_;
};

/// For --help.
[[nodiscard]] const char* exit_codes_help() noexcept;

}  // namespace penstock::cli
