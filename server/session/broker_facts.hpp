// What a READ may ask about the broker beside its queues. The Engine sets it, sessions read it.
#pragma once

#include "common/base/time.hpp"

#include <cstddef>
#include <string>

namespace penstock::session {

struct BrokerFacts {
    std::string version;  // of the program
    base::TimePoint started{};
    base::TimePoint now{};  // of the last turn that knew the time
    std::size_t connections = 0;
    std::size_t sessions = 0;
};

}  // namespace penstock::session
