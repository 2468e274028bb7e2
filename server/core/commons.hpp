// What all queues and pipes of a broker have in common. Plain data of the Broker, which outlives
// them.
#pragma once

#include "server/core/change_log.hpp"
#include "server/core/deadlines.hpp"
#include "server/core/memory.hpp"
#include "server/core/operation_times.hpp"
#include "server/core/types.hpp"

#include <cstdint>

namespace penstock::core {

struct Commons {
    explicit Commons(std::uint64_t memory_max) : memory(memory_max) {}

    TimePoint now{};  // of this turn
    Deadlines deadlines;
    Memory memory;
    ChangeLog queue_changes;
    ChangeLog pipe_changes;
    OperationTimes put_times;
    OperationTimes get_times;
    OperationTimes join_times;
};

}  // namespace penstock::core
