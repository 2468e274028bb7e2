// What Python's programmers have beside the plain queue: orders, many at once, queues that end, and
// items that are somebody's until they are done. Real processes, real sockets.
#include "tests/support/processes.hpp"
#include "tests/support/seed.hpp"

#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <vector>

using namespace std::chrono_literals;
using penstock::errc;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::item_count;
using penstock::support::Processes;

namespace {

TEST_F(Processes, PassManyItemsAtOnceWithoutLossDoubleOrDisorder)
{
    const int count = item_count();
    const pid_t producer = in_child([&] {
        auto client = connect();
        auto queue = client.queue<std::int32_t>("many", {.maxsize = 5000});
        std::vector<std::int32_t> items;
        for (int next = 0; next < count;) {
            items.clear();
            for (int n = 1 + next % 3000; n > 0 && next < count; --n) items.push_back(next++);
            const penstock::PutReport report = queue.put_many(items, 60s);
            if (!report || report.put != items.size()) return 1;
        }
        return 0;
    });
    auto client = connect();
    auto queue = client.queue<std::int32_t>("many", {.maxsize = 5000});
    int next = 0;
    while (next < count) {
        for (const std::int32_t item : queue.get_many(1 + next % 2000, 60s))
            ASSERT_EQ(item, next++);
    }
    EXPECT_EQ(next, count);
    EXPECT_EQ(exit_code_of(producer), 0);
    EXPECT_TRUE(queue.empty());
}

TEST_F(Processes, PutManySaysWhichItemsFoundNoRoom)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q", {.maxsize = 2});
    const std::vector<std::string> items = {"a", "b", "c"};
    const penstock::PutReport report = queue.put_many(items, 0s);
    EXPECT_FALSE(report);
    EXPECT_EQ(report.put, 2u);
    EXPECT_EQ(report.in_doubt, 0u);
    EXPECT_EQ(report.ec, errc::full);
    EXPECT_EQ(report.codes[2], errc::full);
    EXPECT_EQ(queue.get_many(10), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(queue.put_many(std::vector<std::string>{}));
    const penstock::PutReport prefix =
        queue.put_many(std::vector<std::string>(9000, "x"), {.timeout = 0s, .stop_on_error = true});
    EXPECT_EQ(prefix.put, 2u);
    EXPECT_EQ(prefix.ec, errc::full);
    EXPECT_EQ(prefix.codes[3], errc::skipped);
    EXPECT_EQ(prefix.codes.back(), errc::skipped);
    EXPECT_EQ(queue.get_many(10).size(), 2u);
    EXPECT_TRUE(queue.get_many(0).empty());
    std::error_code ec;
    EXPECT_TRUE(queue.get_many(3, 0s, ec).empty());
    EXPECT_EQ(ec, errc::empty);
}

TEST_F(Processes, LongItemsMayBeAmongMany)
{
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    std::vector<std::string> items;
    for (const std::size_t size : {0, 1, 300'000, 2, 1'000'000, 262'144, 262'100, 3}) {
        items.emplace_back(size, static_cast<char>('a' + items.size()));
    }
    ASSERT_TRUE(queue.put_many(items, 60s));
    std::vector<std::string> got;
    while (got.size() < items.size()) {
        for (std::string& item : queue.get_many(100, 60s)) got.push_back(std::move(item));
    }
    EXPECT_TRUE(got == items);
}

TEST_F(Processes, OtherQueuesHandOutInTheirOrder)
{
    auto client = connect();
    auto last = client.lifo_queue<std::string>("last");
    for (const char* item : {"a", "b", "c"}) last.put(item);
    EXPECT_EQ(last.get_many(3), (std::vector<std::string>{"c", "b", "a"}));
    auto urgent = client.priority_queue<std::string>("urgent");
    urgent.put("later", 5);
    urgent.put("now", -5, 1s);
    urgent.put("soon");
    EXPECT_TRUE(urgent.try_put("last", 9));
    EXPECT_EQ(urgent.get_many(9), (std::vector<std::string>{"now", "soon", "later", "last"}));
    for (int i = 0; i < 4; ++i) urgent.task_done();
    EXPECT_TRUE(urgent.qsize() == 0);
    std::error_code ec;
    (void)client.lifo_queue<std::string>("urgent", {}, ec);
    EXPECT_EQ(ec, errc::options_differ);
    auto simple = client.simple_queue<std::string>("simple");
    EXPECT_TRUE(simple.empty());
    simple.put("x");
    EXPECT_EQ(simple.get(), "x");
}

TEST_F(Processes, ManyItemsAtOnceHaveEachItsPriority)
{
    auto client = connect();
    auto urgent = client.priority_queue<std::string>("urgent", {.maxsize = 6});
    using Items = std::vector<std::pair<penstock::Priority, std::string>>;
    EXPECT_TRUE(urgent.put_many(Items{{5, "e"}, {5, "f"}, {-1, "a"}, {0, "c"}}));
    const std::multimap<int, const char*> more = {{-1, "b"}, {9, "g"}, {9, "h"}};
    const penstock::PutReport report = urgent.put_many(more, 0s);
    EXPECT_EQ(report.put, 2u);
    EXPECT_EQ(report.codes[2], errc::full);
    EXPECT_EQ(urgent.get_many(4), (std::vector<std::string>{"a", "b", "c", "e"}));
    EXPECT_TRUE(urgent.put_many(std::vector<std::string>{"d"}));
    const penstock::PutReport prefix =
        urgent.put_many(Items{{7, "x"}, {-7, "y"}, {6, "z"}, {4, "no"}, {-9, "no"}},
                        {.timeout = 0s, .stop_on_error = true});
    EXPECT_EQ(prefix.put, 3u);
    EXPECT_EQ(prefix.codes[3], errc::full);
    EXPECT_EQ(prefix.codes[4], errc::skipped);
    EXPECT_EQ(urgent.get_many(9), (std::vector<std::string>{"y", "d", "f", "z", "x", "g"}));
    Items items;
    for (int i = 0; i < 1000; ++i)
        items.push_back({(i * 7) % 1000, std::to_string((i * 7) % 1000)});
    auto long_one = client.priority_queue<std::string>("long");
    ASSERT_TRUE(long_one.put_many(items));
    int next = 0;
    for (const std::string& item : long_one.get_many(1000)) EXPECT_EQ(item, std::to_string(next++));
    EXPECT_EQ(next, 1000);
}

TEST_F(Processes, AKilledProducerOfManyLeavesAPrefix)
{
    auto client = connect();
    auto queue = client.queue<std::int32_t>("q", {.maxsize = 100});
    const pid_t producer = in_child([&] {
        auto own = connect();
        std::vector<std::int32_t> items(10'000);
        std::iota(items.begin(), items.end(), 0);
        (void)own.queue<std::int32_t>("q").put_many(items);
        return 0;
    });
    int next = 0;
    while (next < 500) {
        for (const std::int32_t item : queue.get_many(50, 60s)) ASSERT_EQ(item, next++);
    }
    ::kill(producer, SIGKILL);
    (void)exit_code_of(producer);
    std::error_code ec;
    while (!ec) {
        for (const std::int32_t item : queue.get_many(50, 1s, ec)) ASSERT_EQ(item, next++);
    }
    EXPECT_EQ(ec, errc::empty);
    EXPECT_LT(next, 10'000);
}

/// Puts `count` numbers from `first` on and waits to be killed, or leaves.
pid_t start_producer(const std::string& address, int first, int count, bool leaves)
{
    return in_child([=] {
        auto client = penstock::connect(address);
        auto queue = client.queue<std::int32_t>("q", {.role = penstock::Role::producer});
        for (int i = 0; i < count; ++i) queue.put(first + i, 60s);
        client.queue<std::int32_t>("ready").put(first);
        while (!leaves) ::pause();
        return 0;
    });
}

TEST_F(Processes, ConsumersDrainAQueueWhoseProducersAreGoneAndGetTheEnd)
{
    auto client = connect();
    auto queue = client.queue<std::int32_t>(
        "q",
        {.role = penstock::Role::consumer, .ends_with_producers = true, .producers_expected = 3});
    auto ready = client.queue<std::int32_t>("ready");
    const pid_t first = start_producer(daemon_.address(), 0, 100, true);
    const pid_t second = start_producer(daemon_.address(), 1000, 100, true);
    const pid_t killed = start_producer(daemon_.address(), 2000, 100, false);
    std::set<int> got;
    for (int i = 0; i < 150; ++i) got.insert(queue.get(60s));
    for (int i = 0; i < 3; ++i) (void)ready.get(60s);
    EXPECT_EQ(exit_code_of(first), 0);
    EXPECT_EQ(exit_code_of(second), 0);
    ::kill(killed, SIGKILL);
    (void)exit_code_of(killed);
    const auto begin = std::chrono::steady_clock::now();
    std::error_code ec;
    while (const auto item = queue.get(60s, ec)) got.insert(*item);
    EXPECT_EQ(ec, errc::eof);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    EXPECT_EQ(got.size(), 300u);
    EXPECT_THROW((void)queue.get(), penstock::EndOfFile);
    (void)client.queue<std::int32_t>("q", {.role = penstock::Role::producer}, ec);
    EXPECT_EQ(ec, errc::closed);
}

TEST_F(Processes, ProducersAreToldThatTheLastConsumerIsGone)
{
    auto client = connect();
    auto queue = client.queue<std::string>(
        "q", {.maxsize = 1, .role = penstock::Role::producer, .ends_with_consumers = true});
    const pid_t consumer = in_child([&] {
        auto own = connect();
        auto items = own.queue<std::string>("q", {.role = penstock::Role::consumer});
        (void)items.get(60s);
        own.queue<std::string>("ready").put("x");
        while (true) ::pause();
        return 0;
    });
    queue.put("a");
    (void)client.queue<std::string>("ready").get(60s);
    ::kill(consumer, SIGKILL);
    (void)exit_code_of(consumer);
    std::error_code ec;
    while (queue.put("b", 60s, ec)) {
    }
    EXPECT_EQ(ec, errc::closed);
}

/// Takes items and does each after a while; reports what it did.
int work(const std::string& address)
{
    auto client = penstock::connect(address);
    auto jobs = client.joinable_queue<std::int32_t>("jobs");
    auto done = client.queue<std::string>("done");
    while (true) {
        std::error_code ec;
        const auto job = jobs.get_item(60s, ec);
        if (!job) return ec == errc::shut_down ? 0 : 1;
        client.flush();  // its item is not gone by that
        done.put(std::to_string(job->value) + " " + std::to_string(job->attempts));
        jobs.done(*job);
    }
}

TEST_F(Processes, EveryItemIsDoneThoughWorkersAreKilled)
{
    constexpr int job_count = 1000;
    constexpr int kill_count = 25;
    std::mt19937_64 random(penstock::support::printed_seed());
    auto client = connect();
    auto jobs = client.joinable_queue<std::int32_t>("jobs", {.until_task_done = true});
    auto done = client.queue<std::string>("done");
    std::vector<std::int32_t> numbers(job_count);
    std::iota(numbers.begin(), numbers.end(), 0);
    ASSERT_TRUE(jobs.put_many(numbers));
    std::vector<pid_t> workers(4);
    const auto start = [&] { return in_child([&] { return work(daemon_.address()); }); };
    for (pid_t& worker : workers) worker = start();

    std::map<int, std::vector<int>> attempts;  // of each job, as they were reported
    const auto take_report = [&] {
        const std::string report = done.get(60s);
        attempts[std::stoi(report)].push_back(std::stoi(report.substr(report.find(' '))));
    };
    for (int kills = 0; kills < kill_count; ++kills) {
        for (auto n = 1 + random() % 30; n > 0; --n) take_report();
        pid_t& victim = workers[random() % workers.size()];
        ::kill(victim, SIGKILL);
        (void)exit_code_of(victim);
        victim = start();
        std::error_code ec;
        const bool over = jobs.join(0s, ec);
        EXPECT_FALSE(over && client.admin().stat("jobs").unfinished > 0);
    }
    std::error_code ec;
    ASSERT_TRUE(jobs.join(60s, ec)) << ec.message();
    jobs.shutdown();
    for (const pid_t worker : workers) EXPECT_EQ(exit_code_of(worker), 0);
    while (!done.empty()) take_report();
    EXPECT_EQ(attempts.size(), static_cast<std::size_t>(job_count));
    for (const auto& [job, reported] : attempts) {
        // A worker may be killed between its report and done(): then the job comes again, flagged.
        for (std::size_t i = 1; i < reported.size(); ++i) EXPECT_GT(reported[i], reported[i - 1]);
        EXPECT_TRUE(reported.size() == 1 || reported.back() >= 2) << job;
    }
    const penstock::QueueStat stat = client.admin().stat("jobs");
    EXPECT_EQ(stat.unfinished + stat.assigned + stat.ready, 0u);
}

TEST_F(Processes, OnlyItsHolderCanSayThatAnItemIsDone)
{
    auto client = connect();
    auto jobs = client.joinable_queue<std::string>("jobs", {.until_task_done = true});
    jobs.put("a");
    std::error_code ec;
    jobs.task_done(ec);
    EXPECT_EQ(ec, errc::not_found);
    const auto item = jobs.get_item();
    jobs.done(item);
    jobs.done(item, ec);
    EXPECT_EQ(ec, errc::not_found);
    EXPECT_TRUE(jobs.join(0s, ec));
}

}  // namespace
