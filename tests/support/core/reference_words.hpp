// The words of ReferenceQueue: items, answers, what waits.
#pragma once

#include "server/core/types.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace penstock::core {

struct ReferenceItem {
    Seq seq = 0;
    unsigned attempts = 0;
    unsigned content_type = 0;
    bool closed = false;
    std::int64_t priority = 0;
    std::string payload;
    bool operator==(const ReferenceItem&) const = default;
};

struct ReferenceAnswer {
    ObjectId object = 0;
    SessionId session = 0;
    OpId op = 0;
    Outcome outcome = Outcome::ok;
    std::vector<ReferenceItem> items{};
    bool operator==(const ReferenceAnswer&) const = default;
};

struct ReferenceQueue;

/// One get that waits at several queues.
struct ReferenceAny {
    std::vector<ReferenceQueue*> queues;
    ObjectId object = 0;
    bool saw_nothing_ready = false;
};

struct ReferenceWait {
    enum class Kind { put, get, join };
    Kind kind = Kind::put;
    SessionId session = 0;
    OpId op = 0;
    TimePoint deadline;
    std::uint64_t arrival = 0;
    ReferenceItem item;                   // put
    bool saw_nothing_ready = false;       // get
    bool late = false;                    // get: its deadline has passed
    std::uint32_t max = 1;                // get
    bool goes_on = false;                 // put: in the batch of the operation before
    std::shared_ptr<ReferenceAny> any{};  // get
};

/// What the queues of a broker have in common.
struct ReferenceWorld {
    std::map<SessionId, std::int64_t> credit;
    std::vector<ReferenceAnswer> answers;
    std::uint64_t arrivals = 0;
};

}  // namespace penstock::core
