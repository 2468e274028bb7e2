#include "client/cli/watch_view.hpp"

#include "client/cli/duration.hpp"
#include "client/cli/figures.hpp"
#include "client/cli/queue_table.hpp"
#include "client/cli/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace penstock::cli {

namespace {

constexpr std::size_t bar_width_max = 40;
constexpr std::size_t label_width = 12;
/// A heading again after so many lines: by then the first one has left the screen.
constexpr std::uint64_t heading_interval = 20;

const char* word_of(WaitKind kind)
{
    switch (kind) {
        case WaitKind::put:
            return "put";
        case WaitKind::get:
            return "get";
        case WaitKind::join:
            return "join";
    }
    return "";
}

/// "worker-1 (tcp:10.0.0.7:51234)": what the client calls itself, and where it is.
std::string who(const Board& board, std::uint64_t session)
{
    const ConnectionStat* const found = board.session(session);
    const std::string number = "session " + std::to_string(session);
    if (found == nullptr) return number;
    const std::string name = found->client.empty() ? number : printable(found->client);
    return name + " (" + printable(found->address) + ")";
}

std::string counted(std::uint64_t count, const std::string& what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// "[######----]": how full it is; a queue that holds anything shows one mark at least.
std::string bar(const QueueStat& stat, std::size_t width)
{
    const auto max = static_cast<std::uint64_t>(stat.maxsize);
    const double part = static_cast<double>(std::min(stat.ready, max)) / static_cast<double>(max);
    auto marks = static_cast<std::size_t>(part * static_cast<double>(width));
    if (stat.ready > 0) marks = std::max<std::size_t>(marks, 1);
    return "[" + std::string(marks, '#') + std::string(width - marks, '-') + "]";
}

std::string wait_text(const Board& board, const WaitStat& wait)
{
    return counted(wait.operations, word_of(wait.kind)) + " of " + who(board, wait.session) +
           " for " + age_text(board.age_of(wait.since));
}

std::string party_text(const Board& board, const PartyStat& party)
{
    std::string roles;
    if (party.producers > 0) roles += std::to_string(party.producers) + " producing";
    if (party.consumers > 0) {
        roles += (roles.empty() ? "" : ", ") + std::to_string(party.consumers) + " consuming";
    }
    return who(board, party.session) + ": " + (roles.empty() ? "neither yet" : roles);
}

Line labelled(const char* label, std::string text, Style style = Style::plain)
{
    return {{padded_right(label, label_width), Style::dim}, {std::move(text), style}};
}

Lines figure_lines(const Board& board, const Board::Queue& queue, std::size_t width)
{
    const QueueStat& stat = queue.row.stat;
    const auto rates = board.rates_of(queue);
    const std::string state = state_word(stat);
    const bool stuck = state == "full" || state == "paused";
    std::string depth = stat.maxsize > 0 ? std::to_string(stat.ready) + " of " +
                                               std::to_string(stat.maxsize) + " items"
                                         : items_text(stat.ready) + ", no bound";
    depth += ", " + size_text(stat.ready_bytes);
    if (stat.maxsize > 0) {
        const std::size_t used = label_width + depth.size() + 4;
        const std::size_t room = width - std::min(width, used);
        if (room >= 5) depth = bar(stat, std::min(room, bar_width_max)) + " " + depth;
    }
    Lines lines;
    lines.push_back(labelled("state", state, stuck ? Style::warning : Style::strong));
    lines.push_back(labelled("depth", depth));
    lines.push_back(labelled(
        "oldest", stat.oldest ? "waits for " + age_text(board.age_of(*stat.oldest)) : "-"));
    lines.push_back(labelled(
        "rates",
        "in " + rate_text(rates, &Rates::in) + "/s, out " + rate_text(rates, &Rates::out) + "/s"));
    lines.push_back(
        labelled("assigned", items_text(stat.assigned) + ", handed out and not acknowledged"));
    lines.push_back(labelled("unfinished", items_text(stat.unfinished) + ", which join waits for"));
    lines.push_back(labelled("totals",
                             std::to_string(stat.put_total) + " put, " +
                                 std::to_string(stat.get_total) + " got, since it was created " +
                                 age_text(board.age_of(stat.created)) + " ago"));
    return lines;
}

Lines people_lines(const Board& board, const QueueRow& row)
{
    const QueueStat& stat = row.stat;
    Lines lines;
    const auto heading = [&lines](const std::string& text) {
        lines.emplace_back();
        lines.push_back({{text, Style::strong}});
    };
    heading("waiting: " + std::to_string(stat.putters) + " put, " + std::to_string(stat.getters) +
            " get, " + std::to_string(stat.joiners) + " join");
    std::uint64_t told = 0;
    for (const WaitStat& wait : row.waits) {
        lines.push_back({{"  " + wait_text(board, wait), Style::plain}});
        told += wait.operations;
    }
    const std::uint64_t all = stat.putters + stat.getters + stat.joiners;
    if (told < all) {
        lines.push_back({{"  and " + std::to_string(all - told) + " more", Style::dim}});
    }
    heading("handles: " + std::to_string(stat.producers) + " producing, " +
            std::to_string(stat.consumers) + " consuming");
    std::uint64_t handles = 0;
    for (const PartyStat& party : row.parties) {
        lines.push_back({{"  " + party_text(board, party), Style::plain}});
        handles += party.producers + party.consumers;
    }
    if (handles < stat.producers + stat.consumers) {
        lines.push_back({{"  and more of other sessions", Style::dim}});
    }
    return lines;
}

}  // namespace

WatchView::WatchView(std::string name, std::string address)
    : name_(std::move(name)), address_(std::move(address))
{}

bool WatchView::press(KeyPress press)
{
    const char c = press.key == Key::character ? press.character : '\0';
    if (c == 'q') return false;
    if (c == 'p' || c == ' ') toggle_ = !toggle_;
    if (press.key == Key::up && first_ > 0) --first_;
    if (press.key == Key::down) ++first_;
    if (press.key == Key::home || press.key == Key::page_up) first_ = 0;
    if (press.key == Key::end || press.key == Key::page_down) first_ = last_;
    first_ = std::min(first_, last_);
    return true;
}

void WatchView::took(const Board&)
{
    held_.took();
}

Lines WatchView::lines(const Board& now, const Link& link, Size size)
{
    if (std::exchange(toggle_, false)) held_.toggle(now);
    const Board& board = held_.board(now);
    const Board::Queue* const queue = board.queue_called(name_);
    Lines body;
    Line title{{printable(name_), Style::strong}, {" at " + printable(address_), Style::plain}};
    if (queue == nullptr) {
        const char* const text = seen_ ? "the queue was removed; waiting for one of that name"
                                       : "there is no such queue yet; waiting for it";
        body.push_back({{text, Style::warning}});
    } else {
        seen_ = true;
        title.push_back({", " + options_text(queue->row.stat), Style::plain});
        body = figure_lines(board, *queue, size.width);
        for (Line& line : people_lines(board, queue->row)) body.push_back(std::move(line));
    }
    const std::size_t height = std::max<std::size_t>(size.height, 4);
    const std::size_t room = height - 3;
    last_ = body.size() - std::min(body.size(), room);
    first_ = std::min(first_, last_);
    std::string notice = held_.text();
    if (const std::string more = notice_of(link); !more.empty()) {
        notice += (notice.empty() ? "" : "  ") + more;
    }
    Lines lines{spread(std::move(title), {link_span(link)}, size.width),
                {{std::move(notice), Style::warning}}};
    for (std::size_t i = first_; i < body.size() && i < first_ + room; ++i) {
        lines.push_back(std::move(body[i]));
    }
    lines.resize(height - 1);
    const char* const more = last_ > 0 ? "Up, Down: scroll, " : "";
    lines.push_back({{std::string(more) + "p: pause, q: quit", Style::dim}});
    return lines;
}

namespace {

constexpr std::pair<const char*, std::size_t> text_columns[] = {
    {"STATE", 9},
    {"DEPTH/MAX", 11},
    {"OLDEST", 6},
    {"IN/S", 6},
    {"OUT/S", 6},
    {"PUTTERS", 7},
    {"GETTERS", 7},
    {"PRODUCERS", 9},
    {"CONSUMERS", 9},
};

std::string heading_text()
{
    std::string text;
    for (const auto& [heading, width] : text_columns) {
        text += (text.empty() ? padded_right(heading, width) : "  " + padded_left(heading, width));
    }
    return text + "  WAITING\n";
}

std::string figures_text(const Board& board, const Board::Queue& queue)
{
    const QueueStat& stat = queue.row.stat;
    const auto rates = board.rates_of(queue);
    const std::vector<std::string> cells{state_word(stat),
                                         depth_text(stat),
                                         stat.oldest ? age_text(board.age_of(*stat.oldest)) : "-",
                                         rate_text(rates, &Rates::in),
                                         rate_text(rates, &Rates::out),
                                         std::to_string(stat.putters),
                                         std::to_string(stat.getters),
                                         std::to_string(stat.producers),
                                         std::to_string(stat.consumers)};
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::size_t width = text_columns[i].second;
        text += i == 0 ? padded_right(cells[i], width) : "  " + padded_left(cells[i], width);
    }
    std::string waits;
    for (const WaitStat& wait : queue.row.waits) {
        waits += (waits.empty() ? "" : "; ") + wait_text(board, wait);
    }
    return text + "  " + (waits.empty() ? "-" : waits) + "\n";
}

/// How long somebody waits grows by itself, and is no change.
std::string fingerprint(const Board& board, const Board::Queue& queue)
{
    boost::json::object object = json_of(queue.row.stat);
    object["state"] = state_word(queue.row.stat);
    const auto rates = board.rates_of(queue);
    object["moving"] = rates && rates->in + rates->out > 0;  // also that it has stopped
    boost::json::array people;
    for (const WaitStat& wait : queue.row.waits) {
        people.emplace_back(word_of(wait.kind) + (" " + who(board, wait.session)));
        people.emplace_back(wait.operations);
        people.emplace_back(wait.since.count());
    }
    for (const PartyStat& party : queue.row.parties) {
        people.emplace_back(party_text(board, party));
    }
    object["people"] = std::move(people);
    return boost::json::serialize(object);
}

boost::json::object json_of_session(const Board& board, std::uint64_t session)
{
    boost::json::object object;
    object["session"] = session;
    object["client"] = nullptr;
    object["address"] = nullptr;
    if (const ConnectionStat* const found = board.session(session)) {
        object["client"] = found->client;
        object["address"] = found->address;
    }
    return object;
}

void add_people(boost::json::object& document, const Board& board, const QueueRow& row)
{
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    boost::json::array waits;
    for (const WaitStat& wait : row.waits) {
        boost::json::object object = json_of_session(board, wait.session);
        object["waits_for"] = word_of(wait.kind);
        object["operations"] = wait.operations;
        object["waiting_ms"] = duration_cast<milliseconds>(board.age_of(wait.since)).count();
        waits.push_back(std::move(object));
    }
    boost::json::array parties;
    for (const PartyStat& party : row.parties) {
        boost::json::object object = json_of_session(board, party.session);
        object["producers"] = party.producers;
        object["consumers"] = party.consumers;
        parties.push_back(std::move(object));
    }
    document["waits"] = std::move(waits);
    document["parties"] = std::move(parties);
}

}  // namespace

