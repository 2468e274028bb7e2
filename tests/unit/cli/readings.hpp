// Readings for the tests of what shows them, made by hand.
#pragma once

#include "client/cli/board.hpp"
#include "client/cli/sheet.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace penstock::cli {

inline QueueRow row_of(std::uint64_t object,
                       const std::string& name,
                       std::uint64_t put_total = 0,
                       std::uint64_t get_total = 0)
{
    QueueRow row;
    row.stat.name = name;
    row.stat.kind = "fifo";
    row.stat.object = object;
    row.stat.put_total = put_total;
    row.stat.get_total = get_total;
    row.stat.ready = put_total - get_total;
    return row;
}

/// All that has changed, in one page, `uptime` after the broker began.
inline Reading reading_of(std::chrono::milliseconds uptime,
                          std::vector<QueueRow> rows,
                          bool from_start = false)
{
    Reading reading;
    reading.broker.version = "1.2.3";
    reading.broker.uptime = uptime;
    reading.broker.boot[0] = std::byte{1};
    Changes<QueueRow> page;
    page.uptime = uptime;
    page.version = static_cast<std::uint64_t>(uptime.count());
    page.from_start = from_start;
    page.rows = std::move(rows);
    reading.queues.push_back(std::move(page));
    return reading;
}

inline std::vector<std::string> texts_of(const Lines& lines)
{
    std::vector<std::string> texts;
    for (const Line& line : lines) texts.push_back(text_of(line));
    return texts;
}

/// "": no line has it.
inline std::string line_with(const Lines& lines, const std::string& part)
{
    for (const std::string& text : texts_of(lines)) {
        if (text.find(part) != std::string::npos) return text;
    }
    return {};
}

}  // namespace penstock::cli
