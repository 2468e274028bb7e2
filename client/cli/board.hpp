// Board: the broker's queues and connections as of the last reading, and how fast they move.
#pragma once

#include "client/cli/reading.hpp"

#include <penstock/duration.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace penstock::cli {

/// Items a second.
struct Rates {
    double in = 0;
    double out = 0;
};

/// Rates are made of the totals of two readings and the broker's time between them: a reading that
/// came late, or not at all, makes none of them wrong. Knows no clock and no terminal.
class Board {
public:
    using Totals = std::pair<std::uint64_t, std::uint64_t>;  // put, got
    struct Queue {
        QueueRow row;
        std::uint64_t changed = 0;  // the number of the reading that brought this
        std::optional<Totals> totals_before;
    };
    using Queues = std::unordered_map<std::uint64_t, Queue>;

    /// True: it is of another broker than the one before (or of one that was started anew), so all
    /// that was is forgotten.
    bool take(Reading reading);

    [[nodiscard]] const Since& since() const { return since_; }
    [[nodiscard]] const BrokerStat& broker() const { return broker_; }
    [[nodiscard]] const Queues& queues() const { return queues_; }
    /// The broker's uptime at the last reading.
    [[nodiscard]] Duration uptime() const { return uptime_; }
    /// How long ago a moment of the broker was then.
    [[nodiscard]] Duration age_of(Duration moment) const;

    /// None yet: there was only one reading.
    [[nodiscard]] std::optional<Rates> rates() const;
    [[nodiscard]] std::optional<Rates> rates_of(const Queue& queue) const;

    /// Null: there is none.
    [[nodiscard]] const Queue* queue_called(std::string_view name) const;
    [[nodiscard]] const ConnectionStat* session(std::uint64_t number) const;

private:
    void take_page(Changes<QueueRow> page, Queues& old);
    void put(QueueRow row, const Queues& old);
    void take_page(Changes<ConnectionStat> page);
    [[nodiscard]] Totals gains() const;

    Since since_;
    std::uint64_t readings_ = 0;
    BrokerStat broker_;
    BrokerStat broker_before_;
    Duration uptime_{};
    Duration uptime_before_{};
    Queues queues_;
    std::unordered_map<std::uint64_t, ConnectionStat> connections_;  // by their ids
    std::unordered_map<std::uint64_t, std::uint64_t> of_session_;
};

}  // namespace penstock::cli
