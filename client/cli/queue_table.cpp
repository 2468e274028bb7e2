#include "client/cli/queue_table.hpp"

#include "client/cli/duration.hpp"
#include "client/cli/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <tuple>
#include <utility>

namespace penstock::cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t name_width_min = 12;

std::string count_text(std::uint64_t count)
{
    return std::to_string(count);
}

struct ColumnSpec {
    const char* name;
    const char* heading;
    bool right;            // aligned
    std::size_t width;     // at least; so columns rarely move
    unsigned dispensable;  // the highest one goes first
    std::string (*text)(const Board&, const Board::Queue&);
    double (*key)(const Board&, const Board::Queue&);  // null: sorted by its text
};

double rate_key(const Board& board, const Board::Queue& queue, double Rates::*rate)
{
    const auto rates = board.rates_of(queue);
    return rates ? *rates.*rate : -1;
}

template <std::uint64_t QueueStat::*figure>
std::string figure_text(const Board&, const Board::Queue& queue)
{
    return count_text(queue.row.stat.*figure);
}

template <std::uint64_t QueueStat::*figure>
double figure_key(const Board&, const Board::Queue& queue)
{
    return static_cast<double>(queue.row.stat.*figure);
}

template <double Rates::*rate>
std::string rate_of(const Board& board, const Board::Queue& queue)
{
    return rate_text(board.rates_of(queue), rate);
}

template <double Rates::*rate>
double rate_key(const Board& board, const Board::Queue& queue)
{
    return rate_key(board, queue, rate);
}

std::string oldest_text(const Board& board, const Board::Queue& queue)
{
    const auto& oldest = queue.row.stat.oldest;
    return oldest ? age_text(board.age_of(*oldest)) : "-";
}

double oldest_key(const Board& board, const Board::Queue& queue)
{
    const auto& oldest = queue.row.stat.oldest;
    return oldest ? std::chrono::duration<double>(board.age_of(*oldest)).count() : -1;
}

/// In the order of the enumerators, which is that on the screen.
constexpr std::array<ColumnSpec, 11> columns{{
    {"name",
     "NAME",
     false,
     name_width_min,
     0,
     [](const Board&, const Board::Queue& queue) { return printable(queue.row.stat.name); },
     nullptr},
    {"state",
     "STATE",
     false,
     9,
     2,
     [](const Board&, const Board::Queue& queue) { return state_word(queue.row.stat); },
     nullptr},
    {"depth",
     "DEPTH/MAX",
     true,
     9,
     1,
     [](const Board&, const Board::Queue& queue) { return depth_text(queue.row.stat); },
     figure_key<&QueueStat::ready>},
    {"oldest", "OLDEST", true, 6, 5, oldest_text, oldest_key},
    {"in", "IN/S", true, 6, 3, rate_of<&Rates::in>, rate_key<&Rates::in>},
    {"out", "OUT/S", true, 6, 4, rate_of<&Rates::out>, rate_key<&Rates::out>},
    {"putters",
     "PUTTERS",
     true,
     7,
     6,
     figure_text<&QueueStat::putters>,
     figure_key<&QueueStat::putters>},
    {"getters",
     "GETTERS",
     true,
     7,
     7,
     figure_text<&QueueStat::getters>,
     figure_key<&QueueStat::getters>},
    {"producers",
     "PRODUCERS",
     true,
     9,
     9,
     figure_text<&QueueStat::producers>,
     figure_key<&QueueStat::producers>},
    {"consumers",
     "CONSUMERS",
     true,
     9,
     8,
     figure_text<&QueueStat::consumers>,
     figure_key<&QueueStat::consumers>},
    {"bytes",
     "BYTES",
     true,
     9,
     10,
     [](const Board&, const Board::Queue& queue) { return size_text(queue.row.stat.ready_bytes); },
     figure_key<&QueueStat::ready_bytes>},
}};

const ColumnSpec& spec_of(Column column)
{
    return columns[static_cast<std::size_t>(column)];
}

Column step(Column column, std::size_t by)
{
    return static_cast<Column>((static_cast<std::size_t>(column) + by) % columns.size());
}

bool same_letter(char a, char b)
{
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return lower(a) == lower(b);
}

bool contains(std::string_view text, std::string_view part)
{
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same_letter) !=
               text.end() ||
           part.empty();
}

}  // namespace

std::string_view name_of(Column column)
{
    return spec_of(column).name;
}

std::optional<Column> column_called(std::string_view name)
{
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].name == name) return static_cast<Column>(i);
    }
    return std::nullopt;
}

std::string column_names(std::string_view separator)
{
    std::string names;
    for (const ColumnSpec& column : columns) {
        names.append(names.empty() ? "" : separator).append(column.name);
    }
    return names;
}

Column next(Column column)
{
    return step(column, 1);
}

Column previous(Column column)
{
    return step(column, columns.size() - 1);
}

std::string state_word(const QueueStat& stat)
{
    if (stat.shut_down) return "shut down";
    if (stat.ended) return "ended";
    if (stat.paused) return "paused";
    const bool bounded = stat.maxsize > 0;
    if (bounded && stat.ready >= static_cast<std::uint64_t>(stat.maxsize)) return "full";
    return stat.ready == 0 ? "empty" : "ready";
}