/// Whether there is something to say that the last text or document hasn't said.
bool WatchView::changed(const Board& board, const Link& link)
{
    std::string now;
    const bool live = link.state == Link::State::live;
    const Board::Queue* const queue = board.queue_called(name_);
    if (!live) {
        now = link.state == Link::State::silent ? "silent" : "reconnecting " + link.why;
    } else if (queue != nullptr) {
        now = fingerprint(board, *queue);
    } else {
        now = seen_ ? "removed" : "none yet";
    }
    seen_ = seen_ || (live && queue != nullptr);
    if (now == told_) return false;
    told_ = now;
    return true;
}

std::string WatchView::text(const Board& board, const Link& link)
{
    const bool seen = seen_;
    if (!changed(board, link)) return {};
    std::string text = link_text(link);
    if (!text.empty()) text += '\n';
    if (link.state != Link::State::live) return text;
    const Board::Queue* const queue = board.queue_called(name_);
    if (queue == nullptr) {
        return text + (seen ? "the queue '" + printable(name_) + "' was removed; waiting for one\n"
                            : "there is no queue '" + printable(name_) + "' yet; waiting for it\n");
    }
    if (texts_++ % heading_interval == 0) text += heading_text();
    return text + figures_text(board, *queue);
}

std::optional<boost::json::object> WatchView::document(const Board& board, const Link& link)
{
    if (!changed(board, link)) return std::nullopt;
    boost::json::object document = link_document(link);
    document["name"] = name_;
    if (link.state != Link::State::live) return document;
    document["queue"] = nullptr;
    if (const Board::Queue* const queue = board.queue_called(name_)) {
        document["queue"] = json_of(board, *queue);
        add_people(document, board, queue->row);
    }
    return document;
}

}  // namespace penstock::cli
