// The pipes of a broker: how two parties meet at a name.
#include "common/base/assert.hpp"
#include "server/core/answers.hpp"
#include "server/core/broker.hpp"

#include <utility>

namespace penstock::core {

ObjectId Broker::open_pipe(const PipeParty& party,
                           const PipeSpec& spec,
                           TimePoint deadline,
                           Completions& out)
{
    Answers answers(out);
    const auto refuse = [&](Outcome why) {
        answers.add(0, party.op, why);
        return ObjectId{0};
    };
    if (find(spec.name) != nullptr) return refuse(Outcome::options_differ);
    const auto there = pipes_.find(spec.name);
    if (there != pipes_.end()) {
        Pipe& pipe = *there->second;
        if (pipe.paired() || pipe.first().end == party.end) return refuse(Outcome::end_taken);
        meet(pipe, party, answers);
        return pipe.id();
    }
    if (!spec.may_create) return refuse(Outcome::too_many);
    if (deadline == base::immediate) return refuse(Outcome::timed_out);
    const ObjectId id = last_object_ + 1;
    last_object_ += 3;  // and its two lines
    std::string name(spec.name);
    auto pipe = std::make_unique<Pipe>(id, name, party, commons_);
    pipe->deadline = commons_.deadlines.add(
        deadline, commons_.deadlines.next_arrival(), {nullptr, {}, {}, pipe.get()});
    pipes_by_id_.emplace(id, pipe.get());
    pipes_.emplace(std::move(name), std::move(pipe));
    return id;
}

void Broker::meet(Pipe& pipe, const PipeParty& second, Answers& answers)
{
    commons_.deadlines.remove(pipe.deadline);
    pipe.deadline = commons_.deadlines.none();
    pipe.pair(second);
    if (!pipe.first().takes_descriptor || !second.takes_descriptor) relay(pipe);
    answers.add(pipe.id(), pipe.first().op, Outcome::ok);
    answers.add(pipe.id(), second.op, Outcome::ok);
}

void Broker::relay(Pipe& pipe)
{
    pipe.relay(pipe_bytes_max_);
    for (const End end : {End::left, End::right}) {
        Queue* line = pipe.sends_to(end);
        queues_by_id_.emplace(line->id(), line);
    }
}

Pipe* Broker::find_pipe(ObjectId object)
{
    const auto it = pipes_by_id_.find(object);
    return it == pipes_by_id_.end() ? nullptr : it->second;
}

void Broker::cancel_open(ObjectId object, Outcome why, Completions& out)
{
    Pipe* pipe = find_pipe(object);
    if (pipe == nullptr || pipe->paired()) return;  // it is answered
    Answers(out).add(object, pipe->first().op, why);
    drop(*pipe, out);
}

void Broker::close_end(ObjectId object, End end, Completions& out)
{
    Pipe* pipe = find_pipe(object);
    PENSTOCK_ASSERT(pipe != nullptr);
    if (pipe->close(end, out)) drop(*pipe, out);
}

/// Nobody has it open.
void Broker::drop(Pipe& pipe, Completions& out)
{
    commons_.deadlines.remove(pipe.deadline);
    if (pipe.paired() && !pipe.passes_descriptors()) {
        for (const End end : {End::left, End::right}) {
            Queue* line = pipe.sends_to(end);
            const QueueStats last = line->stats();
            removed_put_total_ += last.put_total;
            removed_get_total_ += last.get_total;
            (void)line->remove(out);
            queues_by_id_.erase(line->id());
        }
    }
    gone_owners_.push_back(pipe.owner());
    pipes_by_id_.erase(pipe.id());
    pipes_.erase(pipes_.find(pipe.name()));
}

}  // namespace penstock::core