std::string depth_text(const QueueStat& stat)
{
    const std::string depth = count_text(stat.ready);
    return stat.maxsize > 0 ? depth + "/" + std::to_string(stat.maxsize) : depth;
}

std::string rate_text(const std::optional<Rates>& rates, double Rates::*rate)
{
    return rates ? rate_text(*rates.*rate) : "-";
}

QueueRows select(const Board& board, std::string_view filter, Order order)
{
    struct Entry {
        double key = 0;
        std::string text;
        const Board::Queue* queue = nullptr;
    };
    const ColumnSpec& column = spec_of(order.column);
    std::vector<Entry> entries;
    entries.reserve(board.queues().size());
    for (const auto& [object, queue] : board.queues()) {
        if (!contains(queue.row.stat.name, filter)) continue;
        // Figures are negated: the largest comes first.
        if (column.key != nullptr) {
            entries.push_back({-column.key(board, queue), {}, &queue});
        } else {
            entries.push_back({0, column.text(board, queue), &queue});
        }
    }
    std::ranges::sort(entries, [&order](const Entry& a, const Entry& b) {
        const Entry& first = order.reversed ? b : a;
        const Entry& second = order.reversed ? a : b;
        if (std::tie(first.key, first.text) != std::tie(second.key, second.text)) {
            return std::tie(first.key, first.text) < std::tie(second.key, second.text);
        }
        return a.queue->row.stat.name < b.queue->row.stat.name;
    });
    QueueRows rows;
    rows.reserve(entries.size());
    for (const Entry& entry : entries) rows.push_back(entry.queue);
    return rows;
}

namespace {

/// The cells of all rows, and how wide each column is.
struct Cells {
    std::vector<std::vector<std::string>> rows;
    std::array<std::size_t, columns.size()> widths{};
};

Cells cells_of(const Board& board, std::span<const Board::Queue* const> rows)
{
    Cells cells;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        cells.widths[i] = std::max(columns[i].width, std::string_view(columns[i].heading).size());
    }
    for (const Board::Queue* queue : rows) {
        std::vector<std::string>& row = cells.rows.emplace_back();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            row.push_back(columns[i].text(board, *queue));
            cells.widths[i] = std::max(cells.widths[i], width_of(row.back()));
        }
    }
    return cells;
}

/// Which columns there is room for. The name takes what is left, or less than it wants.
std::array<bool, columns.size()> fit(Cells& cells, std::size_t width)
{
    std::array<bool, columns.size()> shown{};
    shown.fill(true);
    const auto others = [&] {
        std::size_t sum = 0;
        for (std::size_t i = 1; i < columns.size(); ++i)
            sum += shown[i] ? cells.widths[i] + gap : 0;
        return sum;
    };
    for (unsigned rank = columns.size(); rank > 0 && others() + name_width_min > width; --rank) {
        for (std::size_t i = 1; i < columns.size(); ++i) {
            if (columns[i].dispensable == rank) shown[i] = false;
        }
    }
    cells.widths[0] = width - std::min(width, others());
    return shown;
}

Style style_of(const std::string& state, Column column)
{
    if (column == Column::name) return Style::strong;
    if (column != Column::state) return Style::plain;
    if (state == "full" || state == "paused") return Style::warning;
    return state == "ready" ? Style::good : Style::dim;
}

}  // namespace

Lines table_lines(const Board& board,
                  std::span<const Board::Queue* const> rows,
                  Order order,
                  std::size_t width)
{
    Cells cells = cells_of(board, rows);
    const auto shown = fit(cells, width);
    const auto add = [&](Line& line, std::size_t i, std::string text, Style style) {
        text = clipped(text, cells.widths[i]);
        if (i > 0) line.push_back({std::string(gap, ' '), Style::plain});
        const bool right = columns[i].right;
        line.push_back(
            {right ? padded_left(text, cells.widths[i]) : padded_right(text, cells.widths[i]),
             style});
    };
    Lines lines(1);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const bool chosen = static_cast<Column>(i) == order.column;
        if (shown[i]) add(lines[0], i, columns[i].heading, chosen ? Style::chosen : Style::heading);
    }
    for (std::vector<std::string>& row : cells.rows) {
        Line& line = lines.emplace_back();
        const std::string state = row[static_cast<std::size_t>(Column::state)];
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (shown[i]) add(line, i, row[i], style_of(state, static_cast<Column>(i)));
        }
    }
    return lines;
}

std::string table_text(const Board& board, std::span<const Board::Queue* const> rows)
{
    std::vector<Table::Align> aligns;
    std::vector<std::string> headings;
    for (const ColumnSpec& column : columns) {
        aligns.push_back(column.right ? Table::Align::right : Table::Align::left);
        headings.emplace_back(column.heading);
    }
    Table table(std::move(aligns));
    table.add(std::move(headings));
    for (std::vector<std::string>& row : cells_of(board, rows).rows) table.add(std::move(row));
    return table.text();
}

}  // namespace penstock::cli
