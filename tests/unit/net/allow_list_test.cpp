#include "server/net/allow_list.hpp"

#include <gtest/gtest.h>

namespace penstock::net {

namespace {

TEST(AllowList, NamesAndNumbersAreUsersAndGroups)
{
    EXPECT_EQ(find_user("root"), 0u);
    EXPECT_EQ(find_user("0"), 0u);
    EXPECT_EQ(find_user("4294967294"), 4294967294u);
    EXPECT_EQ(find_group("root"), 0u);
    EXPECT_EQ(find_group("12345"), 12345u);
}

TEST(AllowList, WhatIsNeitherIsNobody)
{
    // 4294967295 would stand for "no user" in system calls.
    for (const char* text : {"",
                             "no-such-name",
                             "-1",
                             "+1",
                             "1x",
                             " 1",
                             "0x1",
                             "4294967295",
                             "4294967296",
                             "99999999999999999999"}) {
        EXPECT_EQ(find_user(text), std::nullopt) << text;
        EXPECT_EQ(find_group(text), std::nullopt) << text;
    }
}

TEST(AllowList, ASocketIsNoWiderThanWhatTheOthersNeed)
{
    SocketAccess access;
    EXPECT_EQ(socket_mode(access), 0600u);
    access.group = 7;
    EXPECT_EQ(socket_mode(access), 0660u);
    access.allow.users.push_back(1000);
    EXPECT_EQ(socket_mode(access), 0666u);
    access.mode = 0660;
    EXPECT_EQ(socket_mode(access), 0660u);
}

}  // namespace

}  // namespace penstock::net
