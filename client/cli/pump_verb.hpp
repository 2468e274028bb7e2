// PumpVerb: what the verbs have that send stdin through a pipe and print what comes.
#pragma once

#include "client/cli/pump.hpp"
#include "client/cli/verb.hpp"

namespace penstock::cli {

class PumpVerb : public Verb {
protected:
    PumpVerb(CLI::App& app, Globals& globals, const VerbHelp& help);

    /// stdin, as --lines has it.
    [[nodiscard]] MessageInput message_input() const { return MessageInput(lines_); }
    [[nodiscard]] PumpOptions pump_options() const;

private:
    bool lines_ = false;
};

}  // namespace penstock::cli
