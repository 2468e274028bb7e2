// Verb: one word after `penstock`; and what may stand before and after each of them.
#pragma once

#include "client/cli/exit_code.hpp"

#include <penstock/client.hpp>
#include <penstock/duration.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// CLI11 takes seconds to compile: only verb.cpp, help.cpp and main.cpp see it.
namespace CLI {
class App;
}  // namespace CLI

namespace penstock::cli {

/// The options of all verbs.
struct Globals {
    std::string server;    // empty: the library looks at PENSTOCK_URL, then at the default socket
    std::string key_file;  // empty: the library looks at PENSTOCK_KEY_FILE
    std::string broker_user;  // a name or a number; empty: this user or root
    std::optional<Duration> timeout;
    bool json = false;
    bool quiet = false;
};

/// How long a broker may take for a sign of life, unless --timeout says otherwise.
inline constexpr Duration answer_time_default = std::chrono::seconds(5);

/// Adds the options to the program or to a verb; the last one given counts.
void add_globals(CLI::App& app, Globals& globals, const std::string& timeout_help);

/// What they say about connecting, but for the time. The options view into `globals`. Throws
/// Failure for a user that there is none.
[[nodiscard]] ConnectOptions connect_options_of(const Globals& globals);

/// How --help introduces a verb.
struct VerbHelp {
    const char* name;
    const char* purpose;   // one line
    const char* examples;  // each line begins with two blanks
    const char* details;
    const char* timeout =  // null: it asks no broker and has none of the options of all verbs
        "give up connecting after this time (default: 10s)";
};

class Verb {
public:
    virtual ~Verb() = default;
    Verb(const Verb&) = delete;
    Verb& operator=(const Verb&) = delete;

    [[nodiscard]] bool chosen() const;
    [[nodiscard]] virtual ExitCode run() = 0;

protected:
    Verb(CLI::App& app, Globals& globals, const VerbHelp& help);

    // What stands behind the verb. The value is set when the arguments are read; what can't be
    // meant is a usage error.
    void argument(const std::string& name, std::string& value, const std::string& help);
    /// One that may be left out.
    void argument(const std::string& name,
                  std::optional<std::string>& value,
                  const std::string& help);
    /// One or more of them.
    void argument(const std::string& name,
                  std::vector<std::string>& values,
                  const std::string& help);
    void argument(const std::string& name, std::uint64_t& value, const std::string& help);
    void flag(const std::string& name, bool& value, const std::string& help);
    void option(const std::string& name,
                std::optional<std::string>& value,
                const std::string& placeholder,
                const std::string& help);
    /// A number, `least` or more.
    void option(const std::string& name,
                std::optional<std::int64_t>& value,
                std::int64_t least,
                const std::string& help);
    void option(const std::string& name,
                std::uint64_t& value,
                std::uint64_t least,
                const std::string& help);
    void option(const std::string& name,
                std::optional<std::uint64_t>& value,
                std::uint64_t least,
                const std::string& help);
    /// A span of time.
    void option(const std::string& name, std::optional<Duration>& value, const std::string& help);

    [[nodiscard]] const Globals& globals() const { return globals_; }

    /// For verbs whose --timeout is not the connection's: it caps that all the same, but gives it
    /// a moment, so that 0 can mean not to wait.
    [[nodiscard]] Client connect() const;
    [[nodiscard]] Client connect(std::optional<Duration> timeout) const;

    /// Of --key-file, else of the environment; empty if neither names one. Throws Failure for one
    /// that can't be read.
    [[nodiscard]] std::string key_file() const;

    /// Where they go to.
    [[nodiscard]] std::string address() const;

    /// Something good to know, unless -q.
    void note(std::string_view text) const;

private:
    Globals& globals_;
    CLI::App& command_;
};

}  // namespace penstock::cli
