// The three standard streams, and files, as bytes. Nothing is buffered on the way out: what was
// written when write_out() returns is written.
#pragma once

#include <penstock/bytes.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace penstock::cli {

/// To be called before anything is opened: a standard stream that is closed gets a stand-in which
/// fails in the same way, so that no socket takes its number (and then the output). A reader of
/// stdout that goes away is an error, no signal.
void protect_streams() noexcept;

/// All of it, or throws Failure.
void write_out(std::string_view text);
void write_out(std::span<const std::byte> bytes);

/// One line on stderr, "penstock: ..."; nothing in it can drive the terminal.
void complain(std::string_view text) noexcept;

[[nodiscard]] bool stdin_is_terminal() noexcept;
[[nodiscard]] bool stdout_is_terminal() noexcept;
[[nodiscard]] bool stderr_is_terminal() noexcept;

/// Waits so long; false, at once, when whoever read stdout has gone.
[[nodiscard]] bool stdout_has_reader_for(std::chrono::milliseconds time) noexcept;

/// On stderr, as it is: for a line that is drawn again and again.
void draw(std::string_view text) noexcept;

/// For questions: both the asking and the answer are a terminal's.
[[nodiscard]] bool can_ask() noexcept;

/// Asks on stderr; true for "y" and "yes".
[[nodiscard]] bool ask(std::string_view question);

/// The largest item that put takes from stdin: what brokers accept unless told otherwise. Without
/// an end, input that has none would fill the memory.
inline constexpr std::size_t item_size_max = std::size_t{256} * 1024 * 1024;

/// All of stdin. Throws Failure when reading fails, or for more than item_size_max.
[[nodiscard]] Bytes read_all();

/// All of a file, as above.
[[nodiscard]] Bytes read_file(const std::string& path);

/// Writes a file under a name of its own, closes it, and gives it its name then: whoever sees it
/// sees all of it. False if there is a file of that name already, which stays as it is. Throws
/// Failure.
[[nodiscard]] bool write_new_file(const std::string& path, std::span<const std::byte> bytes);

/// Waits for stdin; false if there is nothing and the descriptor `stop` became readable. -1:
/// nothing stops it.
[[nodiscard]] bool wait_for_stdin(int stop);

/// What stdin has now, if need be what comes next, but at most 64 KiB; nothing at its end. Throws
/// Failure.
[[nodiscard]] Bytes read_chunk();

/// Reads stdin line by line and holds no more than one line and one chunk.
class LineReader {
public:
    /// The next line without its newline; no value at the end of the input. Throws as read_all().
    /// No value either if `stop` becomes readable while it waits; the next call goes on from there.
    [[nodiscard]] std::optional<std::string> next(int stop = -1);
    [[nodiscard]] bool ended() const { return ended_; }

private:
    void read_more();

    std::string line_;  // as far as it was read
    std::string chunk_;
    std::size_t position_ = 0;  // what stands before it in `chunk_` was given out
    bool ended_ = false;
};

}  // namespace penstock::cli
