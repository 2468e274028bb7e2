// OperationTimes: how long operations of one kind took until they were answered, as a histogram.
#pragma once

#include "common/base/time.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace penstock::core {

class OperationTimes {
public:
    /// The upper bounds of the buckets; one more is for all above the last. Those that the clients
    /// know, too: docs/protocol.md, section 3.9.
    static constexpr auto bounds = std::to_array<base::Duration>({
        std::chrono::microseconds(10),
        std::chrono::microseconds(25),
        std::chrono::microseconds(100),
        std::chrono::microseconds(250),
        std::chrono::milliseconds(1),
        std::chrono::microseconds(2500),
        std::chrono::milliseconds(10),
        std::chrono::milliseconds(25),
        std::chrono::milliseconds(100),
        std::chrono::milliseconds(250),
        std::chrono::seconds(1),
        std::chrono::milliseconds(2500),
        std::chrono::seconds(10),
    });
    using Counts = std::array<std::uint64_t, bounds.size() + 1>;

    void add_immediate(std::uint64_t n) { counts_[0] += n; }
    void add(base::Duration time, std::uint64_t n)
    {
        const auto bucket = std::ranges::lower_bound(bounds, time) - bounds.begin();
        counts_[static_cast<std::size_t>(bucket)] += n;
        sum_ += time * static_cast<base::Duration::rep>(n);
    }

    [[nodiscard]] const Counts& counts() const { return counts_; }
    [[nodiscard]] base::Duration sum() const { return sum_; }

private:
    Counts counts_{};
    base::Duration sum_{};
};

}  // namespace penstock::core
