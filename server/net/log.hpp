// The log: one event a line on stderr, logfmt, with stable event codes. Never payloads, never keys.
#pragma once

#include "server/session/log_event.hpp"

#include <string>
#include <string_view>

namespace penstock::net {

/// `ts=... level=info event=... key=value ...`, without the newline. Values are quoted when needed
/// and control characters escaped: a peer chooses some of them.
[[nodiscard]] std::string to_logfmt(const session::LogEvent& event, std::string_view timestamp);

class Log {
public:
    /// With `journal`, lines begin with a priority that systemd's journal understands.
    explicit Log(bool journal) : journal_(journal) {}
    void write(const session::LogEvent& event);

private:
    bool journal_ = false;
};

}  // namespace penstock::net
