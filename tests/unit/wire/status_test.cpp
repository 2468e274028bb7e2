#include "common/wire/status.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <string_view>

namespace penstock::wire {
namespace {

// The numbers are in peers that are not compiled from this tree: none may ever change.
struct Fixed {
    Status status;
    std::uint16_t number;
    std::string_view name;
};

class StatusTest : public testing::TestWithParam<Fixed> {};

TEST_P(StatusTest, NumberAndNameAreFixed)
{
    EXPECT_EQ(static_cast<std::uint16_t>(GetParam().status), GetParam().number);
    EXPECT_EQ(to_string(GetParam().status), GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(All,
                         StatusTest,
                         testing::Values(Fixed{Status::ok, 0, "ok"},
                                         Fixed{Status::empty, 1, "empty"},
                                         Fixed{Status::full, 2, "full"},
                                         Fixed{Status::closed, 3, "closed"},
                                         Fixed{Status::shut_down, 4, "shut_down"},
                                         Fixed{Status::eof, 5, "eof"},
                                         Fixed{Status::timed_out, 6, "timed_out"},
                                         Fixed{Status::cancelled, 7, "cancelled"},
                                         Fixed{Status::skipped, 8, "skipped"},
                                         Fixed{Status::no_unfinished_task, 9, "no_unfinished_task"},
                                         Fixed{Status::not_found, 10, "not_found"},
                                         Fixed{Status::exists, 11, "exists"},
                                         Fixed{Status::options_differ, 12, "options_differ"},
                                         Fixed{Status::end_taken, 13, "end_taken"},
                                         Fixed{Status::refused, 14, "refused"},
                                         Fixed{Status::too_large, 15, "too_large"},
                                         Fixed{Status::no_memory, 16, "no_memory"},
                                         Fixed{Status::too_many, 17, "too_many"},
                                         Fixed{Status::bad_handle, 18, "bad_handle"},
                                         Fixed{Status::unsupported, 19, "unsupported"},
                                         Fixed{Status::internal, 20, "internal"}),
                         [](const auto& of) { return std::string(of.param.name); });

TEST(Status, TheLastOneIsTheLastThatHasAName)
{
    EXPECT_EQ(to_string(static_cast<Status>(status_last)), "internal");
    EXPECT_EQ(to_string(static_cast<Status>(status_last + 1)), "unknown");
}

}  // namespace
}  // namespace penstock::wire
