// penstock completion, and __complete, which the scripts that it prints call.
#pragma once

#include "client/cli/outline.hpp"
#include "client/cli/verb.hpp"

#include <string>

namespace penstock::cli {

/// The script for a shell; each lists the verbs and options of the outline and asks for the names
/// of queues.
[[nodiscard]] std::string bash_completion(const Outline& outline);
[[nodiscard]] std::string zsh_completion(const Outline& outline);
[[nodiscard]] std::string fish_completion(const Outline& outline);

class Completion : public Verb {
public:
    Completion(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    const CLI::App& app_;
    std::string shell_;
};

/// Prints the names of the queues, or nothing; never takes long.
class Complete : public Verb {
public:
    Complete(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;
};

}  // namespace penstock::cli
