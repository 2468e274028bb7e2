// What a READ may ask about the broker beside its queues. The Engine sets it, sessions read it.
#pragma once

#include "common/base/time.hpp"
#include "common/wire/changes.hpp"
#include "server/core/broker.hpp"
#include "server/session/event_log.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace penstock::session {

/// To add all queues up is linear. With more than these, an answer may be as old as that: else
/// whoever asks again and again could keep the broker busy.
inline constexpr std::size_t fresh_queues_max = 1000;
inline constexpr base::Duration totals_age_max = std::chrono::seconds(1);

class BrokerFacts {
public:
    std::string version;  // of the program
    base::TimePoint started{};
    base::TimePoint now{};  // of the last turn that knew the time
    std::size_t connections = 0;
    std::size_t sessions = 0;
    std::uint64_t pending_used = 0;  // bytes
    std::uint64_t pending_max = 0;
    std::uint64_t descriptors_used = 0;  // by connections
    std::uint64_t descriptors_max = 0;
    std::uint64_t unix_connections_total = 0;  // accepted
    std::uint64_t tcp_connections_total = 0;
    EventLog events;
    std::string monitor_address;
    std::string monitor_token_file;
    bool monitor_operators = false;
    /// Whose rows they are is the Engine's to say.
    core::ChangeLog connection_changes;
    std::function<wire::ConnectionBody(std::uint64_t id)> connection;

    /// A moment as others are told it.
    [[nodiscard]] std::uint64_t uptime_ms(base::TimePoint moment) const
    {
        const auto since = std::max(moment - started, base::Duration::zero());
        return static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
    }

    /// All queues added up.
    [[nodiscard]] const core::BrokerStats& totals(const core::Broker& broker)
    {
        const bool fresh =
            broker.objects() > fresh_queues_max && totals_at_ && now < *totals_at_ + totals_age_max;
        if (fresh) return totals_;
        totals_ = broker.stats();
        totals_at_ = now;
        return totals_;
    }

private:
    core::BrokerStats totals_;
    std::optional<base::TimePoint> totals_at_;
};

}  // namespace penstock::session
