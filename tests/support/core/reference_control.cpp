// What an operator does to a ReferenceQueue.
#include "tests/support/core/reference_queue.hpp"

namespace penstock::core {

void ReferenceQueue::pause()
{
    paused = true;
    settle();
}

void ReferenceQueue::resume()
{
    paused = false;
    settle();
}

/// One by one: each is put anew there, and done here.
std::uint64_t ReferenceQueue::move_to(ReferenceQueue& to, std::uint64_t most)
{
    std::uint64_t moved = 0;
    for (; moved < most && !ready.empty() && to.room(); ++moved) {
        ReferenceItem item = ready.front();
        ready.pop_front();
        item.attempts = 0;
        if (to.spec.order != Order::priority) item.priority = 0;
        item.seq = ++to.last_seq;
        to.insert(item);
        ++to.unfinished;
        to.settle();
    }
    for (std::uint64_t i = 0; i < moved; ++i) count_off();
    settle();
    return moved;
}

}  // namespace penstock::core
