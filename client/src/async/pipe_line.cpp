#include "client/src/async/pipe_line.hpp"

#include <chrono>

namespace penstock::async::detail {

void PipeLine::add(const PipeCallPtr& call)
{
    call->number = ++last_number_;
    calls_.emplace(call->number, call);
    if (call->deadline != base::no_deadline) deadlines_.emplace(call->deadline, call->number);
}

void PipeLine::remove(const PipeCall& call)
{
    forget_deadline(call);
    calls_.erase(call.number);
}

std::vector<PipeCallPtr> PipeLine::take_due()
{
    std::vector<PipeCallPtr> due;
    if (deadlines_.empty()) return due;
    const base::TimePoint now = std::chrono::steady_clock::now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const auto call = calls_.find(deadlines_.begin()->second);
        due.push_back(call->second);
        calls_.erase(call);
        deadlines_.erase(deadlines_.begin());
    }
    return due;
}

std::vector<PipeCallPtr> PipeLine::take_all()
{
    std::vector<PipeCallPtr> all;
    for (const auto& [number, call] : calls_) all.push_back(call);
    calls_.clear();
    deadlines_.clear();
    return all;
}

void PipeLine::arm(std::function<void()> due)
{
    std::optional<base::TimePoint> next;
    if (!deadlines_.empty()) next = deadlines_.begin()->first;
    alarm_.set(next, std::move(due));
}

}  // namespace penstock::async::detail
