#include "server/core/any_get.hpp"

#include "server/core/queue.hpp"

#include <algorithm>
#include <utility>

namespace penstock::core {

bool AnyGet::nothing_is_ready() const
{
    return std::none_of(
        queues.begin(), queues.end(), [](const Queue* queue) { return queue->has_ready(); });
}

void AnyGet::leave_others(Queue& here)
{
    here.count_answered(*this);
    for (Queue* queue : std::exchange(queues, {})) {
        if (queue != &here) queue->leave(who);
    }
}

void AnyGet::set_overdue()
{
    for (Queue* queue : queues) queue->set_overdue(who);
}

}  // namespace penstock::core
