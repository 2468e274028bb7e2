// The broker's memory_max: puts wait for it, whatever takes items out never does.
#include "tests/support/core/queue_fixture.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace penstock::core {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t small = item_cost(1);

struct MemoryTest : testing::Test {
    /// Room for three items of one byte, which share a block.
    Broker broker{3 * small + Slab::block_size_min};
    GetCredit credit{1'000'000};
    Completions out;

    Queue& queue(std::string_view name, std::int64_t maxsize = 0)
    {
        broker.open({.name = name, .maxsize = maxsize});
        return *broker.find(name);
    }

    void put(std::string_view name,
             OpId op,
             const std::string& text,
             TimePoint deadline = base::no_deadline)
    {
        std::vector<base::Rope> payloads{rope(text)};
        queue(name).put({1, op, 1}, payloads, {}, deadline, out);
        settle();
    }

    void get(std::string_view name, OpId op, TimePoint deadline = base::no_deadline)
    {
        queue(name).get({2, op, 1}, credit, deadline, out);
        settle();
    }

    void consume(std::string_view name, Seq seq)
    {
        queue(name).consume({seq, 1});
        settle();
    }

    void settle()
    {
        broker.serve_memory(out);
        broker.check_invariants();
    }

    Said drain() { return taken(out); }
};

TEST_F(MemoryTest, AGetThatLackedCreditWhileAPutWaitedIsServedWhenItsCreditIsBack)
{
    for (OpId op = 1; op <= 3; ++op) put("full", op, "a");
    put("q", 4, "b");
    drain();
    credit.bytes = 0;
    get("q", 1);
    EXPECT_EQ(drain(), Said{});
    credit.bytes = 10;
    EXPECT_EQ(credit.starved, std::set<ObjectId>{queue("q").id()});
    queue("q").serve(2, out);
    EXPECT_EQ(drain(), (Said{"1.4 ok", "2.1 got 1:b"}));
}

TEST_F(MemoryTest, APutThatFindsNoMemoryWaitsUntilSomethingWasConsumed)
{
    for (OpId op = 1; op <= 4; ++op) put("q", op, "a");
    EXPECT_EQ(drain(), (Said{"1.1 ok", "1.2 ok", "1.3 ok"}));
    get("q", 1);  // assigned is not consumed: the broker has it still
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a"}));
    consume("q", 1);
    EXPECT_EQ(drain(), (Said{"1.4 ok"}));
}

TEST_F(MemoryTest, AtItsDeadlineAPutWithoutMemoryAnswersNoMemoryAndOneWithoutRoomFull)
{
    for (OpId op = 1; op <= 3; ++op) put("q", op, "a");
    put("q", 4, "a", base::immediate);
    put("q", 5, "a", TimePoint{1s});
    queue("one", 1);
    get("one", 1);
    put("one", 6, "a");  // goes straight to the getter, and to nobody's memory but its own
    drain();
    broker.expire(TimePoint{1s}, out);
    EXPECT_EQ(drain(), (Said{"1.5 no_memory"}));
    for (OpId op = 1; op <= 3; ++op) consume("q", op);  // nothing: they are not assigned
    queue("q").purge(out);
    settle();
    put("one", 7, "a");
    drain();
    put("one", 8, "a", base::immediate);
    EXPECT_EQ(drain(), (Said{"1.8 full"}));
}

TEST_F(MemoryTest, ATryWithoutMemoryAnswersAtOnce)
{
    for (OpId op = 1; op <= 3; ++op) put("q", op, "a");
    drain();
    put("other", 4, "a", base::immediate);
    EXPECT_EQ(drain(), (Said{"1.4 no_memory"}));
}

TEST_F(MemoryTest, WhatAGetterTakesAtOnceNeedsNoMemory)
{
    for (OpId op = 1; op <= 3; ++op) put("q", op, "a");
    get("other", 1);
    drain();
    put("other", 4, "b");
    EXPECT_EQ(drain(), (Said{"2.1 got 1:b", "1.4 ok"}));
}

