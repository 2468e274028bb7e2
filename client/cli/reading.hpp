// Reading: what a broker was asked in one go by somebody who watches it, and where it goes on.
#pragma once

#include <penstock/monitor.hpp>
#include <penstock/stats.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace penstock::cli {

struct Reading {
    BrokerStat broker;
    std::vector<Changes<QueueRow>> queues;  // pages, in order
    std::vector<Changes<ConnectionStat>> connections;
};

/// As far as the broker of that `boot` was read. One that was started anew begins again.
struct Since {
    std::array<std::byte, 16> boot{};
    std::uint64_t queues = 0;
    std::uint64_t connections = 0;
};

}  // namespace penstock::cli
