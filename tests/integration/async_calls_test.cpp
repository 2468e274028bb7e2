// The asynchronous client: what it can do besides put and get.
#include "tests/support/async_over.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/get_any.hpp>
#include <penstock/async/joinable_queue.hpp>
#include <penstock/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using boost::system::error_code;
using penstock::errc;
using penstock::Priority;
using penstock::PutReport;
using penstock::support::as_tuple;
using penstock::support::AsyncOver;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::pause_for;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

class AsyncCalls : public AsyncOver, public ::testing::TestWithParam<Over> {
protected:
    AsyncCalls() : AsyncOver(GetParam()) {}
};

penstock::QueueOptions bounded(std::int64_t maxsize)
{
    penstock::QueueOptions options;
    options.maxsize = maxsize;
    return options;
}

TEST_P(AsyncCalls, ItemsSayWhatTheQueueKnowsAboutThem)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<std::string>("q");
        co_await queue.async_put("a");
        co_await queue.async_put("b");
        const penstock::Item<std::string> item = co_await queue.async_get_item(patience);
        EXPECT_EQ(item.value, "a");
        EXPECT_EQ(item.seq, 1U);
        EXPECT_EQ(item.attempts, 1U);
        EXPECT_EQ(item.content_type, penstock::ContentType::text);
        auto [ec, none] = co_await queue.async_get_item(0ms, as_tuple);
        EXPECT_FALSE(ec);
        auto [empty, nothing] = co_await queue.async_get_item(0ms, as_tuple);
        EXPECT_EQ(empty, errc::empty);
        EXPECT_EQ(nothing.seq, 0U);
    });
}

TEST_P(AsyncCalls, ManyGoInAndOutWithFewRoundTrips)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q");
        std::vector<int> all(20'000);
        for (int i = 0; i < 20'000; ++i) all[static_cast<std::size_t>(i)] = i;
        const PutReport report = co_await queue.async_put_many(all);
        EXPECT_EQ(report.put, all.size());
        EXPECT_FALSE(report.ec);
        EXPECT_EQ(co_await queue.async_qsize(), all.size());
        std::vector<int> got;
        while (got.size() < all.size()) {
            const std::vector<int> some = co_await queue.async_get_many(3000, patience);
            EXPECT_FALSE(some.empty());
            EXPECT_LE(some.size(), 3000U);
            got.insert(got.end(), some.begin(), some.end());
        }
        EXPECT_EQ(got, all);
        auto [ec, none] = co_await queue.async_get_many(10, 0ms, as_tuple);
        EXPECT_EQ(ec, errc::empty);
        EXPECT_TRUE(none.empty());
        EXPECT_TRUE((co_await queue.async_get_many(0)).empty());
    });
}

TEST_P(AsyncCalls, APutThatIsBegunLaterStaysBehindTheFirstOfMany)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q");
        const std::vector<int> many = {1, 2, 3};
        std::optional<PutReport> report;
        queue.async_put_many(many, patience, [&](PutReport done) { report = std::move(done); });
        co_await queue.async_put(4);
        const std::vector<int> got = co_await queue.async_get_many(4);
        const std::vector<int> in_order = {1, 2, 3, 4};
        EXPECT_EQ(got, in_order);
        EXPECT_TRUE(report && report->put == 3);
    });
}

TEST_P(AsyncCalls, AReportSaysWhatBecameOfEachItem)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q", bounded(2));
        const std::vector<int> four = {1, 2, 3, 4};
        const PutReport report = co_await queue.async_put_many(four, 0ms);
        EXPECT_EQ(report.put, 2U);
        EXPECT_EQ(report.ec, errc::full);
        EXPECT_EQ(report.codes.size(), 4U);
        EXPECT_TRUE(co_await queue.async_full());
        const PutReport nothing = co_await queue.async_put_many(std::vector<int>());
        EXPECT_TRUE(nothing);
        queue.close();
        const PutReport closed = co_await queue.async_put_many(four);
        EXPECT_EQ(closed.ec, errc::closed);
        EXPECT_EQ(closed.codes.size(), 4U);
    });
}

