#include "server/bridge/wait_words.hpp"

#include "server/bridge/columns.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace penstock::bridge {

namespace {

constexpr int hops_max = 6;
constexpr std::size_t names_max = 3;

std::string counted(std::uint64_t count, const std::string& what)
{
    return std::to_string(count) + " " + what + (count == 1 ? " waits" : "s wait");
}

std::string beginning(const WaitPlace& place)
{
    const QueueStat& stat = place.queue->stat;
    const std::uint64_t count = WaitGraph::operations(place);
    switch (place.kind) {
        case WaitKind::put:
            return stat.name + (state_of(stat) == "full" ? " is full: " : ": ") +
                   counted(count, "producer");
        case WaitKind::get:
            return stat.name + " is empty: " + counted(count, "consumer");
        case WaitKind::join:
            return stat.name + " is not done: " + counted(count, "join");
    }
    return stat.name;
}

/// "put on results, which is full"
std::string where(const WaitPlace& place)
{
    const QueueStat& stat = place.queue->stat;
    std::string text = std::string(word_of(place.kind)) + " on " + stat.name;
    const std::string_view state = state_of(stat);
    if (place.kind == WaitKind::put && state == "full") text += ", which is full";
    if (place.kind == WaitKind::get && state == "empty") text += ", which is empty";
    if (state == "paused") text += ", which is paused";
    return text;
}

std::string nobody(const WaitPlace& place)
{
    if (place.queue->stat.paused) return "nothing is handed out while it is paused";
    return place.kind == WaitKind::get ? "nobody puts into it" : "nobody gets from it";
}

std::string role(const WaitPlace& place)
{
    return place.kind == WaitKind::get ? "producer" : "consumer";
}

/// "worker-1, worker-2 and 3 more"
std::string names(const Mirror& mirror, const std::vector<std::uint64_t>& sessions)
{
    std::string text;
    const std::size_t shown = std::min(sessions.size(), names_max);
    for (std::size_t i = 0; i < shown; ++i) {
        const bool is_last = i + 1 == sessions.size();
        if (i != 0) text += is_last ? " and " : ", ";
        text += mirror.name_of_session(sessions[i]);
    }
    if (sessions.size() > shown)
        text += " and " + std::to_string(sessions.size() - shown) + " more";
    return text;
}

/// The one to go on with: of those who wait, one whom nobody can help, if there is such a one.
std::optional<WaitPlace> next_place(const WaitGraph& graph,
                                    const std::vector<std::uint64_t>& sessions)
{
    std::optional<WaitPlace> any;
    for (const std::uint64_t session : sessions) {
        for (const WaitPlace& place : graph.waits_of(session)) {
            if (graph.stuck(place)) return place;
            if (!any) any = place;
        }
    }
    return any;
}

bool all_wait_at(const WaitGraph& graph,
                 const std::vector<std::uint64_t>& sessions,
                 const WaitPlace& place)
{
    return std::all_of(sessions.begin(), sessions.end(), [&](std::uint64_t session) {
        const std::vector<WaitPlace> waits = graph.waits_of(session);
        return std::find(waits.begin(), waits.end(), place) != waits.end();
    });
}

/// "its only consumer worker-2 waits in put on results, which is full"
std::string hop(const Mirror& mirror,
                const WaitGraph& graph,
                const WaitPlace& place,
                const std::vector<std::uint64_t>& who,
                const WaitPlace& next)
{
    if (who.size() == 1) {
        return "its only " + role(place) + " " + names(mirror, who) + " waits in " + where(next);
    }
    const std::string all =
        "its " + std::to_string(who.size()) + " " + role(place) + "s, " + names(mirror, who) + ", ";
    if (all_wait_at(graph, who, next)) return all + "wait in " + where(next);
    std::vector<std::uint64_t> at_next;
    for (const std::uint64_t session : who) {
        if (all_wait_at(graph, {session}, next)) at_next.push_back(session);
    }
    return all + "wait too: " + names(mirror, at_next) + " in " + where(next);
}

std::string at_work(const Mirror& mirror,
                    const WaitPlace& place,
                    const std::vector<std::uint64_t>& who)
{
    if (who.size() == 1)
        return "its only " + role(place) + " " + names(mirror, who) + " is at work";
    return "of its " + std::to_string(who.size()) + " " + role(place) + "s some are at work";
}

bool all_wait(const WaitGraph& graph, const std::vector<std::uint64_t>& who)
{
    return std::none_of(who.begin(), who.end(), [&](std::uint64_t session) {
        return graph.waits_of(session).empty();
    });
}

}  // namespace

WaitWords words_of(const Mirror& mirror, const WaitGraph& graph, const WaitPlace& place)
{
    WaitWords words{beginning(place), {place}, false};
    WaitPlace at = place;
    for (int i = 0; i < hops_max; ++i) {
        const auto who = graph.helpers(at);
        if (!who) return words;
        const auto next = next_place(graph, *who);
        words.text += "; ";
        if (who->empty()) {
            words.text += nobody(at);
            return words;
        }
        if (!next || !all_wait(graph, *who)) {
            words.text += at_work(mirror, at, *who);
            return words;
        }
        words.text += hop(mirror, graph, at, *who, *next);
        if (!words.told.insert(*next).second) {
            words.circle = true;
            words.text += ", and so they wait for each other";
            return words;
        }
        at = *next;
    }
    return words;
}

}  // namespace penstock::bridge
