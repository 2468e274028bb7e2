// What an Admin asks, and what it makes of the answers: the same for all drivers.
#pragma once

#include "client/src/protocol/call.hpp"
#include "common/wire/messages.hpp"

#include <penstock/admin.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace penstock::protocol {

[[nodiscard]] wire::Read read_stat(std::string_view name);
[[nodiscard]] wire::Read read_broker_stat();
[[nodiscard]] wire::Admin request_of(wire::AdminVerb verb, const QueueRef& queue);
[[nodiscard]] wire::Admin move_of(const QueueRef& from, std::string_view to, std::uint64_t count);
[[nodiscard]] wire::Admin kick_of(std::uint64_t connection);
/// Whether Admin::move may be asked so.
[[nodiscard]] bool can_move(std::string_view from, std::string_view to, std::uint64_t count);

// `ec` is the answer's, or errc::protocol where it makes no sense.
[[nodiscard]] QueueStat to_queue_stat(const Answer& answer, std::error_code& ec);
[[nodiscard]] BrokerStat to_broker_stat(const Answer& answer, std::error_code& ec);
/// How many items were dropped.
[[nodiscard]] std::uint64_t to_dropped(const Answer& answer, std::error_code& ec);
[[nodiscard]] std::uint64_t to_moved(const Answer& answer, std::error_code& ec);

/// All queues, page by page: next() gives requests until there are none, and each is answered
/// before the next one.
class QueueList {
public:
    [[nodiscard]] std::optional<Request> next() const;
    void answered(const Answer& answer);
    /// Once there is no next one.
    [[nodiscard]] std::vector<QueueStat> take(std::error_code& ec);

private:
    std::vector<QueueStat> stats_;
    wire::Read read_{.what = wire::ReadWhat::list};
    std::error_code ec_;
    bool done_ = false;
};

/// The items at the front of a queue, in the same way.
class Peek {
public:
    Peek(std::string_view name,
         std::size_t count,
         std::uint64_t offset,
         std::uint32_t head_size_max);

    [[nodiscard]] std::optional<Request> next();
    void answered(const Answer& answer);
    [[nodiscard]] std::vector<PeekedItem> take(std::error_code& ec);

private:
    std::vector<PeekedItem> items_;
    const std::size_t count_;
    wire::Read read_;
    std::error_code ec_;
    bool done_ = false;
};

}  // namespace penstock::protocol
