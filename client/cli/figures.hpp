// What the broker says of itself, its queues and their items, as --json and as words.
#pragma once

#include <penstock/admin.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace penstock::cli {

[[nodiscard]] boost::json::object json_of(const QueueStat& stat);
[[nodiscard]] boost::json::object json_of(const BrokerStat& stat);
[[nodiscard]] boost::json::object json_of(const PeekedItem& item);

/// How an item begins, on one line that a terminal only shows.
[[nodiscard]] std::string preview_text(const PeekedItem& item);

/// "shut down", "ended", or nothing.
[[nodiscard]] std::string state_text(const QueueStat& stat);
/// Its kind, and how it was created.
[[nodiscard]] std::string options_text(const QueueStat& stat);

/// "1 item", "12 items".
[[nodiscard]] std::string items_text(std::uint64_t count);

}  // namespace penstock::cli
