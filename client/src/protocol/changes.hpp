// What changed at a broker, as an Admin asks for it and makes it of the answers: the same for all
// drivers.
#pragma once

#include "client/src/protocol/call.hpp"
#include "common/wire/messages.hpp"

#include <penstock/monitor.hpp>

#include <cstdint>
#include <optional>
#include <system_error>

namespace penstock::protocol {

[[nodiscard]] wire::Read read_changes(wire::RowKind kind, std::uint64_t since);

// `ec` is the answer's, or errc::protocol where it makes no sense.
[[nodiscard]] Changes<QueueRow> to_queue_changes(const Answer& answer, std::error_code& ec);
[[nodiscard]] Changes<PipeStat> to_pipe_changes(const Answer& answer, std::error_code& ec);
[[nodiscard]] Changes<ConnectionStat> to_connection_changes(const Answer& answer,
                                                            std::error_code& ec);

/// All events behind a version, page by page: next() gives requests until there are none, and each
/// is answered before the next one.
class EventList {
public:
    explicit EventList(std::uint64_t since);

    [[nodiscard]] std::optional<Request> next() const;
    void answered(const Answer& answer);
    /// Once there is no next one.
    [[nodiscard]] Events take(std::error_code& ec);

private:
    Events events_;
    wire::Read read_;
    std::error_code ec_;
    bool begun_ = false;
    bool done_ = false;
};

}  // namespace penstock::protocol
