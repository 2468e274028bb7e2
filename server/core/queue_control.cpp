// What an operator does to a queue: holds it, lets it go on, empties it into another one.
#include "common/base/assert.hpp"
#include "server/core/answers.hpp"
#include "server/core/queue.hpp"

#include <utility>

namespace penstock::core {

void Queue::pause(Completions& out)
{
    if (std::exchange(paused_, true)) return;
    row_.touch();
    Answers answers(out);
    // For those whose time is over it is the moment at which there was nothing for them.
    nothing_is_ready(answers);
}

void Queue::resume(Completions& out)
{
    if (!std::exchange(paused_, false)) return;
    row_.touch();
    Answers answers(out);
    settle(answers);
}

std::uint64_t Queue::move_to(Queue& to, std::uint64_t most, Completions& out)
{
    PENSTOCK_ASSERT(&to != this && !to.shut_down_ && !to.ended_);
    row_.touch();
    to.row_.touch();
    Answers answers(out);
    std::uint64_t moved = 0;
    // The putters here are asked afterwards: what they have was not ready.
    for (; moved < most && !ready_.empty() && to.has_room(); ++moved) {
        AssignedItem item = ready_.take_first();
        if (spec_.order == Order::priority) ages_.remove_ready(item.seq);
        forget(item);
        // It lies in a block of ours, which lives as long as anything in it.
        to.append(std::move(item.payload), {item.content_type, item.priority});
        to.serve_getters(answers);
    }
    gone_ += moved;
    count_off(moved, answers);
    settle(answers);
    release_if_idle();
    return moved;
}

}  // namespace penstock::core
