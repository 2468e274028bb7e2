// What is shown of a row: its columns, for each kind of view.
#pragma once

#include "server/bridge/mirror.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace penstock::bridge {

enum class Kind : std::uint8_t { queues, pipes, connections, waits };

[[nodiscard]] std::optional<Kind> kind_called(std::string_view name);

/// A value of a row: nothing, a number (moments are milliseconds of the calendar), or words.
/// Ordered as they are sorted by.
using Cell = std::variant<std::monostate, std::int64_t, std::string>;

/// The names of the columns. The first is "id".
[[nodiscard]] std::span<const std::string_view> columns_of(Kind kind);
[[nodiscard]] std::optional<std::size_t> column_called(Kind kind, std::string_view name);

/// A row of one kind as its view shows it. Cheap: nothing is computed before it is asked for.
class RowRef {
public:
    RowRef(const Mirror& mirror, Kind kind, const void* row)
        : mirror_(&mirror), row_(row), kind_(kind)
    {}
    [[nodiscard]] Cell cell(std::size_t column) const;
    /// Whether its name, or what else identifies it to people, contains `filter`; letters of both
    /// cases are the same.
    [[nodiscard]] bool matches(std::string_view filter) const;

private:
    template <class Row>
    [[nodiscard]] const Row& as() const
    {
        return *static_cast<const Row*>(row_);
    }

    const Mirror* mirror_;
    const void* row_;
    Kind kind_;
};

/// Calls `use` with the id, the version of the last change, and each row of the kind.
void for_each_row(const Mirror& mirror,
                  Kind kind,
                  const std::function<void(std::uint64_t, std::uint64_t, RowRef)>& use);
/// The version of the row's last change; 0: there is no such row.
[[nodiscard]] std::uint64_t changed_version(const Mirror& mirror, Kind kind, std::uint64_t id);
[[nodiscard]] std::optional<RowRef> find_row(const Mirror& mirror, Kind kind, std::uint64_t id);
[[nodiscard]] std::vector<std::uint64_t> removed_since(const Mirror& mirror,
                                                       Kind kind,
                                                       std::uint64_t version);

/// A queue's state in a word: "full", "paused", "shut_down", "ended", "empty" or "ready".
[[nodiscard]] std::string_view state_of(const QueueStat& queue);
[[nodiscard]] std::string_view word_of(WaitKind kind);

}  // namespace penstock::bridge
