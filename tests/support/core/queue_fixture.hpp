// QueueTest: one queue in a broker, and its completions as short texts:
//     "1.3-5 full"       operations 3 to 5 of session 1 are done: full
//     "2.1 got 7:x"      operation 1 of session 2 got item 7, whose payload is x
//     "2.1 got 7:x+2"    ... which was handed over twice before      "... 7:x!"  of a closed queue
#pragma once

#include "server/core/broker.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::core {

using namespace std::chrono_literals;
using Said = std::vector<std::string>;

inline const TimePoint start{1000s};

inline base::Rope rope(std::string_view text)
{
    return base::Rope(base::Slice::copy_of(base::as_bytes(text)));
}

inline std::string text(const base::Rope& payload)
{
    const base::Bytes bytes = payload.to_bytes();
    return std::string(base::as_text(bytes));
}

inline const char* name(Outcome outcome)
{
    switch (outcome) {
        case Outcome::ok:
            return "ok";
        case Outcome::empty:
            return "empty";
        case Outcome::full:
            return "full";
        case Outcome::closed:
            return "closed";
        case Outcome::shut_down:
            return "shut_down";
        case Outcome::timed_out:
            return "timed_out";
        case Outcome::cancelled:
            return "cancelled";
        case Outcome::no_unfinished_task:
            return "no_unfinished_task";
        case Outcome::not_found:
            return "not_found";
        case Outcome::exists:
            return "exists";
        case Outcome::options_differ:
            return "options_differ";
        case Outcome::no_memory:
            return "no_memory";
        case Outcome::eof:
            return "eof";
        case Outcome::skipped:
            return "skipped";
        case Outcome::too_many:
            return "too_many";
        case Outcome::end_taken:
            return "end_taken";
    }
    return "?";
}

inline std::string say(const Completion& completion)
{
    const Ticket& who = completion.who;
    std::string result = std::to_string(who.session) + "." + std::to_string(who.first);
    if (who.n > 1) result += "-" + std::to_string(who.first + who.n - 1);
    if (!completion.item) return result + " " + name(completion.outcome);
    const AssignedItem& item = *completion.item;
    result += " got " + std::to_string(item.seq) + ":" + text(item.payload);
    if (item.attempts > 1) result += "+" + std::to_string(item.attempts - 1);
    if (item.queue_is_closed) result += "!";
    for (const AssignedItem& further : completion.further) {
        result += " " + std::to_string(further.seq) + ":" + text(further.payload);
    }
    return result;
}

/// What was answered since the last call.
inline Said taken(Completions& out)
{
    Said result;
    for (const Completion& completion : std::exchange(out, {})) result.push_back(say(completion));
    return result;
}

class QueueTest : public testing::Test {
protected:
    explicit QueueTest(std::int64_t maxsize = 0, Order order = Order::fifo)
        : queue(*broker.find(broker.open({.name = "q", .order = order, .maxsize = maxsize}).object))
    {}

    void TearDown() override { broker.check_invariants(); }

    Said drain()
    {
        queue.check_invariants();
        return taken(out);
    }

    void put(SessionId session,
             OpId op,
             std::initializer_list<std::string_view> items,
             TimePoint deadline = base::no_deadline,
             Priority priority = 0)
    {
        std::vector<base::Rope> payloads;
        for (const std::string_view item : items) payloads.push_back(rope(item));
        const auto n = static_cast<std::uint32_t>(items.size());
        queue.put({session, op, n}, payloads, {.priority = priority}, deadline, out);
    }

    void get(SessionId session,
             OpId op,
             std::uint32_t n = 1,
             TimePoint deadline = base::no_deadline,
             std::uint32_t max = 1)
    {
        queue.get({session, op, n}, credit(session), deadline, out, max);
    }

    void get_many(SessionId session,
                  OpId op,
                  std::uint32_t max,
                  TimePoint deadline = base::no_deadline)
    {
        get(session, op, 1, deadline, max);
    }

    /// Every session starts with plenty.
    GetCredit& credit(SessionId session)
    {
        return credits.try_emplace(session, GetCredit{1'000'000}).first->second;
    }

    [[nodiscard]] std::string ready() const
    {
        std::string result;
        for (const PeekedItem& item : queue.peek(0, 1000)) result += text(item.payload);
        return result;
    }

    Broker broker;
    Queue& queue;
    std::map<SessionId, GetCredit> credits;
    Completions out;
};

/// For at most two ready items.
class QueueOfTwoTest : public QueueTest {
protected:
    QueueOfTwoTest() : QueueTest(2) {}
};

}  // namespace penstock::core
