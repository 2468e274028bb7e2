// Diagnosis: what needs somebody's attention, in words, each with when it began.
#pragma once

#include "server/bridge/mirror.hpp"
#include "server/bridge/wait_graph.hpp"

#include <penstock/duration.hpp>

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace penstock::bridge {

struct Attention {
    std::string code;        // "full", "deadlock", ...; docs/monitor.md lists them
    bool is_warning = true;  // else a note, which may be as it should be
    std::uint64_t object = 0;
    std::string queue;  // empty: it is about the broker
    Duration since{};   // as a moment of the broker
    /// Without figures that change all the time: a line that is the same means the same.
    std::string text;
    bool operator==(const Attention&) const = default;
};

/// Remembers of former readings what the rules need, and no more. One broker's run.
class Diagnosis {
public:
    /// Of each reading, also of those without rows.
    void observe(const BrokerStat& broker);
    /// Of each reading with rows. The most urgent first, at most `attention_max`.
    [[nodiscard]] std::vector<Attention> judge(const Mirror& mirror);

private:
    using Lines = std::vector<Attention>;

    /// A queue whose state has lasted.
    struct Streak {
        Duration began{};
        std::uint64_t put_total = 0;  // when it began
        std::uint64_t get_total = 0;
        std::uint64_t seen = 0;  // in which judgement, to forget what is over
    };
    using Streaks = std::unordered_map<std::uint64_t, Streak>;

    struct Failures {
        Duration at{};
        std::uint64_t total = 0;
    };

    Streak& streak(Streaks& streaks, const Mirror& mirror, const QueueRow& row);
    void judge_waits(const Mirror& mirror, Lines& lines);
    void judge_full(const Mirror& mirror,
                    const WaitGraph& graph,
                    std::set<WaitPlace>& told,
                    Lines& lines);
    void judge_queue(const Mirror& mirror, const QueueRow& row, Lines& lines);
    void judge_broker(const Mirror& mirror, Lines& lines);
    void judge_failures(Lines& lines) const;

    std::uint64_t judgement_ = 0;
    Streaks full_;
    Streaks alone_;
    std::deque<Failures> failures_;
    Duration uptime_{};
    Duration short_since_{};
    bool is_short_ = false;
};

}  // namespace penstock::bridge
