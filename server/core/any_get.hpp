// AnyGet: one operation with a ticket in the list of each of several queues. Whoever serves or ends
// it takes it out of all of them in the same step, so it is served once.
// Invariant: it stands in the lists of exactly `queues`, under the same key.
#pragma once

#include "server/core/types.hpp"

#include <vector>

namespace penstock::core {

class Queue;

struct AnyGet {
    Ticket who;  // n = 1
    TimePoint since{};
    ObjectId object = 0;  // what its end is answered for: the first queue of its call
    /// In the order of the call; a queue that has ended is no longer among them.
    std::vector<Queue*> queues;
    bool nothing_was_ready = false;  // in all of them at one moment

    [[nodiscard]] bool nothing_is_ready() const;
    /// It is over, and leaves all lists but the one of `here`: whoever ends it has that in hand.
    void leave_others(Queue& here);
    /// Its deadline passed while its credit kept it from what was ready.
    void set_overdue();
};

}  // namespace penstock::core
