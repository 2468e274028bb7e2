// The table of queues: its columns, in which order its rows stand, and how it fits into a width.
#pragma once

#include "client/cli/board.hpp"
#include "client/cli/sheet.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::cli {

enum class Column : std::uint8_t {
    name,
    state,
    depth,
    oldest,
    in,
    out,
    putters,
    getters,
    producers,
    consumers,
    bytes,
};

/// Names come from A to Z, figures the largest first; or the other way round.
struct Order {
    Column column = Column::depth;
    bool reversed = false;
};

[[nodiscard]] std::string_view name_of(Column column);
[[nodiscard]] std::optional<Column> column_called(std::string_view name);
/// "name, state, depth, ..."; or with another separator.
[[nodiscard]] std::string column_names(std::string_view separator = ", ");
/// The one behind it or before it; behind the last comes the first.
[[nodiscard]] Column next(Column column);
[[nodiscard]] Column previous(Column column);

/// "full", "paused", "shut down", "ended", "empty" or "ready".
[[nodiscard]] std::string state_word(const QueueStat& stat);
/// "3/10"; "3" without a bound.
[[nodiscard]] std::string depth_text(const QueueStat& stat);
/// "-": not known yet.
[[nodiscard]] std::string rate_text(const std::optional<Rates>& rates, double Rates::*rate);

using QueueRows = std::vector<const Board::Queue*>;

/// Those whose name contains `filter`, in whatever case; of equal ones by name.
[[nodiscard]] QueueRows select(const Board& board, std::string_view filter, Order order);

/// A heading and a line for each of the rows. Columns that don't fit are left out, those that
/// matter least first; never the name.
[[nodiscard]] Lines table_lines(const Board& board,
                                std::span<const Board::Queue* const> rows,
                                Order order,
                                std::size_t width);
/// All columns, as wide as it must be.
[[nodiscard]] std::string table_text(const Board& board, std::span<const Board::Queue* const> rows);

}  // namespace penstock::cli
