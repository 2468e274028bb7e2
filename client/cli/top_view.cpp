#include "client/cli/top_view.hpp"

#include "client/cli/duration.hpp"
#include "client/cli/figures.hpp"
#include "client/cli/text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace penstock::cli {

namespace {

/// Title, figures, notice, heading; and the last line.
constexpr std::size_t other_lines = 5;
constexpr std::size_t filter_size_max = 200;  // no name is longer

constexpr std::array<std::pair<const char*, const char*>, 8> keys{{
    {"Up, Down", "scroll by a line; PgUp, PgDn: by a page; Home, End"},
    {"s, >", "sort by the next column"},
    {"S, <", "sort by the column before"},
    {"r", "the other way round"},
    {"/", "show only names with some letters; Esc there: all again"},
    {"p, Space", "pause: hold the picture still, and go on"},
    {"?", "this help; any key leaves it"},
    {"q", "quit; so does Ctrl-C"},
}};

constexpr std::array<const char*, 7> meanings{
    "DEPTH/MAX   items that can be got, and how many there may be",
    "OLDEST      how long the one has waited that has waited longest",
    "IN/S OUT/S  items put and got in a second, between the last two readings",
    "PUTTERS     calls of put that wait for room",
    "GETTERS     calls of get that wait for an item",
    "PRODUCERS, CONSUMERS  handles that put, and that get",
    "BYTES       of the items that can be got"};

Lines help_lines()
{
    Lines lines{{{"penstock top: keys", Style::strong}}, {}};
    for (const auto& [key, what] : keys) {
        lines.push_back({{padded_right(key, 12), Style::strong}, {what, Style::plain}});
    }
    lines.emplace_back();
    for (const char* meaning : meanings) lines.push_back({{meaning, Style::plain}});
    return lines;
}

Line words(std::string text, Style style = Style::plain)
{
    return {{std::move(text), style}};
}

std::string counted(std::uint64_t count, const std::string& what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

TopView::TopView(std::string address, Order order, std::string filter)
    : address_(std::move(address)), order_(order), filter_(std::move(filter))
{}

bool TopView::press(KeyPress press)
{
    if (help_) {
        help_ = false;
    } else if (editing_) {
        edit(press);
    } else if (press.key == Key::character) {
        return press_character(press.character);
    } else {
        scroll(press);
    }
    return true;
}

bool TopView::press_character(char character)
{
    switch (character) {
        case 'q':
            return false;
        case 's':
        case '>':
            order_.column = next(order_.column);
            break;
        case 'S':
        case '<':
            order_.column = previous(order_.column);
            break;
        case 'r':
            order_.reversed = !order_.reversed;
            break;
        case 'p':
        case ' ':
            toggle_ = !toggle_;
            break;
        case '/':
            editing_ = true;
            break;
        case '?':
        case 'h':
            help_ = true;
            break;
        default:
            break;
    }
    return true;
}

void TopView::edit(KeyPress press)
{
    first_ = 0;
    if (press.key == Key::character) {
        if (filter_.size() < filter_size_max) filter_ += press.character;
    } else if (press.key == Key::backspace) {
        if (!filter_.empty()) filter_.pop_back();
    } else if (press.key == Key::escape) {
        filter_.clear();
        editing_ = false;
    } else if (press.key == Key::enter) {
        editing_ = false;
    }
}

void TopView::scroll(KeyPress press)
{
    const std::size_t last = total_ - std::min(total_, page_);
    const auto back = [this](std::size_t by) { first_ -= std::min(first_, by); };
    if (press.key == Key::up) back(1);
    if (press.key == Key::page_up) back(page_);
    if (press.key == Key::home) first_ = 0;
    if (press.key == Key::down) ++first_;
    if (press.key == Key::page_down) first_ += page_;
    if (press.key == Key::end) first_ = last;
    if (press.key == Key::left) order_.column = previous(order_.column);
    if (press.key == Key::right) order_.column = next(order_.column);
    if (press.key == Key::escape) filter_.clear();
    first_ = std::min(first_, last);
}

void TopView::took(const Board&)
{
    held_.took();
}

Line TopView::title_line(const Board& board) const
{
    const BrokerStat& broker = board.broker();
    return {{"penstockd " + printable(broker.version), Style::strong},
            {" at " + printable(address_) + ", up " + span_text(broker.uptime), Style::plain}};
}

Line TopView::figures_line(const Board& board) const
{
    const BrokerStat& broker = board.broker();
    const auto rates = board.rates();
    return words(
        counted(broker.queues, "queue") + "  " + counted(broker.connections, "connection") +
        "  in " + rate_text(rates, &Rates::in) + "/s  out " + rate_text(rates, &Rates::out) +
        "/s  memory " + size_text(broker.memory_used) + " of " + size_text(broker.memory_max));
}

Line TopView::footer_line(const Board& board, std::size_t total, std::size_t shown) const
{
    if (editing_) {
        return {{"filter: ", Style::strong},
                {printable(filter_) + "_", Style::plain},
                {"  Enter: keep it, Esc: show all", Style::dim}};
    }
    std::string text = "by " + std::string(name_of(order_.column));
    if (order_.reversed) text += ", reversed";
    if (!filter_.empty()) {
        text += "  filter '" + printable(filter_) + "': " + std::to_string(total) + " of " +
                std::to_string(board.queues().size());
    }
    if (shown < total) {
        text += "  " + std::to_string(first_ + 1) + "-" + std::to_string(first_ + shown) + " of " +
                std::to_string(total);
    }
    return {{text, Style::plain}, {"  ?: help, q: quit", Style::dim}};
}

Lines TopView::lines(const Board& now, const Link& link, Size size)
{
    if (std::exchange(toggle_, false)) held_.toggle(now);
    const Board& board = held_.board(now);
    if (help_) return help_lines();
    const QueueRows rows = select(board, filter_, order_);
    page_ = size.height > other_lines ? size.height - other_lines : 1;
    total_ = rows.size();
    first_ = std::min(first_, total_ - std::min(total_, page_));
    const std::size_t shown = std::min(page_, total_ - first_);
    Lines lines;
    lines.push_back(spread(title_line(board), {link_span(link)}, size.width));
    lines.push_back(figures_line(board));
    std::string notice = held_.text();
    if (const std::string more = notice_of(link); !more.empty()) {
        notice += (notice.empty() ? "" : "  ") + more;
    }
    lines.push_back(words(std::move(notice), Style::warning));
    for (Line& line :
         table_lines(board, std::span(rows).subspan(first_, shown), order_, size.width)) {
        lines.push_back(std::move(line));
    }
    if (total_ == 0) {
        lines.push_back(words(filter_.empty() ? "no queues" : "no queue has that in its name"));
    }
    lines.resize(std::max<std::size_t>(size.height, 1) - 1);
    lines.push_back(footer_line(board, total_, shown));
    return lines;
}

std::string TopView::text(const Board& board, const Link& link)
{
    std::string text = link_text(link);
    if (!text.empty()) text += '\n';
    if (link.state != Link::State::live) return text;
    text += text_of(title_line(board)) + "\n" + text_of(figures_line(board)) + "\n";
    const QueueRows rows = select(board, filter_, order_);
    return text + table_text(board, rows) + "\n";
}

std::optional<boost::json::object> TopView::document(const Board& board, const Link& link)
{
    boost::json::object document = link_document(link);
    if (link.state != Link::State::live) return document;
    boost::json::object broker = json_of(board.broker());
    add_rates(broker, board.rates());
    document["broker"] = std::move(broker);
    boost::json::array queues;
    for (const Board::Queue* queue : select(board, filter_, order_)) {
        queues.push_back(json_of(board, *queue));
    }
    document["queues"] = std::move(queues);
    return document;
}

}  // namespace penstock::cli
