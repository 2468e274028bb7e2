#include "client/cli/screen.hpp"

#include "client/cli/exit_code.hpp"
#include "client/cli/text.hpp"

#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <langinfo.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

// Last, and as far as that goes without macros: "timeout" and "move" are words that others use,
// too; "lines" and "columns" are taken.
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

namespace penstock::cli {

namespace {

/// Letters behind an Escape within this time are one key, such as an arrow.
constexpr int escape_time_ms = 50;

enum : short { good_pair = 1, warning_pair };

attr_t attributes_of(Style style, bool colours)
{
    switch (style) {
        case Style::plain:
            return A_NORMAL;
        case Style::strong:
            return A_BOLD;
        case Style::dim:
            return A_DIM;
        case Style::heading:
            return A_REVERSE;
        case Style::chosen:
            return A_REVERSE | A_BOLD | A_UNDERLINE;
        case Style::good:
            return colours ? COLOR_PAIR(good_pair) : A_NORMAL;
        case Style::warning:
            return A_BOLD | (colours ? COLOR_PAIR(warning_pair) : A_NORMAL);
    }
    return A_NORMAL;
}

/// Where the terminal's letters aren't UTF-8, others than ASCII's are question marks.
std::string shown(const std::string& text, bool utf8)
{
    if (utf8) return text;
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0) == 0x80) continue;  // not the first byte of a character
        result += byte < 0x80 ? c : '?';
    }
    return result;
}

Key key_of(int code)
{
    switch (code) {
        case KEY_UP:
            return Key::up;
        case KEY_DOWN:
            return Key::down;
        case KEY_LEFT:
            return Key::left;
        case KEY_RIGHT:
            return Key::right;
        case KEY_PPAGE:
            return Key::page_up;
        case KEY_NPAGE:
            return Key::page_down;
        case KEY_HOME:
            return Key::home;
        case KEY_END:
            return Key::end;
        case KEY_ENTER:
        case '\n':
        case '\r':
            return Key::enter;
        case 27:
            return Key::escape;
        case KEY_BACKSPACE:
        case 127:
        case '\b':
            return Key::backspace;
        default:
            return Key::none;
    }
}

/// Asked before newterm(), which leaks where it fails. Where nothing can be put in its place there
/// is no drawing.
bool can_draw()
{
    int error = 0;
    if (::setupterm(nullptr, STDOUT_FILENO, &error) != OK) return false;
    const bool can_move = ::tigetstr("cup") != nullptr;
    (void)::del_curterm(::set_curterm(nullptr));
    return can_move;
}

[[noreturn]] void throw_no_terminal()
{
    const char* const kind = std::getenv("TERM");
    const std::string name =
        kind == nullptr || *kind == '\0' ? "not set" : "'" + printable(kind) + "'";
    throw Failure(ExitCode::usage,
                  "cannot draw on this terminal: TERM is " + name +
                      "; set it to what the terminal is, or try --plain");
}

/// ncurses sets handlers, and leaves them behind: what ends the process later shall do it as ever.
/// Its one for Ctrl-Z draws wherever the signal hits, so it must not set that.
class SignalActions {
public:
    SignalActions()
    {
        for (std::size_t i = 0; i < signals.size(); ++i) {
            (void)::sigaction(signals[i], nullptr, &before_[i]);
        }
        (void)std::signal(SIGTSTP, SIG_IGN);
    }
    ~SignalActions()
    {
        for (std::size_t i = 0; i < signals.size(); ++i) {
            (void)::sigaction(signals[i], &before_[i], nullptr);
        }
    }
    SignalActions(const SignalActions&) = delete;
    SignalActions& operator=(const SignalActions&) = delete;

    /// Once ncurses has set its own.
    void take_stop_back() const { (void)::sigaction(SIGTSTP, &before_[0], nullptr); }

private:
    static constexpr std::array<int, 4> signals{SIGTSTP, SIGINT, SIGTERM, SIGWINCH};
    std::array<struct sigaction, signals.size()> before_{};
};

