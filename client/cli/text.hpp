// Bytes as text: what is UTF-8, what may go to a terminal, what is aligned in a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::cli {

[[nodiscard]] std::string_view as_text(std::span<const std::byte> bytes) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// One line that a terminal only shows: control characters, those that turn the direction of
/// writing, and what is not UTF-8 are written as escapes (\n, \x1b, \u202e).
[[nodiscard]] std::string printable(std::string_view text);

/// The same document, on one line, with these characters as \u009b.
[[nodiscard]] std::string printable_json(std::string_view json);

[[nodiscard]] std::string base64(std::span<const std::byte> bytes);

/// "0011ff".
[[nodiscard]] std::string hex(std::span<const std::byte> bytes);

/// Columns on a screen, nearly: characters, of which those of East Asia are twice as wide.
[[nodiscard]] std::size_t width_of(std::string_view text) noexcept;

/// As much of it as fits into so many columns; "..." at its end where something is missing.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t width);

/// "17 B", "3.4 KiB", "256.0 MiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// How many in a second: "0", "0.5", "310", "12.4k", "3.1M".
[[nodiscard]] std::string rate_text(double per_second);

/// A table under construction; the first row is its heading.
class Table {
public:
    enum class Align { left, right };

    explicit Table(std::vector<Align> columns);
    void add(std::vector<std::string> row);
    [[nodiscard]] std::string text() const;

private:
    std::vector<Align> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace penstock::cli
