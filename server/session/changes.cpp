// READ changes: the rows of a kind that changed, page by page. docs/protocol.md, section 3.6.
#include "common/wire/changes.hpp"

#include "common/base/utf8.hpp"
#include "server/session/row_bodies.hpp"
#include "server/session/session.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace penstock::session {

namespace {

/// A body is made to fit one frame with room for what stands beside the rows: the removed alone
/// may take 32 KiB.
constexpr std::size_t rows_size_max = 128 * 1024;
constexpr std::size_t rows_max = 4096;
static_assert(rows_size_max + core::ChangeLog::removed_max * 8 + 1024 < wire::result_body_room);

/// The rows of a page.
class Rows {
public:
    explicit Rows(std::uint32_t wanted)
        : left_(wanted == 0 ? rows_max : std::min<std::size_t>(wanted, rows_max))
    {}

    /// Whether there was room for it. There is for the first one.
    [[nodiscard]] bool add(const base::Bytes& row)
    {
        if (left_ == 0) return false;
        if (!list_.empty() && list_.size() + row.size() > rows_size_max) return false;
        --left_;
        wire::append_row(list_, row);
        return true;
    }

    [[nodiscard]] base::Bytes take() { return std::move(list_); }

private:
    std::size_t left_;
    base::Bytes list_;
};

/// Whoever chose it: what is on the wire is text.
std::string to_text(std::string_view value)
{
    if (!base::valid_utf8(value)) return "(not text)";
    if (value.size() <= wire::text_size_max) return std::string(value);
    std::size_t size = wire::text_size_max;
    while ((static_cast<unsigned char>(value[size]) & 0xc0) == 0x80) --size;  // inside of a letter
    return std::string(value.substr(0, size));
}

wire::EventBody to_row(const EventLog::Entry& entry, const BrokerFacts& facts)
{
    wire::EventBody row;
    row.number = entry.number;
    row.level = static_cast<wire::EventLevel>(entry.event.level);
    row.code = entry.event.event;
    row.at_ms = facts.uptime_ms(entry.at);
    for (const auto& [name, value] : entry.event.fields) {
        row.fields.emplace_back(name, to_text(value));
    }
    return row;
}

core::ChangesTold read_events(const BrokerFacts& facts, std::uint64_t since, Rows& rows)
{
    core::ChangesTold told;
    told.from_start = since == 0 || since > facts.events.last();
    told.version = facts.events.last();
    std::uint64_t last = told.from_start ? 0 : since;
    for (auto entry = facts.events.behind(last); entry != facts.events.end(); ++entry) {
        if (!rows.add(wire::encode(to_row(*entry, facts)))) {
            told.more = true;
            told.version = last;
            break;
        }
        last = entry->number;
    }
    return told;
}

}  // namespace

void Session::answer_changes(OpId op, const wire::Read& read)
{
    Rows rows(read.limit);
    core::ChangesTold told;
    switch (*read.kind) {
        case wire::RowKind::queues:
            told = broker_.queue_changes().read(read.since, [&](core::ObjectId id) {
                return rows.add(wire::encode(to_row(*broker_.find(id), facts_)));
            });
            break;
        case wire::RowKind::pipes:
            told = broker_.pipe_changes().read(read.since, [&](core::ObjectId id) {
                return rows.add(
                    wire::encode(to_row(std::as_const(*broker_.find_pipe(id)), facts_)));
            });
            break;
        case wire::RowKind::connections:
            told = facts_.connection_changes.read(read.since, [&](std::uint64_t id) {
                return rows.add(wire::encode(facts_.connection(id)));
            });
            break;
        case wire::RowKind::events:
            told = read_events(facts_, read.since, rows);
            break;
    }
    wire::ChangesBody body;
    body.version = told.version;
    body.uptime_ms = facts_.uptime_ms(facts_.now);
    body.more = told.more;
    body.from_start = told.from_start;
    body.rows = rows.take();
    body.removed = std::move(told.removed);
    outbox_.result(op, Status::ok, wire::encode(body));
}

}  // namespace penstock::session
