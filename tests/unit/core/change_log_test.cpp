// Rows by version: what a reader is told, whatever changes between his looks.
#include "server/core/change_log.hpp"

#include "tests/support/seed.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

namespace penstock::core {
namespace {

using Ids = std::vector<std::uint64_t>;

/// Rows with the numbers 1, 2, ... and a reader of them.
class ChangeLogTest : public testing::Test {
protected:
    void TearDown() override { log.check_invariants(); }

    void add(std::uint64_t n)
    {
        for (std::uint64_t i = 0; i < n; ++i) {
            const std::uint64_t id = ++last_;
            rows[id] = std::make_unique<ChangeLog::Row>(log);
            rows[id]->add(id);
        }
    }

    void remove(std::uint64_t id) { rows.erase(id); }

    /// Reads at most `limit` rows.
    Ids read(std::size_t limit = SIZE_MAX)
    {
        Ids ids;
        told = log.read(told.version, [&](std::uint64_t id) {
            if (ids.size() == limit) return false;
            ids.push_back(id);
            return true;
        });
        return ids;
    }

    ChangeLog log;
    std::map<std::uint64_t, std::unique_ptr<ChangeLog::Row>> rows;
    ChangesTold told;

private:
    std::uint64_t last_ = 0;
};

TEST_F(ChangeLogTest, WhoBeginsIsToldAllAndThenOnlyWhatChanged)
{
    add(3);
    EXPECT_EQ(read(), (Ids{1, 2, 3}));
    EXPECT_TRUE(told.from_start);
    EXPECT_EQ(read(), Ids{});
    EXPECT_FALSE(told.from_start);
    rows[2]->touch();
    rows[2]->touch();
    EXPECT_EQ(read(), Ids{2});
    EXPECT_EQ(read(), Ids{});
}

TEST_F(ChangeLogTest, NothingChangesInAnIdleLog)
{
    EXPECT_EQ(read(), Ids{});
    const std::uint64_t version = told.version;
    EXPECT_NE(version, 0u);
    EXPECT_EQ(read(), Ids{});
    EXPECT_EQ(told.version, version);
    EXPECT_FALSE(told.from_start || told.more);
}

TEST_F(ChangeLogTest, ThoseThatChangedLongestAgoComeFirst)
{
    add(3);
    (void)read();
    for (const std::uint64_t id : {3, 1, 2, 3}) rows[id]->touch();
    EXPECT_EQ(read(), (Ids{3, 1, 2}));
}

TEST_F(ChangeLogTest, WhatIsGoneIsToldOnceToWhoKnewOfIt)
{
    add(3);
    (void)read();
    remove(2);
    EXPECT_EQ(read(), Ids{});
    EXPECT_EQ(told.removed, Ids{2});
    EXPECT_EQ(read(), Ids{});
    EXPECT_EQ(told.removed, Ids{});
    told = {};
    EXPECT_EQ(read(), (Ids{1, 3}));
    EXPECT_EQ(told.removed, Ids{});
}

TEST_F(ChangeLogTest, ACutAnswerGoesOnWhereItEnded)
{
    add(5);
    EXPECT_EQ(read(2), (Ids{1, 2}));
    EXPECT_TRUE(told.more);
    remove(4);
    EXPECT_EQ(read(2), (Ids{3, 5}));
    EXPECT_FALSE(told.more);
    EXPECT_EQ(told.removed, Ids{4});
}

/// However busy all are: a row that was not told keeps its place before those that were.
TEST_F(ChangeLogTest, OfManyThatAlwaysChangeEachHasItsTurn)
{
    add(10);
    std::map<std::uint64_t, int> times;
    for (int round = 0; round < 10; ++round) {
        for (const std::uint64_t id : read(3)) ++times[id];
        for (const auto& [id, row] : rows) row->touch();
    }
    for (const auto& [id, row] : rows) EXPECT_GE(times[id], 2) << id;
}

TEST_F(ChangeLogTest, WhoMissedMoreThanIsRememberedBeginsAnew)
{
    add(ChangeLog::removed_max + 3);
    (void)read();
    const ChangesTold before = told;
    for (std::uint64_t id = 1; id <= ChangeLog::removed_max; ++id) remove(id);
    EXPECT_EQ(read(), Ids{});
    EXPECT_EQ(told.removed.size(), ChangeLog::removed_max);
    EXPECT_FALSE(told.from_start);

    remove(ChangeLog::removed_max + 1);
    told = before;
    EXPECT_EQ(read(), (Ids{ChangeLog::removed_max + 2, ChangeLog::removed_max + 3}));
    EXPECT_TRUE(told.from_start);
    EXPECT_EQ(told.removed, Ids{});
}

/// Its first pages would be from before what is forgotten.
TEST_F(ChangeLogTest, WhoBeginsAnewComesToAnEndInPages)
{
    add(ChangeLog::removed_max + 13);
    for (std::uint64_t id = 4; id <= ChangeLog::removed_max + 4; ++id) remove(id);
    std::set<std::uint64_t> known;
    int pages = 0;
    do {
        const Ids ids = read(5);
        EXPECT_EQ(told.from_start, pages == 0);
        known.insert(ids.begin(), ids.end());
        for (const std::uint64_t id : told.removed) known.erase(id);
    } while (told.more && ++pages < 10);
    EXPECT_FALSE(told.more);
    EXPECT_EQ(known.size(), rows.size());
}

TEST_F(ChangeLogTest, WhoComesFromAnotherBootBeginsAnew)
{
    add(2);
    told.version = 1'000'000;
    EXPECT_EQ(read(), (Ids{1, 2}));
    EXPECT_TRUE(told.from_start);
}

/// What a reader knows: the state of each row when it was told.
struct Mirror {
    std::uint64_t since = 0;
    std::map<std::uint64_t, int> known;
};

TEST_F(ChangeLogTest, MirrorsOfSeveralReadersAreRightWheneverTheyAreComplete)
{
    std::mt19937_64 random(support::printed_seed());
    const auto below = [&random](std::size_t n) { return random() % n; };
    std::map<std::uint64_t, int> states;
    std::vector<Mirror> mirrors(3);
    const auto any_row = [&] { return std::next(rows.begin(), below(rows.size())); };
    for (int step = 0; step < 20'000; ++step) {
        const std::uint64_t what = below(100);
        if (what < 10 || rows.empty()) {
            add(1);
            states[rows.rbegin()->first] = 0;
        } else if (what < 18) {
            const std::uint64_t id = any_row()->first;
            remove(id);
            states.erase(id);
        } else if (what < 70) {
            const auto row = any_row();
            row->second->touch();
            ++states[row->first];
        } else {
            Mirror& mirror = mirrors[below(mirrors.size())];
            std::size_t left = below(4) == 0 ? SIZE_MAX : 1 + below(8);
            std::map<std::uint64_t, int> page;
            const ChangesTold told_now = log.read(mirror.since, [&](std::uint64_t id) {
                if (left-- == 0) return false;
                page[id] = states.at(id);
                return true;
            });
            if (told_now.from_start) mirror.known.clear();
            for (const auto& [id, state] : page) mirror.known[id] = state;
            for (const std::uint64_t id : told_now.removed) mirror.known.erase(id);
            mirror.since = told_now.version;
            if (told_now.more) continue;
            ASSERT_EQ(mirror.known, states) << "step " << step;
        }
        if (step % 1'000 == 0) log.check_invariants();
    }
}

}  // namespace
}  // namespace penstock::core
