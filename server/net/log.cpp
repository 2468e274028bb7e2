#include "server/net/log.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <unistd.h>

namespace penstock::net {

namespace {

using session::LogLevel;

std::string_view name_of(LogLevel level)
{
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

std::string_view journal_priority(LogLevel level)
{
    switch (level) {
        case LogLevel::debug:
            return "<7>";
        case LogLevel::info:
            return "<6>";
        case LogLevel::warning:
            return "<4>";
        case LogLevel::error:
            return "<3>";
    }
    return "<3>";
}

bool is_plain(char c)
{
    const auto code = static_cast<unsigned char>(c);
    return code > 0x20 && code != 0x7f && c != '"' && c != '=' && c != '\\';
}

void append_value(std::string& line, std::string_view value)
{
    bool plain = !value.empty();
    for (const char c : value) plain = plain && is_plain(c);
    if (plain) {
        line += value;
        return;
    }
    line += '"';
    for (const char c : value) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (code < 0x20 || code == 0x7f) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\x%02x", unsigned{code});
            line += escaped.data();
        } else {
            line += c;
        }
    }
    line += '"';
}

std::string now_text()
{
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto millis =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() %
        1000;
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(millis));
    return text.data();
}

}  // namespace

std::string to_logfmt(const session::LogEvent& event, std::string_view timestamp)
{
    std::string line = "ts=";
    line += timestamp;
    line += " level=";
    line += name_of(event.level);
    line += " event=";
    line += event.event;
    for (const auto& [key, value] : event.fields) {
        line += ' ';
        line += key;
        line += '=';
        append_value(line, value);
    }
    return line;
}

void Log::write(const session::LogEvent& event)
{
    std::string line = journal_ ? std::string(journal_priority(event.level)) : std::string();
    line += to_logfmt(event, now_text());
    line += '\n';
    // One write, so that lines of several processes don't mix. A full or closed stderr is no
    // reason to stop serving.
    (void)!::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace penstock::net
