#include "server/bridge/diagnosis.hpp"

#include "server/bridge/columns.hpp"
#include "server/bridge/wait_words.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace penstock::bridge {

namespace {

using std::chrono::minutes;

constexpr Duration full_after = seconds(2);
constexpr Duration paused_after = seconds(2);
constexpr Duration old_after = minutes(5);
constexpr Duration closed_shown = minutes(5);
constexpr Duration failures_within = minutes(1);
constexpr std::uint64_t failures_many = 10;
constexpr std::uint64_t memory_short_percent = 90;

/// Those that come first are those that somebody waits for.
int urgency(const Attention& line)
{
    constexpr std::string_view order[] = {
        "deadlock", "memory", "full", "no_consumer", "paused", "old", "slow_reader"};
    if (!line.is_warning) return 100;
    const auto* const found = std::find(std::begin(order), std::end(order), line.code);
    return static_cast<int>(found - std::begin(order));
}

Attention about(const QueueRow& row, std::string code, Duration since, std::string text)
{
    return {std::move(code), true, row.stat.object, row.stat.name, since, std::move(text)};
}

std::string field(const Event& event, std::string_view name)
{
    for (const auto& [key, value] : event.fields) {
        if (key == name) return value;
    }
    return {};
}

/// What is known of the peer that an event is about.
std::string peer_of(const Event& event)
{
    for (const std::string_view name : {"client", "peer", "address"}) {
        if (std::string value = field(event, name); !value.empty()) return value;
    }
    return "a client";
}

bool is_short(std::uint64_t used, std::uint64_t most)
{
    return most != 0 && used / memory_short_percent >= most / 100;
}

}  // namespace

void Diagnosis::observe(const BrokerStat& broker)
{
    uptime_ = broker.uptime;
    std::uint64_t total = 0;
    for (const EventCount& event : broker.event_counts) {
        if (event.code == "auth_failed") total = event.count;
    }
    if (failures_.empty() || failures_.back().total != total) {
        failures_.push_back({broker.uptime, total});
    }
    // Readings are a second apart, or less: the oldest that counts is the last one before.
    while (failures_.size() > 1 && failures_[1].at + failures_within < broker.uptime) {
        failures_.pop_front();
    }
    const bool now_short = is_short(broker.memory_used, broker.memory_max);
    if (now_short && !is_short_) short_since_ = broker.uptime;
    is_short_ = now_short;
}

std::vector<Attention> Diagnosis::judge(const Mirror& mirror)
{
    ++judgement_;
    Lines lines;
    judge_waits(mirror, lines);
    for (const auto& [id, entry] : mirror.queues().rows()) judge_queue(mirror, entry.row, lines);
    judge_broker(mirror, lines);
    for (Streaks* streaks : {&full_, &alone_}) {
        std::erase_if(*streaks, [&](const auto& each) { return each.second.seen != judgement_; });
    }
    std::sort(lines.begin(), lines.end(), [](const Attention& a, const Attention& b) {
        if (urgency(a) != urgency(b)) return urgency(a) < urgency(b);
        if (a.since != b.since) return a.since < b.since;
        return a.text < b.text;
    });
    if (lines.size() > attention_max) lines.resize(attention_max);
    return lines;
}

Diagnosis::Streak& Diagnosis::streak(Streaks& streaks, const Mirror& mirror, const QueueRow& row)
{
    const Streak fresh{mirror.broker().uptime, row.stat.put_total, row.stat.get_total, 0};
    Streak& found = streaks.try_emplace(row.stat.object, fresh).first->second;
    found.seen = judgement_;
    return found;
}

void Diagnosis::judge_waits(const Mirror& mirror, Lines& lines)
{
    const WaitGraph graph(mirror);
    std::set<WaitPlace> told;
    for (const WaitKind kind : {WaitKind::put, WaitKind::join}) {
        for (const WaitPlace& place : graph.places()) {
            if (place.kind != kind || !graph.stuck(place) || told.contains(place)) continue;
            const WaitWords words = words_of(mirror, graph, place);
            told.insert(words.told.begin(), words.told.end());
            lines.push_back(about(*place.queue, "deadlock", WaitGraph::since(place), words.text));
        }
    }
    judge_full(mirror, graph, told, lines);
    // Clients and servers that wait for each other's messages are idle, most often.
    for (const WaitPlace& place : graph.places()) {
        if (place.kind != WaitKind::get || !graph.stuck(place) || told.contains(place)) continue;
        const WaitWords words = words_of(mirror, graph, place);
        told.insert(words.told.begin(), words.told.end());
        if (!words.circle) continue;
        lines.push_back(about(*place.queue, "circle", WaitGraph::since(place), words.text));
        lines.back().is_warning = false;
    }
}

