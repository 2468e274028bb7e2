// The figures of a broker as Prometheus reads them: what `penstock metrics` prints, and what a
// broker's monitor serves at /metrics.
#pragma once

#include <penstock/export.hpp>
#include <penstock/monitor.hpp>
#include <penstock/stats.hpp>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>

namespace penstock {

/// So many queues have series of their own, by name, if nobody says otherwise; all others are added
/// up as "_other".
inline constexpr std::size_t metrics_queues_max = 1000;

/// A page in Prometheus' text format, version 0.0.4. `queues` and `connections` are all there are
/// (see Admin::queue_changes), in any order, and `now` is the time at which they were asked for.
[[nodiscard]] PENSTOCK_API std::string metrics_text(const BrokerStat& broker,
                                                    std::span<const QueueRow> queues,
                                                    std::span<const ConnectionStat> connections,
                                                    std::chrono::system_clock::time_point now,
                                                    std::size_t queues_max = metrics_queues_max);

}  // namespace penstock
