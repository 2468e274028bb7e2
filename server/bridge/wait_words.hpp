// Says in words who waits for whom.
#pragma once

#include "server/bridge/mirror.hpp"
#include "server/bridge/wait_graph.hpp"

#include <set>
#include <string>

namespace penstock::bridge {

struct WaitWords {
    std::string text;
    /// The places that it speaks of; none needs words of its own.
    std::set<WaitPlace> told;
    /// It comes back to where it began.
    bool circle = false;
};

/// Begins with the waits at `place` and goes on with who could end them, as long as these wait too:
/// "jobs is full: 3 producers wait; its only consumer worker-2 waits in put on results, which is
/// full; its only consumer main waits in put on jobs, and so they wait for each other".
[[nodiscard]] WaitWords words_of(const Mirror& mirror,
                                 const WaitGraph& graph,
                                 const WaitPlace& place);

}  // namespace penstock::bridge
