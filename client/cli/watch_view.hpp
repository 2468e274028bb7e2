// WatchView: one queue in detail, and who waits there, puts and gets.
#pragma once

#include "client/cli/view.hpp"

#include <string>

namespace penstock::cli {

class WatchView : public View {
public:
    /// `address`: the broker's, as it was given.
    WatchView(std::string name, std::string address);

    [[nodiscard]] bool press(KeyPress press) override;
    void took(const Board& board) override;
    [[nodiscard]] Lines lines(const Board& board, const Link& link, Size size) override;
    [[nodiscard]] std::string text(const Board& board, const Link& link) override;
    [[nodiscard]] std::optional<boost::json::object> document(const Board& board,
                                                              const Link& link) override;

private:
    [[nodiscard]] bool changed(const Board& board, const Link& link);

    std::string name_;
    std::string address_;
    bool seen_ = false;    // there was a queue of that name
    bool toggle_ = false;  // pause or go on: with the next lines, which have the board
    Held held_;
    std::size_t first_ = 0;  // the line at the top, of those below the notice
    std::size_t last_ = 0;   // which of them there is room for
    std::string told_;       // what the last text or document was made of
    std::uint64_t texts_ = 0;
};

}  // namespace penstock::cli
