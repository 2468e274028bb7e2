// penstock get: items out of a queue, to stdout.
#pragma once

#include "client/cli/verb.hpp"

#include <cstdint>

namespace penstock::cli {

class Get : public Verb {
public:
    Get(CLI::App& app, Globals& globals);
    [[nodiscard]] ExitCode run() override;

private:
    /// Writes the item, or ends the process: see get.cpp.
    void deliver(const Item<Bytes>& item) const noexcept;
    void write(const Item<Bytes>& item) const;

    std::string queue_name_;
    std::uint64_t count_ = 1;
    bool lines_ = false;
};

}  // namespace penstock::cli
