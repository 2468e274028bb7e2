// Verb: one word after `penstock`; and what may stand before and after each of them.
#pragma once

#include "client/cli/exit_code.hpp"

#include <penstock/client.hpp>
#include <penstock/duration.hpp>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::cli {

/// The options of all verbs.
struct Globals {
    std::string server;    // empty: the library looks at PENSTOCK_URL, then at the default socket
    std::string key_file;  // empty: the library looks at PENSTOCK_KEY_FILE
    std::optional<Duration> timeout;
    bool json = false;
    bool quiet = false;
};

/// Adds the options to the program or to a verb; the last one given counts.
void add_globals(CLI::App& app, Globals& globals, const std::string& timeout_help);

/// Adds "NAME SPAN-OF-TIME"; what is none, or negative, is a usage error.
void add_duration(CLI::App& app,
                  const std::string& name,
                  std::optional<Duration>& value,
                  const std::string& help);

/// How --help introduces a verb.
struct VerbHelp {
    const char* name;
    const char* purpose;   // one line
    const char* examples;  // each line begins with two blanks
    const char* details;
    const char* timeout = "give up connecting after this time (default: 10s)";
};

class Verb {
public:
    virtual ~Verb() = default;
    Verb(const Verb&) = delete;
    Verb& operator=(const Verb&) = delete;

    [[nodiscard]] bool chosen() const { return command_.parsed(); }
    [[nodiscard]] virtual ExitCode run() = 0;

protected:
    Verb(CLI::App& app, Globals& globals, const VerbHelp& help);

    [[nodiscard]] CLI::App& command() { return command_; }
    [[nodiscard]] const Globals& globals() const { return globals_; }

    /// For verbs whose --timeout is not the connection's.
    [[nodiscard]] Client connect() const;
    [[nodiscard]] Client connect(std::optional<Duration> timeout) const;

    /// Something good to know, unless -q.
    void note(std::string_view text) const;

private:
    Globals& globals_;
    CLI::App& command_;
};

}  // namespace penstock::cli