TEST_P(AsyncCalls, APutOfManyThatIsCancelledSaysWhatWasPut)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q", bounded(100));
        asio::cancellation_signal signal;
        std::optional<PutReport> report;
        const std::vector<int> many(1'000'000, 7);
        queue.async_put_many(many,
                             penstock::forever,
                             asio::bind_cancellation_slot(signal.slot(), [&](PutReport result) {
                                 report = std::move(result);
                             }));
        while (co_await queue.async_qsize() < 100) {
        }
        signal.emit(asio::cancellation_type::total);
        for (int i = 0; i < 4000 && !report; ++i) co_await pause_for(5ms);
        EXPECT_TRUE(report.has_value());
        if (!report) co_return;
        EXPECT_EQ(report->put, 100U);
        EXPECT_EQ(report->ec, std::errc::operation_canceled);
        EXPECT_EQ(report->codes.size(), many.size());
        EXPECT_EQ(report->codes.back(), errc::skipped);
        EXPECT_EQ(co_await queue.async_qsize(), 100U) << "as many as it says";
    });
}

TEST_P(AsyncCalls, JoinWaitsForWhatIsNotDone)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_joinable_queue<int>("q");
        for (int i = 0; i < 3; ++i) co_await queue.async_put(i);
        auto [late] = co_await queue.async_join(10ms, as_tuple);
        EXPECT_EQ(late, errc::timed_out);
        std::optional<error_code> joined;
        queue.async_join(patience, [&](error_code ec) { joined = ec; });
        (void)co_await queue.async_get(patience);
        const auto second = co_await queue.async_get_item(patience);
        co_await queue.async_done(second);
        co_await queue.async_task_done();
        const auto third = co_await queue.async_get_item(patience);
        EXPECT_FALSE(joined);
        co_await queue.async_done(third);
        auto [again] = co_await queue.async_done(third, as_tuple);
        EXPECT_EQ(again, errc::no_unfinished_task);
        auto [often] = co_await queue.async_task_done(as_tuple);
        EXPECT_EQ(often, errc::no_unfinished_task);
        for (int i = 0; i < 4000 && !joined; ++i) co_await pause_for(5ms);
        EXPECT_TRUE(joined && !*joined);
        co_await queue.async_join();
    });
}

TEST_P(AsyncCalls, TheOtherOrdersAreThere)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto stack = co_await client.async_lifo_queue<int>("stack");
        for (int i = 0; i < 3; ++i) co_await stack.async_put(i);
        EXPECT_EQ(co_await stack.async_get(patience), 2);
        auto heap = co_await client.async_priority_queue<std::string>("heap");
        co_await heap.async_put("late", Priority(5));
        co_await heap.async_put("usual");
        const std::multimap<Priority, std::string> more = {{-7, "first"}, {9, "last"}};
        const PutReport report = co_await heap.async_put_many(more);
        EXPECT_TRUE(report);
        for (const char* next : {"first", "usual", "late", "last"}) {
            EXPECT_EQ(co_await heap.async_get(patience), next);
        }
        const penstock::QueueOptions any;
        auto [differ, none] = co_await client.async_lifo_queue<int>("heap", any, as_tuple);
        EXPECT_EQ(differ, errc::options_differ);
    });
}

TEST_P(AsyncCalls, GetAnyTakesFromWhicheverHasAnItem)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto urgent = co_await client.async_queue<int>("urgent");
        auto normal = co_await client.async_queue<int>("normal");
        const std::vector<std::reference_wrapper<async::Queue<int>>> both = {urgent, normal};
        auto [empty, none] = co_await async::async_get_any<int>(both, 0ms, as_tuple);
        EXPECT_EQ(empty, errc::empty);
        co_await normal.async_put(1);
        co_await urgent.async_put(2);
        auto first = co_await async::async_get_any<int>(both, patience);
        EXPECT_EQ(first.which, 0U);
        EXPECT_EQ(first.item.value, 2);
        auto second = co_await async::async_get_any<int>(both, patience);
        EXPECT_EQ(second.which, 1U);
        EXPECT_EQ(second.item.value, 1);
        normal.close();
        auto [closed, nothing] = co_await async::async_get_any<int>(both, patience, as_tuple);
        EXPECT_EQ(closed, errc::closed);
    });
}

