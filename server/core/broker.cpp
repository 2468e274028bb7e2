#include "server/core/broker.hpp"

#include "common/base/assert.hpp"
#include "server/core/answers.hpp"

#include <algorithm>
#include <utility>

namespace penstock::core {

namespace {

/// A new queue as it is asked for.
QueueSpec queue_spec(const OpenSpec& spec)
{
    QueueSpec wanted;
    wanted.order = spec.order.value_or(Order::fifo);
    // As in Python, zero and all negative numbers mean the same.
    wanted.maxsize = std::max<std::int64_t>(spec.maxsize.value_or(0), 0);
    wanted.until_task_done = spec.until_task_done.value_or(false);
    wanted.ends_with_producers = spec.ends_with_producers.value_or(false);
    wanted.producers_expected = std::max(spec.producers_expected.value_or(0), 0);
    wanted.ends_with_consumers = spec.ends_with_consumers.value_or(false);
    wanted.owner = spec.owner;
    return wanted;
}

/// Only what is given is compared.
bool differs(const OpenSpec& given, const QueueSpec& wanted, const QueueSpec& there)
{
    return (given.order && wanted.order != there.order) ||
           (given.maxsize && wanted.maxsize != there.maxsize) ||
           (given.until_task_done && wanted.until_task_done != there.until_task_done) ||
           (given.ends_with_producers && wanted.ends_with_producers != there.ends_with_producers) ||
           (given.producers_expected && wanted.producers_expected != there.producers_expected) ||
           (given.ends_with_consumers && wanted.ends_with_consumers != there.ends_with_consumers);
}

}  // namespace

Broker::Broker(std::uint64_t memory_max) : commons_(memory_max) {}

OpenResult Broker::open(const OpenSpec& spec)
{
    const QueueSpec wanted = queue_spec(spec);
    OpenResult result;
    if (const Queue* queue = find(spec.name)) {
        result.maxsize = queue->maxsize();
        if (spec.mode == Mode::fresh) {
            result.outcome = Outcome::exists;
        } else if (differs(spec, wanted, queue->spec())) {
            result.outcome = Outcome::options_differ;
        } else if (spec.for_producer && queue->ended()) {
            result.outcome = Outcome::closed;
        } else {
            result.object = queue->id();
        }
        return result;
    }
    if (pipes_.contains(spec.name)) {
        result.outcome = Outcome::options_differ;
        return result;
    }
    if (spec.mode == Mode::existing) {
        result.outcome = Outcome::not_found;
        return result;
    }
    if (!spec.may_create) {
        result.outcome = Outcome::too_many;
        return result;
    }
    const ObjectId id = ++last_object_;
    std::string name(spec.name);
    auto queue = std::make_unique<Queue>(id, name, wanted, commons_);
    queues_by_id_.emplace(id, queue.get());
    queues_.emplace(std::move(name), std::move(queue));
    result.object = id;
    result.created = true;
    result.maxsize = wanted.maxsize;
    return result;
}

void Broker::get_any(Ticket op,
                     std::span<const ObjectId> objects,
                     GetCredit& credit,
                     TimePoint deadline,
                     Completions& out,
                     std::uint32_t max)
{
    PENSTOCK_ASSERT(op.n == 1 && !objects.empty());
    auto any = std::make_shared<AnyGet>();
    any->who = op;
    any->since = commons_.now;
    any->object = objects.front();
    for (const ObjectId object : objects) {
        Queue* queue = find(object);
        PENSTOCK_ASSERT(queue != nullptr);
        if (queue->get_now(op, credit, out, max)) return;
        any->queues.push_back(queue);
    }
    const std::optional<Outcome> end = any->queues.back()->end();
    std::erase_if(any->queues, [](const Queue* queue) { return queue->end().has_value(); });
    any->nothing_was_ready = any->nothing_is_ready();
    Answers answers(out);
    const bool waits =
        !any->queues.empty() && !(any->nothing_was_ready && deadline == base::immediate);
    if (!waits) commons_.get_times.add_immediate(1);
    if (any->queues.empty()) {
        answers.add(any->object, op, *end);
    } else if (!waits) {
        answers.add(any->object, op, Outcome::empty);
    } else {
        for (Queue* queue : std::vector(any->queues)) {
            queue->wait_with(any, credit, deadline, max);
        }
    }
}

Queue* Broker::find(ObjectId object)
{
    const auto it = queues_by_id_.find(object);
    return it == queues_by_id_.end() ? nullptr : it->second;
}

Queue* Broker::find(std::string_view name)
{
    const auto it = queues_.find(name);
    return it == queues_.end() ? nullptr : it->second.get();
}

MoveResult Broker::move(std::string_view from,
                        std::string_view to,
                        std::uint64_t most,
                        Completions& out)
{
    Queue* source = find(from);
    Queue* target = find(to);
    if (source == nullptr || target == nullptr) return {Outcome::not_found};
    if (target->is_shut_down()) return {Outcome::shut_down};
    if (target->ended()) return {Outcome::closed};
    return {Outcome::ok, source->move_to(*target, most, out)};
}

std::optional<std::uint64_t> Broker::remove(std::string_view name, Completions& out)
{
    const auto it = queues_.find(name);
    if (it == queues_.end()) return std::nullopt;
    const QueueStats last = it->second->stats();
    removed_put_total_ += last.put_total;
    removed_get_total_ += last.get_total;
    const std::uint64_t dropped = it->second->remove(out);
    queues_by_id_.erase(it->second->id());
    queues_.erase(it);
    return dropped;
}

std::vector<QueueStats> Broker::list(std::string_view after, std::size_t limit) const
{
    std::vector<QueueStats> result;
    for (auto it = queues_.upper_bound(after); it != queues_.end() && result.size() < limit; ++it) {
        result.push_back(it->second->stats());
    }
    return result;
}

BrokerStats Broker::stats() const
{
    BrokerStats all;
    all.queues = queues_.size();
    all.put_total = removed_put_total_;
    all.get_total = removed_get_total_;
    for (const auto& [id, queue] : queues_by_id_) {
        const QueueStats one = queue->stats();
        all.ready += one.ready;
        all.ready_bytes += one.ready_bytes;
        all.assigned += one.assigned;
        all.putters += one.putters;
        all.getters += one.getters;
        all.joiners += one.joiners;
        all.put_total += one.put_total;
        all.get_total += one.get_total;
        if (one.paused) ++all.paused;
    }
    return all;
}

void Broker::serve_memory(Completions& out)
{
    while (commons_.memory.anybody_waits()) {
        Queue* queue = find(commons_.memory.first_in_line());
        PENSTOCK_ASSERT(queue != nullptr);  // remove() took it out of the line
        if (!queue->admit_one(out)) return;
        commons_.memory.leave_line();  // one item a turn: the next queue is next
        queue->left_line();
    }
}

void Broker::expire(TimePoint now, Completions& out)
{
    Answers answers(out);
    while (const std::optional<Deadlines::Due> due = commons_.deadlines.first_due(now)) {
        if (due->pipe != nullptr) {
            cancel_open(due->pipe->id(), Outcome::timed_out, out);
        } else {
            due->queue->expire(*due, answers);
        }
    }
}

std::optional<TimePoint> Broker::next_deadline() const
{
    return commons_.deadlines.next();
}

void Broker::check_invariants() const
{
    PENSTOCK_ASSERT(pipes_.size() == pipes_by_id_.size());
    std::uint64_t used = 0;
    std::size_t lines = 0;
    for (const auto& [name, pipe] : pipes_) {
        PENSTOCK_ASSERT(pipe->name() == name && !queues_.contains(name));
        for (const End end : {End::left, End::right}) {
            const Queue* line = pipe->sends_to(end);
            if (line == nullptr) continue;
            ++lines;
            line->check_invariants();
            used += line->memory_used();
        }
    }
    PENSTOCK_ASSERT(queues_.size() + lines == queues_by_id_.size());
    for (const auto& [name, queue] : queues_) {
        PENSTOCK_ASSERT(queue->name() == name);
        queue->check_invariants();
        used += queue->memory_used();
    }
    PENSTOCK_ASSERT(commons_.queue_changes.size() == queues_.size());
    PENSTOCK_ASSERT(commons_.pipe_changes.size() == pipes_.size());
    commons_.queue_changes.check_invariants();
    commons_.pipe_changes.check_invariants();
    PENSTOCK_ASSERT(used == commons_.memory.items());
}

}  // namespace penstock::core
