// View: what a verb shows of the broker, again and again: on a screen, as text, or as JSON.
#pragma once

#include "client/cli/board.hpp"
#include "client/cli/feed.hpp"
#include "client/cli/sheet.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace penstock::cli {

/// Knows no terminal and no clock.
class View {
public:
    virtual ~View() = default;

    /// False: the user has seen enough.
    [[nodiscard]] virtual bool press(KeyPress press) = 0;
    /// There is a new reading.
    virtual void took(const Board& board) = 0;
    /// The whole screen.
    [[nodiscard]] virtual Lines lines(const Board& board, const Link& link, Size size) = 0;

    // Without a screen: after each reading, and once an interval while there are none.

    /// Whole lines; none if there is nothing to say.
    [[nodiscard]] virtual std::string text(const Board& board, const Link& link) = 0;
    [[nodiscard]] virtual std::optional<boost::json::object> document(const Board& board,
                                                                      const Link& link) = 0;
};

/// While the view is paused: what it goes on showing.
class Held {
public:
    void toggle(const Board& now);
    void took() { readings_ += board_ ? 1 : 0; }
    [[nodiscard]] bool holds() const { return board_.has_value(); }
    [[nodiscard]] const Board& board(const Board& now) const { return board_ ? *board_ : now; }
    /// "PAUSED, 12 readings held back"; empty while it isn't.
    [[nodiscard]] std::string text() const;

private:
    std::optional<Board> board_;
    std::uint64_t readings_ = 0;
};

/// "live, 0.4 s old", "no answer for 7 s", "reconnecting, no data for 3.2 s".
[[nodiscard]] Span link_span(const Link& link);
/// Why it reconnects; or of a gap that is over, for a while: "no data for 3.2 s".
[[nodiscard]] std::string notice_of(const Link& link);
/// One line for logs, without its newline, when there is something about the link to say: of a gap
/// once, behind its end.
[[nodiscard]] std::string link_text(const Link& link);
/// {"schema":1,"connection":"live","age_ms":400, ...}, to be filled.
[[nodiscard]] boost::json::object link_document(const Link& link);

/// Null: not known yet.
void add_rates(boost::json::object& object, const std::optional<Rates>& rates);
/// All about one queue: its figures, its state in a word, its rates.
[[nodiscard]] boost::json::object json_of(const Board& board, const Board::Queue& queue);

}  // namespace penstock::cli
