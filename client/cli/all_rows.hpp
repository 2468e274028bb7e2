// All rows of a kind, of a broker that tells what changed page by page.
#pragma once

#include <penstock/monitor.hpp>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace penstock::cli {

/// In the order of their numbers. `ask(since)` gives a page. Rows that change while we read come
/// again: a page of those alone is the last, or a busy broker would keep us for ever.
template <class Row, class Ask>
std::vector<Row> all_rows(std::uint64_t (*number)(const Row&), Ask ask)
{
    std::map<std::uint64_t, Row> rows;
    std::uint64_t since = 0;
    for (bool goes_on = true; goes_on;) {
        Changes<Row> page = ask(since);
        if (page.from_start) rows.clear();
        bool any_new = false;
        for (Row& row : page.rows) {
            const std::uint64_t id = number(row);
            any_new |= rows.insert_or_assign(id, std::move(row)).second;
        }
        for (const std::uint64_t id : page.removed) rows.erase(id);
        goes_on = page.more && any_new;
        since = page.version;
    }
    std::vector<Row> result;
    for (auto& [id, row] : rows) result.push_back(std::move(row));
    return result;
}

}  // namespace penstock::cli
