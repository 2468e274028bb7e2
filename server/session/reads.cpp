// READ: looks that change nothing, so they are not kept and not part of the sequence of ids.
// docs/protocol.md, section 3, "READ".
#include "common/wire/bodies.hpp"
#include "common/wire/limits.hpp"
#include "server/session/row_bodies.hpp"
#include "server/session/session.hpp"

#include <algorithm>
#include <utility>

namespace penstock::session {

namespace {

/// Pages are made to fit one frame with room to spare.
constexpr std::size_t page_size_max = 128 * 1024;
constexpr std::size_t list_page_max = 256;
constexpr std::size_t peek_page_max = 1024;
constexpr std::size_t entry_size_max = 512;

std::size_t page_entries(std::uint32_t wanted, std::size_t most)
{
    return wanted == 0 ? most : std::min<std::size_t>(wanted, most);
}

wire::ListBody list_page(const core::Broker& broker,
                         const wire::Read& read,
                         const BrokerFacts& facts)
{
    static_assert(list_page_max * entry_size_max <= page_size_max);
    const std::size_t limit = page_entries(read.limit, list_page_max);
    std::vector<core::QueueStats> found = broker.list(read.next, limit + 1);
    wire::ListBody body;
    if (found.size() > limit) {
        found.pop_back();
        body.next = found.back().name;
    }
    for (core::QueueStats& stats : found) body.queues.push_back(to_body(std::move(stats), facts));
    return body;
}

wire::PeekBody peek_page(const core::Queue& queue, const wire::Read& read)
{
    const std::size_t limit = page_entries(read.limit, peek_page_max);
    wire::PeekBody body;
    std::size_t used = 0;
    for (core::PeekedItem& item : queue.peek(read.offset, limit + 1)) {
        const std::size_t shown =
            std::min({item.payload.size(), std::size_t{read.item_bytes}, page_size_max});
        used += shown + entry_size_max;
        if (body.items.size() == limit || (used > page_size_max && !body.items.empty())) {
            body.next = read.offset + body.items.size();
            break;
        }
        wire::PeekItem entry;
        entry.seq = item.seq;
        entry.attempts = item.attempts;
        entry.content_type = item.content_type;
        entry.size = static_cast<std::uint32_t>(item.payload.size());
        entry.head = item.payload.part(0, shown).to_bytes();
        body.items.push_back(std::move(entry));
    }
    return body;
}

}  // namespace

Verdict Session::read(const wire::Header& header,
                      wire::Read&& read,
                      TimePoint now,
                      core::Completions& out)
{
    if (reads_.size() + watches_.size() >= wire::reads_unanswered_max) {
        return "more READs than may be unanswered";
    }
    if (read.what == wire::ReadWhat::ready) {
        watch(header.op, read, now, out);
        return std::nullopt;
    }
    // It may wait for room in the output, and nobody is charged for it: it keeps no long list.
    if (read.handles.size() > 1) read.handles = std::vector<wire::HandleId>{read.handles.front()};
    reads_.push_back({header.op, std::move(read)});
    return std::nullopt;
}

/// READ ready: a watcher in the line of each handle; the first that has news answers.
void Session::watch(OpId op, const wire::Read& read, TimePoint now, core::Completions& out)
{
    if (read.handles.size() > wire::get_further_max + 1) {
        return outbox_.result(op, 1, Status::too_many);
    }
    Status why = Status::bad_handle;  // of none at all
    WaitsAtSeveral::Places watched;
    std::vector<core::Queue*> lines;
    bool ready = false;
    for (const HandleId handle : read.handles) {
        core::Queue* line = readable_of(handle, why);
        if (line == nullptr) return outbox_.result(op, 1, why);
        watched.push_back({handle, line->id()});
        if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
        ready |= line->calls_for_a_get();
    }
    if (lines.empty() || watches_.find(op) != nullptr)
        return outbox_.result(op, 1, Status::bad_handle);
    if (ready) return outbox_.result(op, 1, Status::ok);
    if (read.timeout_ms == 0) return outbox_.result(op, 1, Status::timed_out);
    watches_.add(op, std::move(watched));
    const base::TimePoint deadline = base::deadline_after(now, read.timeout_ms);
    for (core::Queue* line : lines) line->watch({id_, op, 1}, deadline, out);
}

/// What a GET at the handle takes from.
core::Queue* Session::readable_of(HandleId handle, Status& why) const
{
    const auto found = handles_.find(handle);
    if (found != handles_.end() && found->second.end) {
        return line_of(found->second, core::Party::consumer, why);
    }
    return queue_of(handle, why);
}

/// Nothing if it is answered already, by another of its lines.
void Session::end_watch(OpId op, Status status)
{
    if (watches_.find(op) == nullptr) return;
    forget_watch(op);
    outbox_.result(op, 1, status);
}

void Session::forget_watch(OpId op)
{
    for (const WaitsAtSeveral::Place& place : *watches_.find(op)) {
        left_watches_.emplace_back(op, place.object);
    }
    watches_.remove(op, 1);
}

/// Takes the watchers of what is answered out of the lines that had no news.
void Session::leave_watched(core::Completions& out)
{
    for (const auto& [op, object] : std::exchange(left_watches_, {})) {
        core::Queue* line = broker_.find(object);
        if (line != nullptr) line->cancel({id_, op, 1}, core::Outcome::cancelled, out);
    }
}

void Session::answer_reads()
{
    while (!reads_.empty() && outbox_.unsent() < wire::unsent_output_max) {
        answer(reads_.front());
        reads_.pop_front();
    }
}

void Session::answer(const PendingRead& pending)
{
    const wire::Read& read = pending.read;
    Status why = Status::not_found;
    const core::Queue* queue = nullptr;
    switch (read.what) {
        case wire::ReadWhat::list:
            return outbox_.result(
                pending.op, Status::ok, wire::encode(list_page(broker_, read, facts_)));
        case wire::ReadWhat::qsize:
            why = Status::bad_handle;
            if (!read.handles.empty()) queue = queue_of(read.handles.front(), why);
            break;
        case wire::ReadWhat::stat:
            if (read.name.empty()) {
                const wire::BrokerBody body = broker_body(broker_, facts_, boot_);
                return outbox_.result(pending.op, Status::ok, wire::encode(body));
            }
            queue = broker_.find(std::string_view(read.name));
            break;
        case wire::ReadWhat::peek:
            queue = broker_.find(std::string_view(read.name));
            break;
        case wire::ReadWhat::changes:
            return answer_changes(pending.op, read);
        case wire::ReadWhat::ready:  // see watch()
            break;
    }
    if (queue == nullptr) return outbox_.result(pending.op, 1, why);
    if (read.what == wire::ReadWhat::peek) {
        return outbox_.result(pending.op, Status::ok, wire::encode(peek_page(*queue, read)));
    }
    outbox_.result(pending.op, Status::ok, wire::encode(to_body(queue->stats(), facts_)));
}

}  // namespace penstock::session
