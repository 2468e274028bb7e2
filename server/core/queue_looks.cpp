// What others may see of a queue.
#include "server/core/queue.hpp"

#include <algorithm>
#include <map>

namespace penstock::core {

/// The first number of an item that is there, or comes next.
Seq Queue::first_kept() const
{
    Seq first = last_seq_;
    if (!assigned_.empty()) first = std::min(first, assigned_.begin()->first.seq);
    if (spec_.order == Order::priority) return std::min(first, ages_.first_ready().value_or(first));
    return ready_.empty() ? first : std::min(first, ready_.first_seq());
}

std::optional<TimePoint> Queue::oldest() const
{
    if (ready_.empty()) return std::nullopt;
    return ages_.put_at(spec_.order == Order::priority ? *ages_.first_ready() : ready_.first_seq());
}

QueueStats Queue::stats() const
{
    return {
        .name = name_,
        .object = id_,
        .order = spec_.order,
        .created = created_,
        .oldest = oldest(),
        .maxsize = spec_.maxsize,
        .ready = ready_.size(),
        .ready_bytes = ready_.bytes(),
        .assigned = assigned_.size(),
        .unfinished = unfinished_,
        .putters = putters_.ops(),
        .getters = getters_.ops(),
        .joiners = joiners_.ops(),
        .handles = handles_,
        .producers = producers_,
        .consumers = consumers_,
        .put_total = last_seq_,
        .get_total = get_total_,
        .paused = paused_,
        .shut_down = shut_down_,
        .ended = ended_,
        .until_task_done = spec_.until_task_done,
        .ends_with_producers = spec_.ends_with_producers,
        .ends_with_consumers = spec_.ends_with_consumers,
    };
}

QueueWaits Queue::waits(std::size_t limit) const
{
    return {putters_.longest(limit), getters_.longest(limit), joiners_.longest(limit)};
}

std::vector<SessionParty> Queue::parties(std::size_t limit) const
{
    std::map<SessionId, SessionParty> found;
    std::size_t left = limit;
    for (auto it = producers_of_.begin(); it != producers_of_.end() && left > 0; ++it, --left) {
        found[it->first].producers = it->second;
    }
    left = limit;
    for (auto it = consumers_of_.begin(); it != consumers_of_.end() && left > 0; ++it, --left) {
        found[it->first].consumers = it->second;
    }
    std::vector<SessionParty> result;
    for (auto& [session, party] : found) {
        party.session = session;
        const auto counted = [session = session](const HandlesOf& of, std::uint64_t& handles) {
            if (const auto its = of.find(session); its != of.end()) handles = its->second;
        };
        counted(producers_of_, party.producers);
        counted(consumers_of_, party.consumers);
        result.push_back(party);
    }
    return result;
}

std::vector<PeekedItem> Queue::peek(std::uint64_t offset, std::size_t limit) const
{
    return ready_.peek(offset, limit);
}

const AssignedItem* Queue::assigned(Seq seq) const
{
    const auto it = assigned_.find(Place{0, seq});
    return it == assigned_.end() ? nullptr : &it->second;
}

std::uint64_t Queue::assigned_bytes(SeqRange items) const
{
    std::uint64_t bytes = 0;
    auto it = assigned_.lower_bound(Place{0, items.first});
    for (; it != assigned_.end() && it->first.seq - items.first < items.n; ++it) {
        bytes += it->second.payload.size();
    }
    return bytes;
}

}  // namespace penstock::core
