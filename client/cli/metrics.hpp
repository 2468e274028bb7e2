// penstock metrics: the broker's figures for Prometheus.
#pragma once

#include "client/cli/verb.hpp"

namespace penstock::cli {

class Metrics : public Verb {
public:
    Metrics(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;
};

}  // namespace penstock::cli
