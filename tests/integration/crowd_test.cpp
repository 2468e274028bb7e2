// Many processes at one queue: nothing is lost, doubled, or out of order.
#include "tests/support/daemon.hpp"
#include "tests/support/shared_memory.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/penstock.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <span>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using penstock::support::Daemon;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::SharedArray;
using penstock::support::TemporaryFolder;

namespace {

constexpr std::uint32_t producers = 8;
constexpr std::uint32_t consumers = 8;
/// Far more than any call should need, so that a test that hangs says where.
constexpr auto patience = 60s;

/// What a producer puts: who it is, and its how-manieth item this is.
constexpr std::uint64_t item_of(std::uint32_t producer, std::uint32_t number)
{
    return std::uint64_t{producer} << 32 | number;
}
/// Behind all items there is one for each consumer.
constexpr std::uint64_t the_end = ~std::uint64_t{0};

std::uint32_t items_per_producer()
{
    // Sanitizers cost a factor of five: they run fewer.
    const char* given = std::getenv("PENSTOCK_TEST_ITEMS");
    const int all = given != nullptr ? std::atoi(given) : 200'000;
    return static_cast<std::uint32_t>(all) / producers;
}

/// What one consumer got, in memory that the processes share: how many, and each of them.
class Record {
public:
    explicit Record(std::size_t items_max)
        : words_(std::make_unique<SharedArray<std::uint64_t>>(items_max + 1))
    {}

    [[nodiscard]] bool add(std::uint64_t item)
    {
        const std::span<std::uint64_t> words = words_->all();
        if (words[0] + 1 == words.size()) return false;
        words[++words[0]] = item;
        return true;
    }
    [[nodiscard]] std::span<const std::uint64_t> items() const
    {
        return words_->all().subspan(1, (*words_)[0]);
    }

private:
    std::unique_ptr<SharedArray<std::uint64_t>> words_;
};

struct Place {
    std::string address;
    std::string key_file;
    [[nodiscard]] penstock::Client connect() const
    {
        return penstock::connect(address, {.timeout = patience, .key_file = key_file});
    }
};

int produce(const Place& place, std::uint32_t producer, std::uint32_t count)
{
    auto client = place.connect();
    auto queue = client.queue<std::uint64_t>("q");
    for (std::uint32_t i = 0; i < count; ++i) queue.put(item_of(producer, i), patience);
    return 0;
}

int consume(const Place& place, Record& record)
{
    auto client = place.connect();
    auto queue = client.queue<std::uint64_t>("q");
    while (true) {
        const std::uint64_t item = queue.get(patience);
        if (item == the_end) return 0;
        if (!record.add(item)) return 1;
    }
}

/// Each item exactly once, and in the order of its producer at each consumer.
void check(const std::vector<Record>& records, std::uint32_t count)
{
    std::vector<std::uint32_t> times(std::size_t{producers} * count, 0);
    for (std::size_t consumer = 0; consumer < records.size(); ++consumer) {
        std::array<std::int64_t, producers> last;
        last.fill(-1);
        for (const std::uint64_t item : records[consumer].items()) {
            const std::uint64_t producer = item >> 32;
            const std::uint64_t number = item & 0xffffffff;
            ASSERT_LT(producer, producers) << "nobody put that";
            ASSERT_LT(number, count) << "nobody put that";
            ASSERT_LT(last[producer], static_cast<std::int64_t>(number))
                << "consumer " << consumer << ", producer " << producer;
            last[producer] = static_cast<std::int64_t>(number);
            ++times[producer * count + number];
        }
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
        ASSERT_EQ(times[i], 1u) << "item " << i % count << " of producer " << i / count;
    }
}

void let_them_pass(const Place& place)
{
    const std::uint32_t count = items_per_producer();
    {
        auto client = place.connect();
        (void)client.queue<std::uint64_t>("q", {.maxsize = 10, .open = penstock::Open::fresh});
    }
    std::vector<Record> records;
    for (std::uint32_t i = 0; i < consumers; ++i) {
        records.emplace_back(std::size_t{producers} * count);
    }
    std::vector<pid_t> getting;
    for (Record& record : records) {
        getting.push_back(in_child([&] { return consume(place, record); }));
    }
    std::vector<pid_t> putting;
    for (std::uint32_t i = 0; i < producers; ++i) {
        putting.push_back(in_child([&, i] { return produce(place, i, count); }));
    }
    for (const pid_t pid : putting) EXPECT_EQ(exit_code_of(pid), 0) << "a producer";
    auto client = place.connect();
    auto queue = client.queue<std::uint64_t>("q");
    for (std::uint32_t i = 0; i < consumers; ++i) queue.put(the_end, patience);
    for (const pid_t pid : getting) EXPECT_EQ(exit_code_of(pid), 0) << "a consumer";
    check(records, count);
    const penstock::QueueStat stat = client.admin().stat("q");
    const std::uint64_t all = std::uint64_t{producers} * count + consumers;
    EXPECT_EQ(stat.put_total, all);
    EXPECT_EQ(stat.get_total, all);
    EXPECT_EQ(stat.ready, 0u);
}

TEST(Crowd, EightByEightLoseDoubleAndDisorderNothingOverUnix)
{
    const TemporaryFolder folder;
    const Daemon daemon("unix:" + folder.path() + "/s");
    let_them_pass({daemon.address(), ""});
}

TEST(Crowd, EightByEightLoseDoubleAndDisorderNothingOverTcpWithAKey)
{
    const TemporaryFolder folder;
    const std::string key = folder.write_key();
    const Daemon daemon("tcp:127.0.0.1:0", {"--key-file", key});
    let_them_pass({daemon.address(), key});
}

}  // namespace
