// What is worth a line in the log, as a value: the shell writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::session {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogEvent {
    LogLevel level = LogLevel::info;
    std::string_view event;  // a stable code, a literal
    std::vector<std::pair<std::string_view, std::string>> fields;
};

}  // namespace penstock::session