TEST_P(AsyncCalls, ShutdownEndsTheQueueForEverybody)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        auto queue = co_await client.async_queue<int>("q");
        co_await queue.async_put(1);
        EXPECT_FALSE(co_await queue.async_empty());
        co_await queue.async_shutdown();
        auto [ended] = co_await queue.async_put(2, penstock::forever, as_tuple);
        EXPECT_EQ(ended, errc::shut_down);
        EXPECT_EQ(co_await queue.async_get(patience), 1);
        auto [drained, none] = co_await queue.async_get(patience, as_tuple);
        EXPECT_EQ(drained, errc::shut_down);
    });
}

TEST_P(AsyncCalls, AnAdminSeesEmptiesAndRemoves)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        async::Admin admin = client.admin();
        EXPECT_TRUE((co_await admin.async_list()).empty());
        std::vector<async::Queue<int>> queues;
        for (int i = 0; i < 300; ++i) {  // more than a page
            queues.push_back(co_await client.async_queue<int>("q" + std::to_string(i)));
        }
        for (int i = 0; i < 5; ++i) co_await queues[7].async_put(i);
        EXPECT_EQ((co_await admin.async_list()).size(), 300U);
        const penstock::QueueStat stat = co_await admin.async_stat("q7");
        EXPECT_EQ(stat.ready, 5U);
        EXPECT_EQ((co_await admin.async_broker_stat()).queues, 300U);
        const auto items = co_await admin.async_peek("q7", 2, 1);
        EXPECT_EQ(items.size(), 2U);
        EXPECT_EQ(items.front().seq, 2U);
        EXPECT_EQ(co_await admin.async_purge("q7"), 5U);
        EXPECT_EQ(co_await admin.async_remove("q7"), 0U);
        auto [gone, none] = co_await admin.async_stat("q7", as_tuple);
        EXPECT_EQ(gone, errc::not_found);
        auto [bad, nothing] = co_await admin.async_peek("no name", 1, 0, 9, as_tuple);
        EXPECT_EQ(bad, std::errc::invalid_argument);
    });
}

TEST_P(AsyncCalls, AnAdminPausesMovesAndKicks)
{
    with_client([](async::Client& client) -> asio::awaitable<void> {
        async::Admin admin = client.admin();
        auto from = co_await client.async_queue<int>("from");
        auto to = co_await client.async_queue<int>("to");
        co_await admin.async_pause("from");
        for (int i = 0; i < 3; ++i) co_await from.async_put(i);
        auto [held, none] = co_await from.async_get(std::chrono::milliseconds(20), as_tuple);
        EXPECT_EQ(held, errc::empty);
        const penstock::QueueStat stat = co_await admin.async_stat("from");
        EXPECT_TRUE(stat.paused);
        EXPECT_EQ(co_await admin.async_move("from", "to", 2), 2U);
        EXPECT_EQ(co_await to.async_get(patience), 0);
        co_await admin.async_resume("from");
        EXPECT_EQ(co_await from.async_get(patience), 2);

        const penstock::QueueRef other("from", stat.object + 100);
        auto [another] = co_await admin.async_pause(other, as_tuple);
        EXPECT_EQ(another, errc::not_found);
        auto [bad] = co_await admin.async_resume("no name", as_tuple);
        EXPECT_EQ(bad, std::errc::invalid_argument);
        auto [same, zero] = co_await admin.async_move("from", "from", 1, as_tuple);
        EXPECT_EQ(same, std::errc::invalid_argument);
        auto [nobody] = co_await admin.async_kick(999'999, as_tuple);
        EXPECT_EQ(nobody, errc::not_found);
    });
}

INSTANTIATE_TEST_SUITE_P(,
                         AsyncCalls,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
