// Random histories: the core against the reference queue, and faults that must not go unnoticed.
#include "tests/support/core/history.hpp"
#include "tests/support/core/subject.hpp"
#include "tests/support/seed.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace penstock::core {
namespace {

constexpr int histories = 500;
constexpr int steps = 250;

TEST(RandomHistories, TheCoreAnswersAsTheReferenceDoes)
{
    const std::uint64_t seed = support::printed_seed();  // passed back, what failed comes first
    for (std::uint64_t i = 0; i < histories; ++i) {
        Subject subject;
        History history(seed + i, subject);
        const std::optional<std::string> failure = history.run(steps);
        ASSERT_FALSE(failure) << "PENSTOCK_TEST_SEED=" << seed + i << "\n" << *failure;
    }
}

struct Planted {
    Fault fault;
    const char* name;
};

class PlantedFault : public testing::TestWithParam<Planted> {};

// Always the same seeds: whether the comparison sees a fault must not be a matter of luck.
TEST_P(PlantedFault, IsFoundByTheRandomHistories)
{
    for (std::uint64_t seed = 1; seed <= histories; ++seed) {
        FaultySubject subject(GetParam().fault);
        History history(seed, subject);
        if (history.run(steps)) return;
    }
    FAIL() << "no difference in " << histories << " histories";
}

#define PLANTED(fault)       \
    Planted                  \
    {                        \
        Fault::fault, #fault \
    }

INSTANTIATE_TEST_SUITE_P(Core,
                         PlantedFault,
                         testing::Values(PLANTED(drops_a_completion),
                                         PLANTED(answers_twice),
                                         PLANTED(serves_twice),
                                         PLANTED(swaps_two_gets),
                                         PLANTED(has_one_place_more),
                                         PLANTED(returns_to_the_back),
                                         PLANTED(treats_lifo_as_fifo),
                                         PLANTED(treats_priority_as_fifo),
                                         PLANTED(forgets_priorities),
                                         PLANTED(forgets_that_a_batch_goes_on),
                                         PLANTED(forgets_that_a_party_left),
                                         PLANTED(ends_before_tasks_are_done),
                                         PLANTED(ends_before_all_producers_came),
                                         PLANTED(forgets_an_attempt),
                                         PLANTED(invents_an_attempt),
                                         PLANTED(loses_the_timeout_of_a_get),
                                         PLANTED(loses_the_timeout_of_a_put),
                                         PLANTED(expires_too_early),
                                         PLANTED(says_empty_although_something_is_ready),
                                         PLANTED(does_not_serve_when_credit_returns),
                                         PLANTED(gets_without_paying),
                                         PLANTED(gets_one_too_few),
                                         PLANTED(any_get_forgets_a_queue),
                                         PLANTED(any_get_ignores_the_order),
                                         PLANTED(cancels_one_too_few),
                                         PLANTED(counts_a_task_off_twice),
                                         PLANTED(forgets_to_consume),
                                         PLANTED(shuts_down_without_dropping),
                                         PLANTED(hides_that_the_queue_is_closed),
                                         PLANTED(confuses_full_and_shut_down),
                                         PLANTED(forgets_to_pause),
                                         PLANTED(forgets_to_resume),
                                         PLANTED(moves_one_too_few),
                                         PLANTED(moves_a_copy),
                                         PLANTED(loses_the_content_type),
                                         PLANTED(loses_the_last_byte)),
                         [](const auto& planted) { return std::string(planted.param.name); });

}  // namespace
}  // namespace penstock::core
