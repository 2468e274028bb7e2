#include "client/cli/view.hpp"

#include "client/cli/duration.hpp"
#include "client/cli/figures.hpp"
#include "client/cli/json.hpp"
#include "client/cli/queue_table.hpp"
#include "client/cli/text.hpp"

#include <algorithm>
#include <chrono>

namespace penstock::cli {

namespace {

/// How long a screen tells of a gap that is over.
constexpr Duration notice_time = std::chrono::seconds(10);

std::int64_t whole_ms(Duration time)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

std::string gap_text(const Link::Gap& gap)
{
    return "no data for " + age_text(gap.length) +
           (gap.restarted ? ": the broker was restarted" : "");
}

const char* name_of(Link::State state)
{
    switch (state) {
        case Link::State::live:
            return "live";
        case Link::State::silent:
            return "silent";
        case Link::State::reconnecting:
            return "reconnecting";
    }
    return "";
}

}  // namespace

void Held::toggle(const Board& now)
{
    if (board_) {
        board_.reset();
    } else {
        board_ = now;
    }
    readings_ = 0;
}

std::string Held::text() const
{
    if (!board_) return {};
    const char* what = readings_ == 1 ? " reading" : " readings";
    return "PAUSED, " + std::to_string(readings_) + what + " held back";
}

Span link_span(const Link& link)
{
    switch (link.state) {
        case Link::State::live:
            return {"live, " + age_text(link.age) + " old", Style::good};
        case Link::State::silent:
            return {"no answer for " + age_text(link.age), Style::warning};
        case Link::State::reconnecting:
            return {"reconnecting, no data for " + age_text(link.age), Style::warning};
    }
    return {};
}

std::string notice_of(const Link& link)
{
    if (link.state == Link::State::reconnecting) {
        const char* const tries = link.tries == 1 ? " try: " : " tries: ";
        return "after " + std::to_string(link.tries) + tries + printable(link.why);
    }
    if (!link.gap || link.gap->ago > notice_time) return {};
    return gap_text(*link.gap) + ", until " + age_text(link.gap->ago) + " ago";
}

std::string link_text(const Link& link)
{
    if (link.state == Link::State::reconnecting) {
        return link_span(link).text + ": " + printable(link.why);
    }
    if (link.state == Link::State::silent) return link_span(link).text;
    return link.gap && link.gap->readings == 1 ? gap_text(*link.gap) : "";
}

boost::json::object link_document(const Link& link)
{
    auto document = json_document();
    document["connection"] = name_of(link.state);
    document["age_ms"] = whole_ms(link.age);
    if (link.state == Link::State::reconnecting) document["why"] = link.why;
    if (link.state == Link::State::live && link.gap && link.gap->readings == 1) {
        document["gap_ms"] = whole_ms(link.gap->length);
        document["restarted"] = link.gap->restarted;
    }
    return document;
}

void add_rates(boost::json::object& object, const std::optional<Rates>& rates)
{
    object["in_per_s"] = nullptr;
    object["out_per_s"] = nullptr;
    if (!rates) return;
    object["in_per_s"] = rates->in;
    object["out_per_s"] = rates->out;
}

boost::json::object json_of(const Board& board, const Board::Queue& queue)
{
    const QueueStat& stat = queue.row.stat;
    boost::json::object object = json_of(stat);
    std::string state = state_word(stat);
    std::ranges::replace(state, ' ', '_');
    object["state"] = state;
    object["oldest_ms"] = nullptr;
    if (stat.oldest) object["oldest_ms"] = whole_ms(board.age_of(*stat.oldest));
    add_rates(object, board.rates_of(queue));
    return object;
}

}  // namespace penstock::cli
