#include "server/bridge/log_line.hpp"

#include "server/bridge/json_text.hpp"

#include <algorithm>

namespace penstock::bridge {

namespace {

bool is_plain(char c)
{
    const auto code = static_cast<unsigned char>(c);
    return code > 0x20 && code < 0x7f && c != '"' && c != '=' && c != '\\';
}

std::string value_of(const std::string& text)
{
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
    JsonText quoted;
    return quoted.text(text).take();
}

}  // namespace

std::string log_line(const MonitorEvent& event, std::string_view timestamp)
{
    std::string line = "ts=" + std::string(timestamp) + " level=" + std::string(event.level) +
                       " event=" + std::string(event.code);
    for (const auto& [key, value] : event.fields) {
        line += " " + std::string(key) + "=" + value_of(value);
    }
    return line + "\n";
}

}  // namespace penstock::bridge
