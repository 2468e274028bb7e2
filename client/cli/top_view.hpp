// TopView: the broker's figures and the table of its queues, which the user sorts and filters.
#pragma once

#include "client/cli/queue_table.hpp"
#include "client/cli/view.hpp"

#include <cstddef>
#include <string>

namespace penstock::cli {

class TopView : public View {
public:
    /// `address`: the broker's, as it was given.
    TopView(std::string address, Order order, std::string filter);

    [[nodiscard]] bool press(KeyPress press) override;
    void took(const Board& board) override;
    [[nodiscard]] Lines lines(const Board& board, const Link& link, Size size) override;
    [[nodiscard]] std::string text(const Board& board, const Link& link) override;
    [[nodiscard]] std::optional<boost::json::object> document(const Board& board,
                                                              const Link& link) override;

private:
    [[nodiscard]] bool press_character(char character);
    void edit(KeyPress press);
    void scroll(KeyPress press);
    [[nodiscard]] Line title_line(const Board& board) const;
    [[nodiscard]] Line figures_line(const Board& board) const;
    [[nodiscard]] Line footer_line(const Board& board, std::size_t total, std::size_t shown) const;

    std::string address_;
    Order order_;
    std::string filter_;
    bool editing_ = false;
    bool help_ = false;
    bool toggle_ = false;  // pause or go on: with the next lines, which have the board
    Held held_;
    std::size_t first_ = 0;  // the row at the top
    std::size_t page_ = 1;   // rows that there was room for
    std::size_t total_ = 0;  // rows that the filter let through
};

}  // namespace penstock::cli
