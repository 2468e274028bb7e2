// How far a verb with many items has come: a line on the terminal while it takes long, and a
// summary at the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace penstock::cli {

class Progress {
public:
    /// `verb` is "put" or "got". Without `show` there is only the summary; with `quiet` nothing.
    Progress(const char* verb, bool quiet, bool show);
    /// The summary: "put 1000 items, 3.4 MiB, in 2.1 s: 476 a second"; only for many items.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// An item is through.
    void add(std::size_t size);

private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] std::string text(Clock::duration time) const;

    const char* verb_;
    bool quiet_;
    bool show_;
    bool drawn_ = false;
    std::uint64_t count_ = 0;
    std::uint64_t bytes_ = 0;
    Clock::time_point began_;
    Clock::time_point draw_at_;
};

/// Lets so many things through in a second, evenly; after a delay it makes nothing up.
class Pace {
public:
    explicit Pace(double per_second);
    void wait();

private:
    std::chrono::steady_clock::duration interval_;
    std::optional<std::chrono::steady_clock::time_point> next_;
};

}  // namespace penstock::cli
