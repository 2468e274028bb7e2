// penstock pipe: one end of a pipe that has a name at the broker.
#pragma once

#include "client/cli/pump_verb.hpp"

namespace penstock::cli {

class Pipe : public PumpVerb {
public:
    Pipe(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    [[nodiscard]] End end() const;
    [[nodiscard]] Connection<Bytes> meet(Client& client, End end) const;

    std::string name_;
    bool left_ = false;
    bool right_ = false;
};

}  // namespace penstock::cli