TEST_F(MemoryTest, AGetTakesWhatOnlyWaitsForMemorySoNobodyWaitsForHimself)
{
    for (OpId op = 1; op <= 3; ++op) put("full", op, "a");
    put("q", 4, "b");
    put("q", 5, "c");
    drain();
    get("q", 1, base::immediate);
    EXPECT_EQ(drain(), (Said{"1.4 ok", "2.1 got 1:b"}));
    get("q", 2);
    EXPECT_EQ(drain(), (Said{"1.5 ok", "2.2 got 2:c"}));
    get("q", 3, base::immediate);
    EXPECT_EQ(drain(), (Said{"2.3 empty"}));
}

TEST_F(MemoryTest, CreditThatReturnsTakesWhatWaitsForMemory)
{
    for (OpId op = 1; op <= 3; ++op) put("full", op, "a");
    credit.bytes = 0;
    get("q", 1);
    put("q", 4, "b");
    EXPECT_EQ(drain(), (Said{"1.1 ok", "1.2 ok", "1.3 ok"}));
    credit.bytes = 10;
    queue("q").serve(out);
    settle();
    EXPECT_EQ(drain(), (Said{"1.4 ok", "2.1 got 1:b"}));
}

TEST_F(MemoryTest, QueuesTakeTurnsAndASmallItemDoesNotOvertakeALargeOne)
{
    for (OpId op = 1; op <= 3; ++op) put("q", op, "a");
    const std::string large(2 * small - item_overhead, 'x');
    put("large", 4, large);
    put("b", 5, "b");
    put("b", 6, "b");
    put("c", 7, "c");
    for (OpId op = 1; op <= 3; ++op) get("q", op);
    drain();
    consume("q", 1);
    EXPECT_EQ(drain(), Said{});  // there is room for b, but large came first
    consume("q", 2);
    EXPECT_EQ(drain(), (Said{"1.4 ok"}));
    consume("q", 3);
    EXPECT_EQ(drain(), (Said{"1.5 ok"}));
    queue("b").purge(out);
    settle();
    EXPECT_EQ(drain(), (Said{"1.7 ok"}));
}

TEST_F(MemoryTest, ARemovedQueueGivesItsMemoryBackAndLeavesTheLine)
{
    for (OpId op = 1; op <= 3; ++op) put("q", op, "a");
    put("first", 4, "b");
    put("second", 5, "c");
    drain();
    broker.remove("first", out);
    settle();
    EXPECT_EQ(drain(), (Said{"1.4 closed"}));
    get("q", 1);
    broker.remove("q", out);
    settle();
    EXPECT_EQ(drain(), (Said{"2.1 got 1:a", "1.5 ok"}));
    EXPECT_EQ(broker.memory().used(), item_overhead + Slab::block_size_min);
    queue("second").purge(out);
    settle();
    EXPECT_EQ(broker.memory().used(), 0u);
}

