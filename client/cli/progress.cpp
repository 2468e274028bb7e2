#include "client/cli/progress.hpp"

#include "client/cli/figures.hpp"
#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <thread>

namespace penstock::cli {

namespace {

/// What is done by then needs no progress.
constexpr std::chrono::seconds long_time{1};
constexpr std::chrono::milliseconds draw_interval{200};
/// As many are worth a summary, however fast they were.
constexpr std::uint64_t many = 100;

double seconds_of(std::chrono::steady_clock::duration time)
{
    return std::chrono::duration<double>(time).count();
}

}  // namespace

Progress::Progress(const char* verb, bool quiet, bool show)
    : verb_(verb),
      quiet_(quiet),
      show_(show && !quiet && stderr_is_terminal()),
      began_(Clock::now()),
      draw_at_(began_ + long_time)
{}

Progress::~Progress()
{
    try {
        const auto time = Clock::now() - began_;
        if (drawn_) draw("\r\x1b[K");
        const bool worth = count_ >= many || (count_ > 1 && time > long_time);
        // An exception says what it got to, and why no further.
        if (worth && !quiet_ && std::uncaught_exceptions() == 0) complain(text(time));
    } catch (const std::exception&) {
        // It was only a word about what is done.
    }
}

void Progress::add(std::size_t size)
{
    ++count_;
    bytes_ += size;
    if (!show_) return;
    const auto now = Clock::now();
    if (now < draw_at_) return;
    draw_at_ = now + draw_interval;
    drawn_ = true;
    draw("\r" + text(now - began_) + "\x1b[K");
}

std::string Progress::text(Clock::duration time) const
{
    const double seconds = std::max(seconds_of(time), 1e-6);
    std::array<char, 96> tail{};
    (void)std::snprintf(tail.data(),
                        tail.size(),
                        " in %.1f s: %.0f a second",
                        seconds,
                        static_cast<double>(count_) / seconds);
    return std::string(verb_) + " " + items_text(count_) + ", " + size_text(bytes_) + "," +
           tail.data();
}

Pace::Pace(double per_second)
    : interval_(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(1 / per_second)))
{}

void Pace::wait()
{
    const auto now = std::chrono::steady_clock::now();
    const auto at = std::max(next_.value_or(now), now);
    std::this_thread::sleep_until(at);
    next_ = at + interval_;
}

}  // namespace penstock::cli
