// Screen: the whole terminal, drawn by ncurses. The one file that includes it is screen.cpp.
#pragma once

#include "client/cli/sheet.hpp"

#include <memory>

namespace penstock::cli {

/// While it lives, the terminal is ours; then it is as it was, whatever ends this. Ctrl-Z and `fg`
/// work. One at a time.
class Screen {
public:
    /// Throws Failure for a terminal that can't be drawn on.
    Screen();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    [[nodiscard]] Size size() const;
    void draw(const Lines& picture);
    /// The next key that was pressed, or none: it doesn't wait. A change of the size is one that
    /// means nothing; what comes of it is in size().
    [[nodiscard]] KeyPress key();

    /// Readable when Ctrl-Z was pressed: call stop_if_told().
    [[nodiscard]] int stop_descriptor() const;
    /// Gives the terminal back and stops the process; draw() takes it again when that goes on.
    void stop_if_told();

private:
    struct Terminal;
    std::unique_ptr<Terminal> terminal_;
};

}  // namespace penstock::cli
