// penstock listen and dial: pipes without a broker.
#pragma once

#include "client/cli/pump_verb.hpp"

namespace penstock::cli {

/// What both have.
class DirectVerb : public PumpVerb {
protected:
    DirectVerb(CLI::App& app, Globals& globals, const VerbHelp& help);

    [[nodiscard]] LegacyMd5 legacy_md5() const;

    std::string address_;

private:
    std::optional<std::string> legacy_md5_name_;
};

class Listen : public DirectVerb {
public:
    Listen(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    bool keep_ = false;
};

class Dial : public DirectVerb {
public:
    Dial(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;
};

}  // namespace penstock::cli
