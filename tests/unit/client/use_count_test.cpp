#include "client/src/blocking/use_count.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace penstock::blocking {
namespace {

using Entry = UseCount::Entry;
using Close = UseCount::Close;

/// What `body` returns, in a child.
template <class Body>
int in_a_child(Body body)
{
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(body());
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(UseCount, WhoClosesWhatNobodyUsesGivesItBack)
{
    UseCount use;
    EXPECT_EQ(use.enter(), Entry::entered);
    EXPECT_FALSE(use.leave());
    EXPECT_FALSE(use.closed());
    EXPECT_EQ(use.close(), Close::done);
    EXPECT_TRUE(use.closed());
    EXPECT_EQ(use.close(), Close::again);
    EXPECT_EQ(use.enter(), Entry::closed);
}

TEST(UseCount, TheLastOfThoseWhoUseItAtItsEndGivesItBack)
{
    UseCount use;
    EXPECT_EQ(use.enter(), Entry::entered);
    EXPECT_EQ(use.enter(), Entry::entered);
    EXPECT_EQ(use.close(), Close::in_use);
    EXPECT_EQ(use.enter(), Entry::closed);
    EXPECT_FALSE(use.leave());
    EXPECT_TRUE(use.leave());
}

TEST(UseCount, AChildMayUseWhatNobodyUsedDuringTheFork)
{
    UseCount use;
    EXPECT_EQ(use.enter(), Entry::entered);
    EXPECT_FALSE(use.leave());
    EXPECT_EQ(in_a_child([&use] {
                  if (use.torn() || use.enter() != Entry::entered || use.leave()) return 1;
                  return use.close() == Close::done ? 0 : 2;
              }),
              0);
    EXPECT_EQ(use.close(), Close::done) << "the child's is another";
}

TEST(UseCount, WhatWasUsedDuringAForkCanOnlyBeClosedInTheChildAndItsChildren)
{
    UseCount use;
    EXPECT_EQ(use.enter(), Entry::entered);
    EXPECT_EQ(in_a_child([&use] {
                  if (!use.torn() || use.enter() != Entry::torn) return 1;
                  const int grandchild =
                      in_a_child([&use] { return use.enter() == Entry::torn ? 0 : 1; });
                  if (grandchild != 0) return 2;
                  return use.close() == Close::done && use.torn() ? 0 : 3;
              }),
              0);
    EXPECT_FALSE(use.torn());
    EXPECT_FALSE(use.leave());
}

}  // namespace
}  // namespace penstock::blocking
