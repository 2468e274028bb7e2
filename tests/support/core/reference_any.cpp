// ReferenceQueue's gets that wait at several queues.
#include "tests/support/core/reference_queue.hpp"

namespace penstock::core {

void ReferenceQueue::get_any(const std::vector<ReferenceQueue*>& queues,
                             SessionId session,
                             OpId op,
                             std::uint32_t max,
                             TimePoint deadline)
{
    for (ReferenceQueue* queue : queues) {
        if (!queue->hands_out() || queue->world.credit[session] <= 0) continue;
        return queue->get(session, op, max, base::immediate);
    }
    const auto any = std::make_shared<ReferenceAny>();
    any->object = queues.front()->object;
    for (ReferenceQueue* queue : queues) {
        if (!queue->end()) any->queues.push_back(queue);
    }
    if (any->queues.empty()) {
        const ReferenceQueue& last = *queues.back();
        return queues.front()->answer(session, op, *last.end());
    }
    any->saw_nothing_ready = nothing_ready(*any);
    if (any->saw_nothing_ready && deadline == base::immediate) {
        return queues.front()->answer(session, op, Outcome::empty);
    }
    for (ReferenceQueue* queue : any->queues) {
        ReferenceWait& wait = queue->add(Kind::get, session, op, deadline);
        wait.max = max;
        wait.late = deadline == base::immediate;
        wait.any = any;
    }
}

bool ReferenceQueue::nothing_ready(const ReferenceAny& any)
{
    return std::all_of(any.queues.begin(), any.queues.end(), [](const ReferenceQueue* queue) {
        return !queue->hands_out();
    });
}

/// What the want of credit kept waiting beyond its deadline may be over.
void ReferenceQueue::credit_returned()
{
    settle();
    for (const ReferenceWait& wait : std::list<ReferenceWait>(waits)) {
        if (!wait.any || !wait.late || world.credit[wait.session] <= 0) continue;
        if (nothing_ready(*wait.any)) end_one(wait.session, wait.op, Outcome::empty);
    }
}

void ReferenceQueue::end_any(const ReferenceAny& any, SessionId session, OpId op, Outcome why)
{
    world.answers.push_back({any.object, session, op, why});
    for (ReferenceQueue* queue : any.queues) queue->forget(session, op);
}

void ReferenceQueue::expire_any(const ReferenceWait& expired)
{
    if (expired.any->saw_nothing_ready || nothing_ready(*expired.any)) {
        return end_any(*expired.any, expired.session, expired.op, Outcome::empty);
    }
    for (ReferenceQueue* queue : expired.any->queues) {
        for (ReferenceWait& wait : queue->waits) {
            if (wait.any == expired.any) wait.late = true;
        }
    }
}

/// This queue has ended; the others of that get may not.
std::list<ReferenceWait>::iterator ReferenceQueue::leave(std::list<ReferenceWait>::iterator at)
{
    const ReferenceWait wait = *at;
    const auto next = waits.erase(at);
    std::erase(wait.any->queues, this);
    if (wait.any->queues.empty()) {
        end_any(*wait.any, wait.session, wait.op, *end());
    } else if (wait.late && nothing_ready(*wait.any)) {
        end_any(*wait.any, wait.session, wait.op, Outcome::empty);
    }
    return next;
}

}  // namespace penstock::core
