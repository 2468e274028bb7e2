#include "server/core/pipe.hpp"

#include "common/base/assert.hpp"

#include <utility>

namespace penstock::core {

Pipe::Pipe(ObjectId id, std::string name, const PipeParty& first)
    : id_(id), name_(std::move(name)), parties_{first, {}}
{}

void Pipe::pair(const PipeParty& second)
{
    PENSTOCK_ASSERT(!paired_ && second.end != parties_[0].end);
    parties_[1] = second;
    paired_ = true;
    ++open_;
}

void Pipe::relay(std::uint64_t bytes_max, Deadlines& deadlines, Memory& memory)
{
    PENSTOCK_ASSERT(paired_ && passes_descriptors());
    QueueSpec spec;
    spec.bytes_max = bytes_max;
    spec.ends_with_producers = true;  // end-of-file
    spec.ends_with_consumers = true;  // nobody will read it
    spec.owner = owner();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        lines_[i].queue = std::make_unique<Queue>(id_ + 1 + i, name_, spec, deadlines, memory);
        lines_[i].queue->party_joins(Party::producer);
        lines_[i].queue->party_joins(Party::consumer);
    }
}

void Pipe::leave(End end, Party party, Completions& out)
{
    Line& line = line_from(party == Party::producer ? end : other(end));
    bool& is_there = party == Party::producer ? line.has_producer : line.has_consumer;
    if (!std::exchange(is_there, false)) return;
    line.queue->party_leaves(party, out);
    if (party == Party::consumer) line.queue->drop_all(out);
}

bool Pipe::close(End end, Completions& out)
{
    PENSTOCK_ASSERT(paired_ && open_ > 0);
    if (!passes_descriptors()) {
        leave(end, Party::producer, out);
        leave(end, Party::consumer, out);
    }
    return --open_ == 0;
}

const PipeParty& Pipe::party(End end) const
{
    return parties_[0].end == end ? parties_[0] : parties_[1];
}

}  // namespace penstock::core
