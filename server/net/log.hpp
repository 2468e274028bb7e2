// The log: one event a line on stderr, with stable event codes. Never payloads, never keys.
#pragma once

#include "server/session/log_event.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::net {

/// `ts=... level=info event=... key=value ...`, without the newline. Values are quoted when needed
/// and control characters escaped: a peer chooses some of them.
[[nodiscard]] std::string to_logfmt(const session::LogEvent& event, std::string_view timestamp);

/// The same as one JSON object. Counts, sizes and the numbers of connections are numbers, all else
/// is strings.
[[nodiscard]] std::string to_json(const session::LogEvent& event, std::string_view timestamp);

enum class LogFormat : std::uint8_t { logfmt, json };

struct LogOptions {
    session::LogLevel level = session::LogLevel::info;  // what is below is left out
    LogFormat format = LogFormat::logfmt;
};

class Log {
public:
    /// With `journal`, lines begin with a priority that systemd's journal understands.
    Log(bool journal, LogOptions options) : journal_(journal), options_(options) {}
    void configure(LogOptions options) { options_ = options; }
    void write(const session::LogEvent& event);

private:
    bool journal_ = false;
    LogOptions options_;
};

}  // namespace penstock::net
