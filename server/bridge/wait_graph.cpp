#include "server/bridge/wait_graph.hpp"

#include "server/bridge/columns.hpp"

#include <algorithm>
#include <chrono>

namespace penstock::bridge {

namespace {

constexpr Duration settled_after = std::chrono::seconds(2);
constexpr int rounds_max = 64;

}  // namespace

WaitGraph::WaitGraph(const Mirror& mirror)
{
    const Duration settled = mirror.broker().uptime - settled_after;
    for (const auto& [id, entry] : mirror.queues().rows()) {
        for (const WaitKind kind : {WaitKind::put, WaitKind::get, WaitKind::join}) {
            add(entry.row, kind, settled);
        }
    }
    std::sort(places_.begin(), places_.end(), [](const WaitPlace& a, const WaitPlace& b) {
        const auto of_a = operations(a);
        const auto of_b = operations(b);
        if (of_a != of_b) return of_a > of_b;
        if (since(a) != since(b)) return since(a) < since(b);
        return a.queue->stat.name < b.queue->stat.name;
    });
    find_stuck();
}

void WaitGraph::add(const QueueRow& row, WaitKind kind, Duration settled)
{
    bool any = false;
    for (const WaitStat& wait : row.waits) {
        if (wait.kind != kind || wait.since > settled) continue;
        waits_[wait.session].push_back({&row, kind});
        any = true;
    }
    if (any) places_.push_back({&row, kind});
}

/// The greatest set in which each place has helpers that wait in the set only: take out what isn't
/// so until nothing more is to be taken out.
void WaitGraph::find_stuck()
{
    stuck_.insert(places_.begin(), places_.end());
    for (int round = 0; round < rounds_max; ++round) {
        const auto free =
            std::erase_if(stuck_, [&](const WaitPlace& place) { return !helpless(place); });
        if (free == 0) return;
    }
    stuck_.clear();  // a longer chain than anybody can read: say nothing rather than anything wrong
}

bool WaitGraph::helpless(const WaitPlace& place) const
{
    const auto who = helpers(place);
    if (!who) return false;
    return std::all_of(who->begin(), who->end(), [&](std::uint64_t session) {
        const auto found = waits_.find(session);
        if (found == waits_.end()) return false;
        return std::all_of(found->second.begin(), found->second.end(), [&](const WaitPlace& other) {
            return stuck_.contains(other);
        });
    });
}

bool WaitGraph::stuck(const WaitPlace& place) const
{
    return stuck_.contains(place);
}

std::optional<std::vector<std::uint64_t>> WaitGraph::helpers(const WaitPlace& place) const
{
    const QueueRow& row = *place.queue;
    const bool full =
        row.stat.maxsize > 0 && row.stat.ready >= static_cast<std::uint64_t>(row.stat.maxsize);
    if (row.stat.ended || row.stat.shut_down) return std::nullopt;
    if (place.kind == WaitKind::put && !full) return std::nullopt;  // it waits for memory
    if (place.kind == WaitKind::put && row.stat.paused) return std::vector<std::uint64_t>();
    if (place.kind == WaitKind::get && row.stat.ready != 0) return std::nullopt;
    const auto role = place.kind == WaitKind::get ? &PartyStat::producers : &PartyStat::consumers;
    std::uint64_t handles = place.kind == WaitKind::get ? row.stat.producers : row.stat.consumers;
    std::vector<std::uint64_t> sessions;
    for (const PartyStat& party : row.parties) {
        if (party.*role == 0) continue;
        sessions.push_back(party.session);
        handles -= std::min(handles, party.*role);
    }
    if (handles != 0) return std::nullopt;  // more than the row names
    return sessions;
}

std::vector<WaitPlace> WaitGraph::waits_of(std::uint64_t session) const
{
    const auto found = waits_.find(session);
    if (found == waits_.end()) return {};
    std::vector<WaitPlace> all = found->second;
    std::stable_partition(
        all.begin(), all.end(), [&](const WaitPlace& place) { return stuck(place); });
    return all;
}

std::uint64_t WaitGraph::operations(const WaitPlace& place)
{
    switch (place.kind) {
        case WaitKind::put:
            return place.queue->stat.putters;
        case WaitKind::get:
            return place.queue->stat.getters;
        case WaitKind::join:
            return place.queue->stat.joiners;
    }
    return 0;
}

Duration WaitGraph::since(const WaitPlace& place)
{
    Duration first = Duration::max();
    for (const WaitStat& wait : place.queue->waits) {
        if (wait.kind == place.kind) first = std::min(first, wait.since);
    }
    return first;
}

}  // namespace penstock::bridge
