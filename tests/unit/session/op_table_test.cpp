#include "server/session/op_table.hpp"

#include "tests/support/seed.hpp"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <vector>

namespace penstock::session {
namespace {

OpRange range(OpId first, std::uint64_t n)
{
    return {.first = first, .n = n, .kind = OpKind::put};
}

std::size_t ranges_of(const OpTable& table)
{
    std::size_t count = 0;
    table.for_all([&count](const OpRange&) { ++count; });
    return count;
}

TEST(OpTable, DoneNeighboursWithOneStatusBecomeOneRange)
{
    OpTable table;
    for (OpId op = 1; op <= 1000; ++op) {
        table.record(range(op, 1));
        table.finish(op, 1, Status::ok);
    }
    EXPECT_EQ(ranges_of(table), 1u);
    EXPECT_EQ(table.count(), 1000u);
}

TEST(OpTable, ItemsJoinOnlyWhenTheirNumbersFollow)
{
    OpTable table;
    table.record(range(1, 3));
    table.finish(1, 1, Status::ok, 10);
    table.finish(2, 1, Status::ok, 11);
    table.finish(3, 1, Status::ok, 13);
    EXPECT_EQ(ranges_of(table), 2u);
    table.for_each(2, 1, [](const OpRange& part) {
        EXPECT_EQ(part.seq, 11u);
        return true;
    });
}

TEST(OpTable, RandomStepsAgreeWithAMapOfSingleOperations)
{
    std::mt19937_64 random(support::printed_seed());
    OpTable table;
    std::map<OpId, std::pair<OpState, Status>> model;
    std::map<OpId, HandleId> handles;
    const auto handle_of = [](OpId number) { return static_cast<HandleId>(number % 3); };
    const auto up_to = [&random](std::uint64_t n) { return 1 + random() % n; };
    for (int step = 0; step < 20'000; ++step) {
        const OpId first = up_to(table.highest() + 1);
        const std::uint64_t n = up_to(8);
        if (random() % 3 == 0) {
            const OpId next = table.highest() + 1;
            OpRange added = range(next, n);
            added.handle = handle_of(next / 8);
            table.record(added);
            for (OpId op = next; op < next + n; ++op) {
                model[op] = {OpState::parked, Status::ok};
                handles[op] = added.handle;
            }
        } else if (random() % 2 == 0) {
            const Status status = random() % 2 == 0 ? Status::ok : Status::full;
            table.finish(first, n, status);
            for (auto& [op, entry] : model) {
                if (op >= first && op < first + n) entry = {OpState::done, status};
            }
        } else {
            table.free(first, n);
            model.erase(model.lower_bound(first), model.lower_bound(first + n));
        }
        ASSERT_EQ(table.count(), model.size()) << "step " << step;
        if (step % 100 == 0) {
            std::vector<OpId> waiting;
            table.for_waiting(1, [&waiting](const OpRange& part) {
                for (OpId op = part.first; op < part.end(); ++op) waiting.push_back(op);
            });
            std::vector<OpId> expected;
            for (const auto& [op, entry] : model) {
                if (entry.first != OpState::done && handles[op] == 1) expected.push_back(op);
            }
            ASSERT_EQ(waiting, expected) << "step " << step;
            const OpId last = first + 1000;
            std::vector<OpId> unresolved;
            table.for_each_unresolved(first, last - first, [&](const OpRange& part) {
                for (OpId op = part.first; op < part.end(); ++op) unresolved.push_back(op);
            });
            expected.clear();
            for (const auto& [op, entry] : model) {
                const bool inside = op >= first && op < last;
                if (inside && entry.first != OpState::done) expected.push_back(op);
            }
            ASSERT_EQ(unresolved, expected) << "step " << step;
        }
        const OpId probe = up_to(table.highest() + 1);
        const OpRange* found = table.find(probe);
        ASSERT_EQ(found != nullptr, model.contains(probe)) << "step " << step;
        if (found == nullptr) continue;
        ASSERT_EQ(found->state, model[probe].first) << "step " << step;
        if (found->state == OpState::done) {
            ASSERT_EQ(found->status, model[probe].second) << "step " << step;
        }
    }
}

}  // namespace
}  // namespace penstock::session
