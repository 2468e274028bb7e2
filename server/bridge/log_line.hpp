// A line of penstock-bridge's log, as penstockd writes them: logfmt.
#pragma once

#include "server/bridge/monitor.hpp"

#include <string>
#include <string_view>

namespace penstock::bridge {

/// "ts=... level=info event=monitor_opened peer=127.0.0.1\n"
[[nodiscard]] std::string log_line(const MonitorEvent& event, std::string_view timestamp);

}  // namespace penstock::bridge
