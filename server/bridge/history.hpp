// History: the last 15 minutes of the broker's figures, a sample a second, in memory that is fixed.
#pragma once

#include "server/bridge/json_text.hpp"
#include "server/bridge/limits.hpp"
#include "server/bridge/mirror.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::bridge {

class History {
public:
    /// Of each reading; the first one in each second of the broker's uptime counts.
    void observe(const BrokerStat& broker);
    /// {"res_ms":1000,"t0":..,"series":{"in":[..],..}}: null where nothing was read.
    void write(JsonText& out, const Mirror& mirror) const;
    void forget() { *this = History(); }

    /// The series; counters are cumulative, times in microseconds, for the second before.
    static constexpr std::string_view series[] = {"in",
                                                  "out",
                                                  "depth",
                                                  "bytes",
                                                  "memory",
                                                  "connections",
                                                  "put_p50_us",
                                                  "put_p99_us",
                                                  "get_p50_us",
                                                  "get_p99_us"};

private:
    struct Sample {
        std::int64_t second = -1;
        std::array<std::optional<std::uint64_t>, std::size(series)> values;
    };
    std::vector<Sample> ring_;  // by second modulo its size
    std::int64_t first_ = -1;
    std::int64_t last_ = -1;
    std::vector<OperationTimes> times_;  // of the last sample
};

/// Below which time the given share of the operations was answered, of those counted by `now` and
/// not yet by `before`. Absent: there were none.
[[nodiscard]] std::optional<std::uint64_t> quantile_us(const OperationTimes* before,
                                                       const OperationTimes& now,
                                                       double share);

}  // namespace penstock::bridge