/// While it lives, Ctrl-Z waits until somebody stops.
class HeldStop {
public:
    HeldStop()
    {
        (void)::sigemptyset(&held_);
        (void)::sigaddset(&held_, SIGTSTP);
        (void)::pthread_sigmask(SIG_BLOCK, &held_, &before_);
        descriptor_ = ::signalfd(-1, &held_, SFD_CLOEXEC | SFD_NONBLOCK);
        if (descriptor_ >= 0) return;
        (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        throw Failure(ExitCode::internal, "cannot watch for Ctrl-Z: no descriptors are left");
    }
    ~HeldStop()
    {
        ::close(descriptor_);
        (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    HeldStop(const HeldStop&) = delete;
    HeldStop& operator=(const HeldStop&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// Whether it came.
    [[nodiscard]] bool take() const
    {
        signalfd_siginfo info{};
        return ::read(descriptor_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info));
    }
    /// As if it had never been held; returns when somebody lets the process go on.
    void stop() const
    {
        (void)std::raise(SIGTSTP);  // blocked still: it comes with the next line
        (void)::pthread_sigmask(SIG_UNBLOCK, &held_, nullptr);
        (void)::pthread_sigmask(SIG_BLOCK, &held_, nullptr);
    }

private:
    sigset_t held_{};
    sigset_t before_{};
    int descriptor_ = -1;
};

}  // namespace

struct Screen::Terminal {
    SignalActions actions;
    HeldStop held_stop;
    SCREEN* screen = nullptr;
    bool colours = false;
    bool utf8 = false;
};

Screen::Screen() : terminal_(std::make_unique<Terminal>())
{
    (void)std::setlocale(LC_CTYPE, "");
    terminal_->utf8 = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
    if (!can_draw()) throw_no_terminal();
    terminal_->screen = ::newterm(nullptr, stdout, stdin);
    if (terminal_->screen == nullptr) throw_no_terminal();
    terminal_->actions.take_stop_back();
    // Signals from the keyboard come as ever.
    (void)::cbreak();
    (void)::noecho();
    (void)::nonl();
    (void)::set_escdelay(escape_time_ms);
    (void)::keypad(stdscr, true);
    (void)::nodelay(stdscr, true);
    (void)::curs_set(0);
    terminal_->colours = std::getenv("NO_COLOR") == nullptr && ::has_colors() &&
                         ::start_color() == OK && ::use_default_colors() == OK &&
                         ::init_pair(good_pair, COLOR_GREEN, -1) == OK &&
                         ::init_pair(warning_pair, COLOR_YELLOW, -1) == OK;
}

Screen::~Screen()
{
    (void)::endwin();
    ::delscreen(terminal_->screen);
}

Size Screen::size() const
{
    return {static_cast<std::size_t>(::getmaxx(stdscr)),
            static_cast<std::size_t>(::getmaxy(stdscr))};
}

void Screen::draw(const Lines& picture)
{
    const Size room = size();
    (void)::werase(stdscr);
    for (std::size_t i = 0; i < picture.size() && i < room.height; ++i) {
        (void)::wmove(stdscr, static_cast<int>(i), 0);
        for (const Span& span : fitted(picture[i], room.width)) {
            (void)::wattrset(stdscr,
                             static_cast<int>(attributes_of(span.style, terminal_->colours)));
            (void)::waddstr(stdscr, shown(span.text, terminal_->utf8).c_str());
        }
    }
    (void)::wattrset(stdscr, A_NORMAL);
    (void)::wrefresh(stdscr);
}

int Screen::stop_descriptor() const
{
    return terminal_->held_stop.descriptor();
}

void Screen::stop_if_told()
{
    if (!terminal_->held_stop.take()) return;
    (void)::endwin();
    terminal_->held_stop.stop();
    // Nobody told of the size meanwhile.
    winsize room{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &room) == 0 && room.ws_row > 0 && room.ws_col > 0) {
        (void)::resizeterm(room.ws_row, room.ws_col);
    }
    (void)::clearok(curscr, true);  // whatever stands there now
}

KeyPress Screen::key()
{
    const int code = ::wgetch(stdscr);
    if (code == ERR) return {};
    if (const Key key = key_of(code); key != Key::none) return {key, 0};
    if (code >= 0x20 && code < 0x7f) return {Key::character, static_cast<char>(code)};
    return {Key::other, 0};
}

}  // namespace penstock::cli
