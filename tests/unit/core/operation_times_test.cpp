// How long operations took: each is counted once, when it is answered.
#include "server/core/operation_times.hpp"

#include "tests/support/core/queue_fixture.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <string>

namespace penstock::core {
namespace {

/// Bucket and number of those that are not 0.
using Filled = std::map<std::size_t, std::uint64_t>;

Filled filled(const OperationTimes& times)
{
    Filled filled;
    for (std::size_t i = 0; i < times.counts().size(); ++i) {
        if (times.counts()[i] > 0) filled[i] = times.counts()[i];
    }
    return filled;
}

TEST(OperationTimes, ABucketHasWhatIsUpToItsBound)
{
    OperationTimes times;
    times.add(10us, 1);
    times.add(11us, 2);
    times.add(10s, 3);
    times.add(10s + 1ns, 4);
    times.add_immediate(5);
    EXPECT_EQ(filled(times), (Filled{{0, 6}, {1, 2}, {12, 3}, {13, 4}}));
    EXPECT_EQ(times.sum(), 10us + 22us + 70s + 4ns);
}

class OperationTimesOfAQueue : public QueueTest {
protected:
    OperationTimesOfAQueue() : QueueTest(2) { broker.set_now(start); }

    void pass(base::Duration time) { broker.set_now(now_ += time); }

    TimePoint now_ = start;
};

constexpr std::size_t up_to_1s = 10;
constexpr std::size_t up_to_100ms = 8;

TEST_F(OperationTimesOfAQueue, CountTheImmediateInTheFirstBucket)
{
    put(1, 1, {"a", "b"});
    put(1, 3, {"c", "d"}, base::immediate);  // full
    get(2, 1, 2);
    get(2, 3, 2, base::immediate);  // empty
    queue.join({3, 1, 1}, base::immediate, out);
    EXPECT_EQ(filled(broker.put_times()), (Filled{{0, 4}}));
    EXPECT_EQ(filled(broker.get_times()), (Filled{{0, 4}}));
    EXPECT_EQ(filled(broker.join_times()), (Filled{{0, 1}}));
}

TEST_F(OperationTimesOfAQueue, CountTheOthersByHowLongTheyWaited)
{
    put(1, 1, {"a", "b", "c", "d"});
    pass(1s);
    get(2, 1);
    EXPECT_EQ(filled(broker.put_times()), (Filled{{0, 2}, {up_to_1s, 1}}));
    get(2, 2, 5);  // d goes in, and two of them wait
    pass(100ms);
    queue.cancel({2, 5, 2}, Outcome::cancelled, out);
    EXPECT_EQ(filled(broker.put_times()), (Filled{{0, 2}, {up_to_1s, 2}}));
    EXPECT_EQ(filled(broker.get_times()), (Filled{{0, 4}, {up_to_100ms, 2}}));
}

TEST_F(OperationTimesOfAQueue, CountThoseThatEndTooLate)
{
    get(1, 1, 1, start + 100ms);
    queue.join({1, 2, 1}, start + 100ms, out);  // nothing is unfinished
    put(2, 1, {"a"});
    get(1, 3, 1, start + 1s);
    queue.join({1, 4, 1}, start + 100ms, out);
    pass(100ms);
    broker.expire(now_, out);
    EXPECT_EQ(filled(broker.join_times()), (Filled{{0, 1}, {up_to_100ms, 1}}));
    pass(900ms);
    broker.expire(now_, out);
    EXPECT_EQ(filled(broker.get_times()), (Filled{{0, 1}, {up_to_1s, 1}}));
}

TEST_F(OperationTimesOfAQueue, CountAGetAtSeveralQueuesOnce)
{
    const ObjectId other = broker.open({.name = "other"}).object;
    const std::vector<ObjectId> both = {queue.id(), other};
    for (OpId op = 1; op <= 4; ++op) {
        const TimePoint deadline = op == 2 ? start + 1s : base::no_deadline;
        broker.get_any({op, 1, 1}, both, credit(op), deadline, out);
    }
    broker.get_any({5, 1, 1}, both, credit(5), base::immediate, out);  // empty
    EXPECT_EQ(filled(broker.get_times()), (Filled{{0, 1}}));
    pass(1s);
    put(9, 1, {"a"});                                  // for the first
    broker.expire(now_, out);                          // the second
    queue.cancel({3, 1, 1}, Outcome::cancelled, out);  // the third
    EXPECT_EQ(filled(broker.get_times()), (Filled{{0, 1}, {up_to_1s, 3}}));
    queue.shutdown(false, out);
    EXPECT_EQ(filled(broker.get_times()), (Filled{{0, 1}, {up_to_1s, 3}}));
    broker.find(other)->shutdown(false, out);  // the last
    EXPECT_EQ(filled(broker.get_times()), (Filled{{0, 1}, {up_to_1s, 4}}));
}

}  // namespace
}  // namespace penstock::core
