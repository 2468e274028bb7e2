#include "server/bridge/history.hpp"

#include <algorithm>
#include <chrono>

namespace penstock::bridge {

namespace {

std::int64_t second_of(const BrokerStat& broker)
{
    return std::chrono::duration_cast<seconds>(broker.uptime).count();
}

const OperationTimes* times_of(const std::vector<OperationTimes>& times, WaitKind kind)
{
    const auto found = std::find_if(
        times.begin(), times.end(), [&](const OperationTimes& each) { return each.kind == kind; });
    return found == times.end() ? nullptr : &*found;
}

double bound_us(std::size_t bucket)
{
    constexpr std::size_t last = std::size(OperationTimes::bounds) - 1;
    const Duration bound = OperationTimes::bounds[std::min(bucket, last)];
    return std::chrono::duration<double, std::micro>(bound).count();
}

}  // namespace

std::optional<std::uint64_t> quantile_us(const OperationTimes* before,
                                         const OperationTimes& now,
                                         double share)
{
    std::vector<std::uint64_t> counts = now.counts;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const bool known = before != nullptr && i < before->counts.size();
        counts[i] -= std::min(counts[i], known ? before->counts[i] : 0);
        total += counts[i];
    }
    if (total == 0) return std::nullopt;
    const double wanted = share * static_cast<double>(total);
    double below = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto here = static_cast<double>(counts[i]);
        if (below + here < wanted || counts[i] == 0) {
            below += here;
            continue;
        }
        // Where in its bucket, nobody knows: as if they were spread evenly.
        const double low = i == 0 ? 0 : bound_us(i - 1);
        return static_cast<std::uint64_t>(low + (bound_us(i) - low) * (wanted - below) / here);
    }
    return static_cast<std::uint64_t>(bound_us(counts.size()));
}

void History::observe(const BrokerStat& broker)
{
    const std::int64_t second = second_of(broker);
    if (second <= last_) return;
    if (ring_.empty()) ring_.resize(history_size);
    Sample& sample = ring_[static_cast<std::size_t>(second) % history_size];
    sample = {};
    sample.second = second;
    sample.values[0] = broker.put_total;
    sample.values[1] = broker.get_total;
    sample.values[2] = broker.ready;
    sample.values[3] = broker.ready_bytes;
    sample.values[4] = broker.memory_used;
    sample.values[5] = broker.connections;
    std::size_t next = 6;
    for (const WaitKind kind : {WaitKind::put, WaitKind::get}) {
        const OperationTimes* now = times_of(broker.operation_times, kind);
        for (const double share : {0.5, 0.99}) {
            const bool goes_on = now != nullptr && last_ >= 0;
            if (goes_on) sample.values[next] = quantile_us(times_of(times_, kind), *now, share);
            ++next;
        }
    }
    times_ = broker.operation_times;
    last_ = second;
    if (first_ < 0) first_ = second;
}

void History::write(JsonText& out, const Mirror& mirror) const
{
    const auto size = static_cast<std::int64_t>(history_size);
    const std::int64_t begin = std::max(first_, last_ - size + 1);
    out.key("res_ms").number(1000);
    out.key("t0").number(mirror.moment_ms(seconds(std::max<std::int64_t>(begin, 0))));
    out.key("series").begin_object();
    for (std::size_t i = 0; i < std::size(series); ++i) {
        out.key(series[i]).begin_array();
        for (std::int64_t second = begin; last_ >= 0 && second <= last_; ++second) {
            const Sample& sample = ring_[static_cast<std::size_t>(second) % history_size];
            const bool known = sample.second == second && sample.values[i].has_value();
            if (known) {
                out.number(std::min(*sample.values[i], exact_number_max));
            } else {
                out.null();
            }
        }
        out.end_array();
    }
    out.end_object();
}

}  // namespace penstock::bridge
