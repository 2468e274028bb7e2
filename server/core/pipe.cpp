#include "server/core/pipe.hpp"

#include "common/base/assert.hpp"

#include <utility>

namespace penstock::core {

Pipe::Pipe(ObjectId id, std::string name, const PipeParty& first, Commons& commons)
    : commons_(commons),
      row_(commons.pipe_changes),
      id_(id),
      name_(std::move(name)),
      created_(commons.now),
      parties_{first, {}}
{
    row_.add(id_);
}

void Pipe::pair(const PipeParty& second)
{
    PENSTOCK_ASSERT(!paired_ && second.end != parties_[0].end);
    row_.touch();
    parties_[1] = second;
    paired_ = true;
}

void Pipe::relay(std::uint64_t bytes_max)
{
    PENSTOCK_ASSERT(paired_ && passes_descriptors());
    row_.touch();
    QueueSpec spec;
    spec.bytes_max = bytes_max;
    spec.ends_with_producers = true;  // end-of-file
    spec.ends_with_consumers = true;  // nobody will read it
    spec.owner = owner();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        lines_[i].queue = std::make_unique<Queue>(id_ + 1 + i, name_, spec, commons_, &row_);
        const End from = i == 0 ? End::left : End::right;
        lines_[i].queue->party_joins(Party::producer, party(from).op.session);
        lines_[i].queue->party_joins(Party::consumer, party(other(from)).op.session);
    }
}

void Pipe::leave(End end, Party role, Completions& out)
{
    Line& line = line_from(role == Party::producer ? end : other(end));
    bool& is_there = role == Party::producer ? line.has_producer : line.has_consumer;
    if (!std::exchange(is_there, false)) return;
    line.queue->party_leaves(role, party(end).op.session, out);
    if (role == Party::consumer) line.queue->drop_all(out);
}

bool Pipe::close(End end, Completions& out)
{
    bool& closed = closed_[end == End::left ? 0 : 1];
    PENSTOCK_ASSERT(paired_ && !closed);
    row_.touch();
    if (!passes_descriptors()) {
        leave(end, Party::producer, out);
        leave(end, Party::consumer, out);
    }
    closed = true;
    return closed_[0] && closed_[1];
}

SessionId Pipe::session(End end) const
{
    const bool is_there = paired_ ? !closed_[end == End::left ? 0 : 1] : first().end == end;
    return is_there ? party(end).op.session : 0;
}

const PipeParty& Pipe::party(End end) const
{
    return parties_[0].end == end ? parties_[0] : parties_[1];
}

}  // namespace penstock::core