/// Producers may take turns in waiting, so it is the queue that has to be full for long.
void Diagnosis::judge_full(const Mirror& mirror,
                           const WaitGraph& graph,
                           std::set<WaitPlace>& told,
                           Lines& lines)
{
    for (const auto& [id, entry] : mirror.queues().rows()) {
        const QueueRow& row = entry.row;
        if (row.stat.putters == 0 || row.stat.ended || row.stat.shut_down) continue;
        const WaitPlace place{&row, WaitKind::put};
        const Duration since = std::min(streak(full_, mirror, row).began, WaitGraph::since(place));
        if (since + full_after > mirror.broker().uptime || told.contains(place)) continue;
        lines.push_back(about(row, "full", since, words_of(mirror, graph, place).text));
    }
}

void Diagnosis::judge_queue(const Mirror& mirror, const QueueRow& row, Lines& lines)
{
    const Duration now = mirror.broker().uptime;
    const QueueStat& stat = row.stat;
    if (stat.paused && stat.getters != 0) {
        const Duration since = WaitGraph::since({&row, WaitKind::get});
        if (since <= now - paused_after) {
            lines.push_back(about(row,
                                  "paused",
                                  since,
                                  stat.name + " is paused, and " + std::to_string(stat.getters) +
                                      (stat.getters == 1 ? " consumer waits" : " consumers wait") +
                                      "; resume it to hand out what is there"));
        }
    }
    if (stat.consumers == 0 && stat.ready != 0) {
        Streak& alone = streak(alone_, mirror, row);
        // Somebody came, got and went between two readings.
        if (alone.get_total != stat.get_total) {
            alone = {now, stat.put_total, stat.get_total, judgement_};
        }
        if (stat.put_total > alone.put_total) {
            lines.push_back(about(
                row, "no_consumer", alone.began, stat.name + " grows, and nobody gets from it"));
            return;
        }
    }
    if (stat.oldest && !stat.paused && *stat.oldest + old_after < now) {
        lines.push_back(about(row,
                              "old",
                              *stat.oldest + old_after,
                              stat.name + ": its oldest item has waited for more than 5 minutes"));
    }
}

void Diagnosis::judge_broker(const Mirror& mirror, Lines& lines)
{
    const BrokerStat& broker = mirror.broker();
    if (is_short_) {
        lines.push_back({"memory",
                         true,
                         0,
                         "",
                         short_since_,
                         "items take over 90 % of the memory that they may (--memory-max): over it "
                         "puts wait"});
    }
    for (const Mirror::KeptEvent& kept : mirror.events()) {
        const Event& event = kept.event;
        const bool unread = event.code == "peer_does_not_read";
        if (!unread && event.code != "peer_holds_too_much") continue;
        if (event.at + closed_shown < broker.uptime) continue;
        lines.push_back({"slow_reader",
                         true,
                         0,
                         "",
                         event.at,
                         peer_of(event) + " was closed: " +
                             (unread ? "it did not read what it was sent"
                                     : "it let too much pile up that the broker keeps for it")});
    }
    judge_failures(lines);
    const std::size_t left_out = mirror.queues().left_out() + mirror.connections().left_out();
    if (left_out != 0) {
        lines.push_back({"left_out",
                         false,
                         0,
                         "",
                         Duration(),
                         "there are more queues or connections than the monitor keeps; the totals "
                         "count them all"});
    }
}

void Diagnosis::judge_failures(Lines& lines) const
{
    if (failures_.empty()) return;
    const std::uint64_t recent = failures_.back().total - failures_.front().total;
    if (recent < failures_many || failures_.back().at + failures_within < uptime_) return;
    lines.push_back({"auth_failures",
                     true,
                     0,
                     "",
                     failures_[1].at,
                     "many clients were refused within a minute: a wrong key, or somebody guesses; "
                     "the log says from where"});
}

}  // namespace penstock::bridge
