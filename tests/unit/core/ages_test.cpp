// How old the oldest item is, though items have no time of their own.
#include "server/core/ages.hpp"

#include "tests/support/core/queue_fixture.hpp"
#include "tests/support/seed.hpp"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace penstock::core {
namespace {

TEST(Ages, NeedNoMarkForThoseThatComeTogether)
{
    Ages ages;
    TimePoint now = start;
    for (Seq seq = 1; seq <= 1'000; ++seq) {
        if (ages.wants_mark(now)) ages.mark(seq, now, 1);
        now += 1ms;
    }
    EXPECT_EQ(ages.size(), 1u);
    EXPECT_EQ(ages.put_at(1), start);
    EXPECT_EQ(ages.put_at(1'000), start);  // less than a second too early
}

/// A year, an item each second.
TEST(Ages, AreSomeHundredsOfMarksHoweverLongItemsLie)
{
    Ages ages;
    constexpr Seq year = 365 * 24 * 3'600;
    std::size_t most = 0;
    for (Seq seq = 1; seq <= year; ++seq) {
        const TimePoint now = start + std::chrono::seconds(seq);
        if (ages.wants_mark(now)) ages.mark(seq, now, 1);
        most = std::max(most, ages.size());
    }
    EXPECT_LT(most, 4'000u);
    const TimePoint now = start + std::chrono::seconds(year);
    for (Seq seq = 1; seq <= year; seq += 9'973) {
        const TimePoint put = start + std::chrono::seconds(seq);
        EXPECT_LE(ages.put_at(seq), put);
        const auto error = put - ages.put_at(seq);
        EXPECT_LE(error, std::max<base::Duration>(1s, (now - put) / 50)) << seq;
    }
}

TEST(Ages, OfWhatIsGoneAreForgotten)
{
    Ages ages;
    for (Seq seq = 1; seq <= 100; ++seq) ages.mark(seq, start + std::chrono::seconds(seq), seq);
    EXPECT_LE(ages.size(), 2u);
    ages.clear();
    EXPECT_EQ(ages.size(), 0u);
}

class OldestTest : public QueueTest {
protected:
    explicit OldestTest(Order order = Order::fifo) : QueueTest(0, order) { pass(0s); }

    void pass(base::Duration time)
    {
        now_ += time;
        broker.set_now(now_);
    }

    /// How long the oldest has waited, in seconds; -1: there is none.
    std::int64_t oldest()
    {
        const auto put = queue.stats().oldest;
        if (!put) return -1;
        return std::chrono::duration_cast<std::chrono::seconds>(now_ - *put).count();
    }

    TimePoint now_ = start;
};

TEST_F(OldestTest, IsTheFirstThatIsReady)
{
    EXPECT_EQ(oldest(), -1);
    put(1, 1, {"a"});
    pass(10s);
    put(1, 2, {"b"});
    pass(5s);
    EXPECT_EQ(oldest(), 15);
    get(2, 1);
    EXPECT_EQ(oldest(), 5);
    get(2, 2);
    EXPECT_EQ(oldest(), -1);
}

TEST_F(OldestTest, CountsOneThatCameBackFromWhenItWasPut)
{
    put(1, 1, {"a"});
    pass(10s);
    put(1, 2, {"b"});
    get(2, 1);
    pass(10s);
    EXPECT_EQ(oldest(), 10);
    queue.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(oldest(), 20);
}

TEST_F(OldestTest, BeginsAnewInAQueueThatWasEmpty)
{
    put(1, 1, {"a"});
    get(2, 1);
    queue.consume({1, 1});
    pass(100s);
    put(1, 2, {"b"});
    EXPECT_EQ(oldest(), 0);
    (void)queue.purge(out);
    EXPECT_EQ(oldest(), -1);
}

class OldestOfLifo : public OldestTest {
protected:
    OldestOfLifo() : OldestTest(Order::lifo) {}
};

TEST_F(OldestOfLifo, IsTheOneThatGoesLast)
{
    put(1, 1, {"a"});
    pass(10s);
    put(1, 2, {"b"});
    get(2, 1);
    EXPECT_EQ(oldest(), 10);
}

class OldestByPriority : public OldestTest {
protected:
    OldestByPriority() : OldestTest(Order::priority) {}
};

TEST_F(OldestByPriority, IsTheOneThatWasPutFirstWheneverItGoes)
{
    put(1, 1, {"late"}, base::no_deadline, 9);
    pass(10s);
    put(1, 2, {"soon"}, base::no_deadline, 1);
    pass(10s);
    get(2, 1);  // 2: soon
    EXPECT_EQ(oldest(), 20);
    get(2, 2);
    EXPECT_EQ(oldest(), -1);
    queue.give_back({2, 1}, Seen::maybe, out);
    EXPECT_EQ(oldest(), 10);
    queue.give_back({1, 1}, Seen::maybe, out);
    EXPECT_EQ(oldest(), 20);
}

/// Whatever the order: never too young, and too old by a second or a hundredth, twice over.
TEST(Oldest, IsRightInRandomHistories)
{
    std::mt19937_64 random(support::printed_seed());
    const auto below = [&random](std::uint64_t n) { return random() % n; };
    for (const Order order : {Order::fifo, Order::lifo, Order::priority}) {
        Broker broker;
        Queue& queue = *broker.find(broker.open({.name = "q", .order = order}).object);
        GetCredit credit{INT64_MAX};
        std::map<Seq, TimePoint> put_at;
        std::map<Seq, TimePoint> ready;
        std::map<Seq, TimePoint> assigned;
        Completions out;
        TimePoint now = start;
        OpId op = 0;
        for (int step = 0; step < 5'000; ++step) {
            now += std::chrono::milliseconds(below(below(20) == 0 ? 600'000 : 400));
            broker.set_now(now);
            const std::uint64_t what = below(10);
            if (what < 5) {
                std::vector<base::Rope> payload;
                payload.push_back(rope("x"));
                const auto priority = static_cast<Priority>(below(3));
                queue.put({1, ++op, 1}, payload, {.priority = priority}, base::immediate, out);
                const Seq seq = queue.stats().put_total;
                put_at[seq] = ready[seq] = now;
            } else if (what < 8) {
                out.clear();
                queue.get({1, ++op, 1}, credit, base::immediate, out);
                if (!out.back().item) continue;
                const Seq seq = out.back().item->seq;
                assigned[seq] = ready.at(seq);
                ready.erase(seq);
            } else if (!assigned.empty()) {
                const auto item = std::next(assigned.begin(), below(assigned.size()));
                const Seq seq = item->first;
                if (what == 8) {
                    queue.give_back({seq, 1}, Seen::maybe, out);
                    ready[seq] = item->second;
                } else {
                    queue.consume({seq, 1});
                }
                assigned.erase(item);
            }
            const std::optional<TimePoint> oldest = queue.stats().oldest;
            ASSERT_EQ(oldest.has_value(), !ready.empty());
            if (!oldest) continue;
            const TimePoint truth = std::ranges::min_element(ready, {}, [](const auto& entry) {
                                        return entry.second;
                                    })->second;
            ASSERT_LE(*oldest, truth) << "step " << step;
            ASSERT_LE(truth - *oldest, std::max<base::Duration>(1s, (now - truth) / 50))
                << "step " << step;
        }
        broker.check_invariants();
    }
}

}  // namespace
}  // namespace penstock::core
