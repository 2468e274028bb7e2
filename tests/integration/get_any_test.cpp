// get_any: one call that waits at several queues. Real processes, real sockets.
#include "tests/support/processes.hpp"

#include <array>
#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using penstock::errc;
using penstock::get_any;
using penstock::Queue;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::item_count;
using penstock::support::Processes;

namespace {

using Numbers = Queue<std::int32_t>;

constexpr int consumers = 8;
constexpr std::array<const char*, 3> names = {"a", "b", "c"};

/// Waits until so many calls wait at the queue, for at most a minute.
bool wait_for_getters(penstock::Client& client, const char* name, std::uint64_t wanted)
{
    for (int i = 0; i < 6000; ++i) {
        if (client.admin().stat(name).getters == wanted) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

/// Takes what comes until all three have ended, then tells what it was.
int consume(const std::string& address)
{
    auto client = penstock::connect(address);
    auto a = client.queue<std::int32_t>("a");
    auto b = client.queue<std::int32_t>("b");
    auto c = client.queue<std::int32_t>("c");
    std::vector<std::int32_t> seen;
    try {
        while (true) {
            const auto [which, item] = get_any<std::int32_t>({a, b, c}, 60s);
            if (static_cast<std::size_t>(item.value % 3) != which || item.attempts != 1) return 1;
            seen.push_back(item.value);
        }
    } catch (const penstock::EndOfFile&) {
        return client.queue<std::int32_t>("seen").put_many(seen, 60s) ? 0 : 2;
    }
}

/// Puts numbers that tell their queue.
int produce(const std::string& address, int queue, int count)
{
    auto client = penstock::connect(address);
    auto out = client.queue<std::int32_t>(names[static_cast<std::size_t>(queue)],
                                          {.role = penstock::Role::producer});
    for (int i = 0; i < count; ++i) out.put(i * 3 + queue, 60s);
    return 0;
}

TEST_F(Processes, EightConsumersShareThreeQueuesOfWhichOneEndsBeforeTheOthers)
{
    auto client = connect();
    std::vector<Numbers> opened;
    for (const char* name : names) {
        opened.push_back(
            client.queue<std::int32_t>(name, {.maxsize = 50, .ends_with_producers = true}));
    }
    std::vector<pid_t> children;
    for (int i = 0; i < consumers; ++i) {
        children.push_back(in_child([this] { return consume(daemon_.address()); }));
    }
    for (const char* name : names) ASSERT_TRUE(wait_for_getters(client, name, consumers));
    const int count = item_count() / 20;
    const std::array<int, 3> counts = {count / 20, count, count};
    EXPECT_EQ(exit_code_of(in_child([&] { return produce(daemon_.address(), 0, counts[0]); })), 0);
    ASSERT_TRUE(wait_for_getters(client, "a", 0));          // it has ended: nobody waits there ...
    ASSERT_TRUE(wait_for_getters(client, "b", consumers));  // ... but all do here
    for (int queue : {1, 2}) {
        children.push_back(in_child([&, queue] {
            return produce(daemon_.address(), queue, counts[static_cast<std::size_t>(queue)]);
        }));
    }
    for (const pid_t child : children) EXPECT_EQ(exit_code_of(child), 0);

    std::multiset<std::int32_t> seen;
    auto results = client.queue<std::int32_t>("seen");
    while (auto number = results.try_get()) seen.insert(*number);
    std::multiset<std::int32_t> expected;
    for (int queue = 0; queue < 3; ++queue) {
        for (int i = 0; i < counts[static_cast<std::size_t>(queue)]; ++i)
            expected.insert(i * 3 + queue);
    }
    EXPECT_TRUE(seen == expected) << seen.size() << " of " << expected.size();
    for (const char* name : names) {
        const auto stats = client.admin().stat(name);
        EXPECT_EQ(stats.getters, 0u);
        EXPECT_EQ(stats.assigned, 0u);
        EXPECT_EQ(stats.ready, 0u);
    }
}

TEST_F(Processes, AKilledConsumerLeavesTheLinesOfAllQueues)
{
    auto client = connect();
    auto a = client.queue<std::int32_t>("a");
    auto b = client.queue<std::int32_t>("b");
    const pid_t killed = in_child([this] { return consume(daemon_.address()); });
    for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(wait_for_getters(client, name, 1));
    ::kill(killed, SIGKILL);
    (void)exit_code_of(killed);
    for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(wait_for_getters(client, name, 0));
    b.put(7);
    const auto got = get_any<std::int32_t>({a, b}, 10s);
    EXPECT_EQ(got.which, 1u);
    EXPECT_EQ(got.item.value, 7);
    EXPECT_EQ(got.item.attempts, 1);
}

TEST_F(Processes, TheFirstOfTheListThatIsReadyIsTaken)
{
    auto client = connect();
    auto high = client.joinable_queue<std::string>("high");
    auto low = client.priority_queue<std::string>("low");
    low.put("last", 2);
    low.put("then", 1);
    high.put("now");
    auto first = get_any<std::string>({high, low});
    EXPECT_EQ(first.which, 0u);
    EXPECT_EQ(first.item.value, "now");
    high.done(first.item);
    const auto second = get_any<std::string>({high, low});
    EXPECT_EQ(second.which, 1u);
    EXPECT_EQ(second.item.value, "then");
    low.task_done();  // the queue that was served knows whose it is
    std::error_code ec;
    const std::vector<std::reference_wrapper<Queue<std::string>>> list = {low, high};
    const auto third = get_any<std::string>(list, 1s, ec);
    ASSERT_TRUE(third);
    EXPECT_EQ(third->which, 0u);
    EXPECT_EQ(third->item.value, "last");
    low.done(third->item);
    EXPECT_TRUE(high.join(0s, ec));
    EXPECT_TRUE(low.join(0s, ec));
    EXPECT_FALSE(get_any<std::string>({high, low}, 0s, ec));
    EXPECT_EQ(ec, errc::empty);
    EXPECT_THROW((void)get_any<std::string>({high, low}, 10ms), penstock::Empty);
}

TEST_F(Processes, AnItemOfAShutDownJoinableQueueReturnsIfItsWorkerDies)
{
    auto client = connect();
    for (const bool joinable_first : {true, false}) {
        const std::string name = joinable_first ? "first" : "second";
        auto jobs = client.joinable_queue<std::string>(name);
        jobs.put("precious");
        jobs.shutdown();
        const pid_t worker = in_child([&] {
            auto own = connect();
            auto own_jobs = own.joinable_queue<std::string>(name);
            auto plain = own.queue<std::string>("plain");
            const auto got = joinable_first ? get_any<std::string>({own_jobs, plain}, 60s)
                                            : get_any<std::string>({plain, own_jobs}, 60s);
            ::kill(::getpid(), SIGKILL);
            return got.item.attempts;
        });
        (void)exit_code_of(worker);
        const auto item = jobs.get_item(60s);
        EXPECT_EQ(item.value, "precious");
        EXPECT_EQ(item.attempts, 2);
        jobs.done(item);
    }
}

TEST_F(Processes, ClosingOneHandleInAnotherThreadEndsTheCall)
{
    auto client = connect();
    auto a = client.queue<std::string>("a");
    auto b = client.queue<std::string>("b");
    std::error_code ec;
    std::thread waits([&] { (void)get_any<std::string>({a, b}, 60s, ec); });
    ASSERT_TRUE(wait_for_getters(client, "a", 1));
    b.close();
    waits.join();
    EXPECT_EQ(ec, errc::closed);
    a.put("stays");
    EXPECT_EQ(a.get(1s), "stays");
    EXPECT_FALSE(get_any<std::string>({a, b}, 0s, ec));
    EXPECT_EQ(ec, errc::closed);
}

TEST_F(Processes, QueuesOfNoOrSeveralClientsAreRefused)
{
    auto client = connect();
    auto other = connect();
    auto a = client.queue<std::string>("a");
    auto b = other.queue<std::string>("b");
    std::error_code ec;
    EXPECT_FALSE(get_any<std::string>({a, b}, 0s, ec));
    EXPECT_EQ(ec, std::errc::invalid_argument);
    EXPECT_FALSE(get_any<std::string>({}, 0s, ec));
    EXPECT_EQ(ec, std::errc::invalid_argument);
    const std::vector<std::reference_wrapper<Queue<std::string>>> list(penstock::get_any_max + 1,
                                                                       a);
    EXPECT_FALSE(get_any<std::string>(list, 0s, ec));
    EXPECT_EQ(ec, errc::too_many);
    try {
        (void)get_any<std::string>({a, a}, 0s);
        FAIL() << "something was there";
    } catch (const penstock::Empty& error) {
        EXPECT_NE(std::string(error.what()).find("'a', 'a'"), std::string::npos) << error.what();
    }
}

}  // namespace
