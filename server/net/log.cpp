#include "server/net/log.hpp"

#include "common/base/utf8.hpp"

#include <algorithm>
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

/// `format` has one %x, for the byte.
void append_escaped(std::string& line, const char* format, unsigned char byte)
{
    std::array<char, 8> escaped{};
    std::snprintf(escaped.data(), escaped.size(), format, unsigned{byte});
    line += escaped.data();
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
            append_escaped(line, "\\x%02x", code);
        } else {
            line += c;
        }
    }
    line += '"';
}

void append_json(std::string& line, std::string_view text)
{
    // What is no text is shown as Latin-1: readable where it matters, and JSON in any case.
    const bool is_text = base::valid_utf8(text);
    line += '"';
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (code < 0x20 || code == 0x7f || (code > 0x7f && !is_text)) {
            append_escaped(line, "\\u%04x", code);
        } else {
            line += c;
        }
    }
    line += '"';
}

/// Fields that count something or name it by a number. What a peer chose is never among them, but
/// digits are looked for all the same.
constexpr std::array<std::string_view, 7> number_keys{
    "conn", "dropped", "max", "sessions", "suppressed", "unacknowledged", "used"};

bool is_number(std::string_view key, std::string_view value)
{
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return std::find(number_keys.begin(), number_keys.end(), key) != number_keys.end() &&
           !value.empty() && std::all_of(value.begin(), value.end(), is_digit);
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

std::string to_json(const session::LogEvent& event, std::string_view timestamp)
{
    std::string line = "{\"ts\":";
    append_json(line, timestamp);
    line += ",\"level\":";
    append_json(line, name_of(event.level));
    line += ",\"event\":";
    append_json(line, event.event);
    for (const auto& [key, value] : event.fields) {
        line += ',';
        append_json(line, key);
        line += ':';
        if (is_number(key, value)) {
            line += value;
        } else {
            append_json(line, value);
        }
    }
    return line + '}';
}

void Log::write(const session::LogEvent& event)
{
    if (event.level < options_.level) return;
    std::string line = journal_ ? std::string(journal_priority(event.level)) : std::string();
    switch (options_.format) {
        case LogFormat::logfmt:
            line += to_logfmt(event, now_text());
            break;
        case LogFormat::json:
            line += to_json(event, now_text());
            break;
    }
    line += '\n';
    // One write, so that lines of several processes don't mix. A full or closed stderr is no
    // reason to stop serving.
    (void)!::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace penstock::net
