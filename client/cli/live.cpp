#include "client/cli/live.hpp"

#include "client/cli/command.hpp"
#include "client/cli/exit_code.hpp"
#include "client/cli/json.hpp"
#include "client/cli/screen.hpp"
#include "client/cli/streams.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <random>
#include <unistd.h>
#include <utility>

namespace penstock::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// How often a screen is drawn without news: it says how old its figures are.
constexpr Duration redraw_time = std::chrono::milliseconds(250);

std::function<double()> random_numbers()
{
    return [engine = std::minstd_rand(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

/// The feed, and the thread that fetches for it.
class Source {
public:
    Source(Reading first,
           Client client,
           std::function<Client()> connect,
           Scope scope,
           Duration interval)
        : feed_(interval, random_numbers()), courier_(std::move(client), std::move(connect), scope)
    {
        feed_.took(std::move(first), Clock::now());
    }

    [[nodiscard]] const Feed& feed() const { return feed_; }
    [[nodiscard]] int descriptor() const { return courier_.descriptor(); }
    /// When to call `step` at the latest.
    [[nodiscard]] TimePoint due() const { return asked_ ? TimePoint::max() : feed_.due(); }

    /// Takes an answer, and asks when it is time. True: there is a new reading.
    bool step()
    {
        bool took = false;
        if (auto answer = courier_.take()) {
            asked_ = false;
            took = answer->reading.has_value();
            if (took) {
                feed_.took(std::move(*answer->reading), Clock::now());
            } else {
                feed_.failed(answer->why, Clock::now());
            }
        }
        if (!asked_ && Clock::now() >= feed_.due()) {
            asked_ = true;
            courier_.ask(feed_.board().since());
        }
        return took;
    }

private:
    Feed feed_;
    Courier courier_;
    bool asked_ = false;
};

/// Until one of them is readable, or it is time.
template <std::size_t count>
void wait(std::array<pollfd, count>& fds, TimePoint until)
{
    using std::chrono::milliseconds;
    const auto left =
        std::clamp<Duration>(until - Clock::now(), Duration::zero(), std::chrono::minutes(1));
    // Rounded up: else the last millisecond would be spent in a loop.
    const auto ms = std::chrono::ceil<milliseconds>(left).count();
    if (::poll(fds.data(), fds.size(), static_cast<int>(ms)) < 0 && errno != EINTR) {
        throw Failure(ExitCode::internal, "cannot wait for the broker and the keyboard");
    }
}

/// All that was pressed. False: the user has seen enough.
bool take_keys(View& view, Screen& screen)
{
    while (true) {
        const KeyPress press = screen.key();
        if (press.key == Key::none) return true;
        if (press.key != Key::other && !view.press(press)) return false;
    }
}

/// Signals that end us do so once the terminal is as it was, and don't wait for the source.
void show_on_screen(View& view, Source& source)
{
    HeldSignals signals;
    Screen screen;
    while (true) {
        const TimePoint now = Clock::now();
        screen.draw(view.lines(source.feed().board(), source.feed().link(now), screen.size()));
        std::array<pollfd, 4> fds{pollfd{STDIN_FILENO, POLLIN, 0},
                                  pollfd{signals.descriptor(), POLLIN, 0},
                                  pollfd{screen.stop_descriptor(), POLLIN, 0},
                                  pollfd{source.descriptor(), POLLIN, 0}};
        wait(fds, std::min(now + redraw_time, source.due()));
        (void)signals.take();
        screen.stop_if_told();
        const bool hung_up = (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
        if (signals.ending() || hung_up || !take_keys(view, screen)) return;
        if (source.step()) view.took(source.feed().board());
    }
}

/// Writes a text or a document, if there is one.
bool write(View& view, const Feed& feed, bool json)
{
    const Link link = feed.link(Clock::now());
    if (json) {
        const auto document = view.document(feed.board(), link);
        if (document) write_json(*document);
        return document.has_value();
    }
    const std::string text = view.text(feed.board(), link);
    if (!text.empty()) write_out(text);
    return !text.empty();
}

void show_as_text(View& view, Source& source, const LiveOptions& options)
{
    const Feed& feed = source.feed();
    std::uint64_t count = 0;
    TimePoint quiet_until = Clock::now();
    bool news = true;  // the first reading
    while (true) {
        const bool gone = feed.link(Clock::now()).state != Link::State::live;
        if (news || (gone && Clock::now() >= quiet_until)) {
            if (write(view, feed, options.json)) ++count;
            if (options.count && count >= *options.count) return;
            quiet_until = Clock::now() + feed.interval();
        }
        std::array<pollfd, 2> fds{pollfd{source.descriptor(), POLLIN, 0},
                                  pollfd{STDOUT_FILENO, 0, 0}};  // its end alone
        wait(fds, std::min(gone ? quiet_until : Clock::now() + feed.interval(), source.due()));
        if (fds[1].revents != 0) return;  // whoever has seen enough, like head, has not failed
        news = source.step();
        if (news) view.took(feed.board());
    }
}

}  // namespace

void show_live(View& view,
               const LiveOptions& options,
               Scope scope,
               Client client,
               std::function<Client()> connect)
{
    const Duration interval = options.interval.value_or(live_interval_default);
    if (interval < live_interval_min) {
        throw Failure(ExitCode::usage, "--interval takes 10ms or more");
    }
    const bool screen = !options.plain && !options.json && !options.count && stdin_is_terminal() &&
                        stdout_is_terminal();
    Reading first = read(client, {}, scope);
    Source source(std::move(first), std::move(client), std::move(connect), scope, interval);
    if (screen) return show_on_screen(view, source);
    try {
        show_as_text(view, source, options);
    } catch (const Failure&) {
        if (stdout_has_reader_for(std::chrono::milliseconds(0))) throw;
    }
}

}  // namespace penstock::cli