TEST_F(MemoryTest, AnItemOnTopOfTheLimitIsAdmittedWhenItFitsExactly)
{
    broker.set_memory_max(10'000);  // such an item has its own bytes
    const std::uint64_t all = broker.memory().max() - item_overhead;
    put("q", 1, std::string(all, 'x'), base::immediate);
    EXPECT_EQ(drain(), (Said{"1.1 ok"}));
    EXPECT_EQ(broker.memory().used(), broker.memory().max());
    get("q", 1);
    consume("q", 1);
    drain();
    put("other", 2, "a");
    put("q", 3, std::string(all, 'x'), base::immediate);
    EXPECT_EQ(drain(), (Said{"1.2 ok", "1.3 no_memory"}));
}

TEST_F(MemoryTest, AnItemThatStaysKeepsTheBytesOfItsNeighboursCounted)
{
    broker.set_memory_max(10'000);
    const std::string neighbour(1000, 'x');
    for (OpId op = 1; op <= 8; ++op) put("q", op, op == 8 ? "a" : neighbour);
    const std::uint64_t before = broker.memory().used();
    for (OpId op = 1; op <= 7; ++op) get("q", op);
    drain();
    for (Seq seq = 1; seq <= 7; ++seq) consume("q", seq);
    // Blocks double from 512 bytes on: the last one has more than the item that is left.
    EXPECT_GE(broker.memory().used(), small + 1000);
    EXPECT_LT(broker.memory().used(), before);
    get("q", 8);
    drain();
    consume("q", 8);
    EXPECT_EQ(broker.memory().used(), 0u);
}

/// Random puts, gets, acknowledgements, pauses and moves over three queues in a memory of a few
/// items.
class RandomMemory {
public:
    explicit RandomMemory(std::mt19937& random) : random_(random), broker_(1000 + below(2000))
    {
        for (const char* name : {"a", "b", "c"}) {
            broker_.open({.name = name, .maxsize = below(4)});
            queues_.push_back(broker_.find(std::string_view(name)));
        }
    }

    void step()
    {
        const unsigned n = 1 + below(3);
        switch (below(5)) {
            case 0:
            case 1:
                put(n);
                break;
            case 2:
                get(*queues_[below(3)], n, below(2) == 0 ? base::immediate : base::no_deadline);
                break;
            case 3:
                consume_one();
                break;
            case 4:
                control();
                break;
        }
        settle();
    }

    /// Gets and consumes until nothing is left.
    void finish()
    {
        for (Queue* queue : queues_) queue->resume(out_);
        for (Queue* queue : queues_) get(*queue, 500, base::no_deadline);
        for (settle(); !held_.empty(); settle()) consume_one();
    }

    std::uint64_t puts = 0;
    std::uint64_t admitted = 0;
    std::uint64_t got = 0;
    [[nodiscard]] const Memory& memory() const { return broker_.memory(); }

private:
    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

    void put(unsigned n)
    {
        std::vector<base::Rope> payloads;
        for (unsigned i = 0; i < n; ++i) payloads.push_back(rope(std::string(below(700), 'x')));
        queues_[below(3)]->put({1, op_ + 1, n}, payloads, {}, base::no_deadline, out_);
        op_ += n;
        puts += n;
    }

    void get(Queue& queue, unsigned n, TimePoint deadline)
    {
        queue.get({2, op_ + 1, n}, credit_, deadline, out_);
        op_ += n;
    }

    void control()
    {
        Queue& queue = *queues_[below(3)];
        switch (below(3)) {
            case 0:
                queue.pause(out_);
                break;
            case 1:
                queue.resume(out_);
                break;
            case 2:
                Queue& to = *queues_[below(3)];
                if (&to != &queue) (void)broker_.move(queue.name(), to.name(), 1 + below(4), out_);
                break;
        }
    }

    void consume_one()
    {
        if (held_.empty()) return;
        auto it = held_.begin();
        std::advance(it, below(static_cast<unsigned>(held_.size())));
        broker_.find(it->first)->consume({it->second, 1});
        held_.erase(it);
    }

    void settle()
    {
        broker_.serve_memory(out_);
        broker_.check_invariants();
        for (const Completion& completion : std::exchange(out_, {})) {
            if (completion.who.session == 1) admitted += completion.who.n;
            if (!completion.item) continue;
            ++got;
            EXPECT_TRUE(held_.emplace(completion.object, completion.item->seq).second);
        }
    }

    std::mt19937& random_;
    Broker broker_;
    GetCredit credit_{1'000'000'000};
    Completions out_;
    std::vector<Queue*> queues_;
    std::set<std::pair<ObjectId, Seq>> held_;
    OpId op_ = 0;
};

TEST(MemoryProperty, WhateverHappensMemoryIsCountedRightAndNobodyWaitsForEver)
{
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 200; ++round) {
        RandomMemory world(random);
        for (int step = 0; step < 100; ++step) world.step();
        world.finish();
        EXPECT_EQ(world.admitted, world.puts);
        EXPECT_EQ(world.got, world.puts);
        EXPECT_EQ(world.memory().used(), 0u);
    }
}

}  // namespace
}  // namespace penstock::core
