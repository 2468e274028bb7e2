#include "server/bridge/columns.hpp"

#include "server/bridge/json_text.hpp"

#include <algorithm>
#include <array>

namespace penstock::bridge {

namespace {

Cell number(std::uint64_t value)
{
    return static_cast<std::int64_t>(std::min(value, exact_number_max));
}

template <class Row>
struct Column {
    std::string_view name;
    Cell (*value)(const Row& row, const Mirror& mirror);
};

constexpr Column<QueueRow> queue_columns[] = {
    {"id", [](const QueueRow& row, const Mirror&) { return number(row.stat.object); }},
    {"name", [](const QueueRow& row, const Mirror&) { return Cell(row.stat.name); }},
    {"state",
     [](const QueueRow& row, const Mirror&) { return Cell(std::string(state_of(row.stat))); }},
    {"depth", [](const QueueRow& row, const Mirror&) { return number(row.stat.ready); }},
    {"max",
     [](const QueueRow& row, const Mirror&) {
         return row.stat.maxsize > 0 ? Cell(row.stat.maxsize) : Cell();
     }},
    {"oldest",
     [](const QueueRow& row, const Mirror& mirror) {
         return row.stat.oldest ? Cell(mirror.moment_ms(*row.stat.oldest)) : Cell();
     }},
    {"in", [](const QueueRow& row, const Mirror&) { return number(row.stat.put_total); }},
    {"out", [](const QueueRow& row, const Mirror&) { return number(row.stat.get_total); }},
    {"prod", [](const QueueRow& row, const Mirror&) { return number(row.stat.producers); }},
    {"blocked", [](const QueueRow& row, const Mirror&) { return number(row.stat.putters); }},
    {"cons", [](const QueueRow& row, const Mirror&) { return number(row.stat.consumers); }},
    {"waiting", [](const QueueRow& row, const Mirror&) { return number(row.stat.getters); }},
    {"bytes", [](const QueueRow& row, const Mirror&) { return number(row.stat.ready_bytes); }},
    {"unacked", [](const QueueRow& row, const Mirror&) { return number(row.stat.assigned); }},
    {"unfinished", [](const QueueRow& row, const Mirror&) { return number(row.stat.unfinished); }},
    {"joining", [](const QueueRow& row, const Mirror&) { return number(row.stat.joiners); }},
    {"handles", [](const QueueRow& row, const Mirror&) { return number(row.stat.handles); }},
    {"order", [](const QueueRow& row, const Mirror&) { return Cell(row.stat.kind); }},
    {"created",
     [](const QueueRow& row, const Mirror& mirror) {
         return Cell(mirror.moment_ms(row.stat.created));
     }},
};

std::string_view word_of_transport(PipeTransport transport)
{
    switch (transport) {
        case PipeTransport::waiting:
            return "waiting";
        case PipeTransport::relay:
            return "relay";
        case PipeTransport::direct:
            return "direct";
    }
    return "";
}

Cell session_name(std::uint64_t session, const Mirror& mirror)
{
    return session == 0 ? Cell() : Cell(mirror.name_of_session(session));
}

constexpr Column<PipeStat> pipe_columns[] = {
    {"id", [](const PipeStat& row, const Mirror&) { return number(row.object); }},
    {"name", [](const PipeStat& row, const Mirror&) { return Cell(row.name); }},
    {"transport",
     [](const PipeStat& row, const Mirror&) {
         return Cell(std::string(word_of_transport(row.transport)));
     }},
    {"left",
     [](const PipeStat& row, const Mirror& m) { return session_name(row.left_session, m); }},
    {"right",
     [](const PipeStat& row, const Mirror& m) { return session_name(row.right_session, m); }},
    {"left_sent",
     [](const PipeStat& row, const Mirror&) { return number(row.from_left.sent_total); }},
    {"right_sent",
     [](const PipeStat& row, const Mirror&) { return number(row.from_right.sent_total); }},
    {"left_bytes", [](const PipeStat& row, const Mirror&) { return number(row.from_left.bytes); }},
    {"right_bytes",
     [](const PipeStat& row, const Mirror&) { return number(row.from_right.bytes); }},
    {"left_messages",
     [](const PipeStat& row, const Mirror&) { return number(row.from_left.messages); }},
    {"right_messages",
     [](const PipeStat& row, const Mirror&) { return number(row.from_right.messages); }},
    {"left_blocked",
     [](const PipeStat& row, const Mirror&) { return number(row.from_left.senders); }},
    {"right_blocked",
     [](const PipeStat& row, const Mirror&) { return number(row.from_right.senders); }},
    {"created",
     [](const PipeStat& row, const Mirror& m) { return Cell(m.moment_ms(row.created)); }},
};

constexpr Column<ConnectionStat> connection_columns[] = {
    {"id", [](const ConnectionStat& row, const Mirror&) { return number(row.id); }},
    {"session",
     [](const ConnectionStat& row, const Mirror&) {
         return row.session == 0 ? Cell() : number(row.session);
     }},
    {"client", [](const ConnectionStat& row, const Mirror&) { return Cell(row.client); }},
    {"address", [](const ConnectionStat& row, const Mirror&) { return Cell(row.address); }},
    {"state", [](const ConnectionStat& row, const Mirror&) { return Cell(row.state); }},
    {"connected",
     [](const ConnectionStat& row, const Mirror& m) { return Cell(m.moment_ms(row.connected)); }},
    {"heard",
     [](const ConnectionStat& row, const Mirror& m) { return Cell(m.moment_ms(row.last_heard)); }},
    {"bytes_in", [](const ConnectionStat& row, const Mirror&) { return number(row.bytes_in); }},
    {"bytes_out", [](const ConnectionStat& row, const Mirror&) { return number(row.bytes_out); }},
    {"handles", [](const ConnectionStat& row, const Mirror&) { return number(row.handles); }},
    {"waiting", [](const ConnectionStat& row, const Mirror&) { return number(row.waiting); }},
    {"unacked", [](const ConnectionStat& row, const Mirror&) { return number(row.assigned); }},
    {"unsent", [](const ConnectionStat& row, const Mirror&) { return number(row.unsent_bytes); }},
};

constexpr Column<WaitRow> wait_columns[] = {
    {"id", [](const WaitRow&, const Mirror&) { return Cell(); }},  // known by who asks
    {"queue", [](const WaitRow& row, const Mirror&) { return Cell(row.queue); }},
    {"for",
     [](const WaitRow& row, const Mirror&) { return Cell(std::string(word_of(row.wait.kind))); }},
    {"session", [](const WaitRow& row, const Mirror&) { return number(row.wait.session); }},
    {"client",
     [](const WaitRow& row, const Mirror& m) { return session_name(row.wait.session, m); }},
    {"address",
     [](const WaitRow& row, const Mirror& m) {
         const ConnectionStat* found = m.session(row.wait.session);
         return found == nullptr ? Cell() : Cell(found->address);
     }},
    {"operations", [](const WaitRow& row, const Mirror&) { return number(row.wait.operations); }},
    {"since",
     [](const WaitRow& row, const Mirror& m) { return Cell(m.moment_ms(row.wait.since)); }},
};

template <class Row, std::size_t Count>
constexpr std::array<std::string_view, Count> names_of(const Column<Row> (&columns)[Count])
{
    std::array<std::string_view, Count> names{};
    for (std::size_t i = 0; i < Count; ++i) names[i] = columns[i].name;
    return names;
}

bool contains(std::string_view text, std::string_view part)
{
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    const auto equal = [&](char a, char b) { return lower(a) == lower(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), equal) != text.end();
}

/// Calls `use` with the table of the kind.
template <class Use>
auto with_table(const Mirror& mirror, Kind kind, Use use)
{
    switch (kind) {
        case Kind::queues:
            return use(mirror.queues());
        case Kind::pipes:
            return use(mirror.pipes());
        case Kind::connections:
            return use(mirror.connections());
        case Kind::waits:
            break;
    }
    return use(mirror.waits());
}

}  // namespace

std::optional<Kind> kind_called(std::string_view name)
{
    if (name == "queues") return Kind::queues;
    if (name == "pipes") return Kind::pipes;
    if (name == "connections") return Kind::connections;
    if (name == "waits") return Kind::waits;
    return std::nullopt;
}

std::span<const std::string_view> columns_of(Kind kind)
{
    static constexpr auto queues = names_of(queue_columns);
    static constexpr auto pipes = names_of(pipe_columns);
    static constexpr auto connections = names_of(connection_columns);
    static constexpr auto waits = names_of(wait_columns);
    switch (kind) {
        case Kind::queues:
            return queues;
        case Kind::pipes:
            return pipes;
        case Kind::connections:
            return connections;
        case Kind::waits:
            return waits;
    }
    return {};
}

std::optional<std::size_t> column_called(Kind kind, std::string_view name)
{
    const auto names = columns_of(kind);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

Cell RowRef::cell(std::size_t column) const
{
    switch (kind_) {
        case Kind::queues:
            return queue_columns[column].value(as<QueueRow>(), *mirror_);
        case Kind::pipes:
            return pipe_columns[column].value(as<PipeStat>(), *mirror_);
        case Kind::connections:
            return connection_columns[column].value(as<ConnectionStat>(), *mirror_);
        case Kind::waits:
            return wait_columns[column].value(as<WaitRow>(), *mirror_);
    }
    return {};
}

bool RowRef::matches(std::string_view filter) const
{
    if (filter.empty()) return true;
    switch (kind_) {
        case Kind::queues:
            return contains(as<QueueRow>().stat.name, filter);
        case Kind::pipes:
            return contains(as<PipeStat>().name, filter);
        case Kind::connections:
            return contains(as<ConnectionStat>().client, filter) ||
                   contains(as<ConnectionStat>().address, filter);
        case Kind::waits:
            return contains(as<WaitRow>().queue, filter) ||
                   contains(mirror_->name_of_session(as<WaitRow>().wait.session), filter);
    }
    return false;
}

void for_each_row(const Mirror& mirror,
                  Kind kind,
                  const std::function<void(std::uint64_t, std::uint64_t, RowRef)>& use)
{
    with_table(mirror, kind, [&](const auto& table) {
        for (const auto& [id, entry] : table.rows()) {
            use(id, entry.changed, RowRef(mirror, kind, &entry.row));
        }
    });
}

std::uint64_t changed_version(const Mirror& mirror, Kind kind, std::uint64_t id)
{
    return with_table(mirror, kind, [&](const auto& table) -> std::uint64_t {
        const auto found = table.rows().find(id);
        return found == table.rows().end() ? 0 : found->second.changed;
    });
}

std::optional<RowRef> find_row(const Mirror& mirror, Kind kind, std::uint64_t id)
{
    return with_table(mirror, kind, [&](const auto& table) -> std::optional<RowRef> {
        const auto* row = table.find(id);
        if (row == nullptr) return std::nullopt;
        return RowRef(mirror, kind, row);
    });
}

std::vector<std::uint64_t> removed_since(const Mirror& mirror, Kind kind, std::uint64_t version)
{
    return with_table(
        mirror, kind, [&](const auto& table) { return table.removed_since(version); });
}

std::string_view state_of(const QueueStat& queue)
{
    if (queue.shut_down) return "shut_down";
    if (queue.ended) return "ended";
    if (queue.paused) return "paused";
    const bool bounded = queue.maxsize > 0;
    if (bounded && queue.ready >= static_cast<std::uint64_t>(queue.maxsize)) return "full";
    return queue.ready == 0 ? "empty" : "ready";
}

std::string_view word_of(WaitKind kind)
{
    switch (kind) {
        case WaitKind::put:
            return "put";
        case WaitKind::get:
            return "get";
        case WaitKind::join:
            return "join";
    }
    return "";
}

}  // namespace penstock::bridge
