// While a very long item passes, short ones on other connections hardly wait; and it arrives whole.
#include "tests/support/daemon.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/penstock.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using penstock::Bytes;
using penstock::support::Daemon;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::TemporaryFolder;

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

/// Far more than any call should need, so that a test that hangs says where.
constexpr auto patience = 60s;
constexpr double ratio_max = 10;
/// Another program that keeps both cores busy would fail one try; not all of them.
constexpr int tries_max = 4;
constexpr int usual_trips = 1000;
constexpr auto tick = 1ms;

std::size_t long_item_size()
{
    const char* given = std::getenv("PENSTOCK_TEST_LONG_ITEM_MIB");
    return std::size_t{1024} * 1024 * (given != nullptr ? std::strtoul(given, nullptr, 10) : 256);
}

struct Place {
    std::string address;
    std::string key_file;
    [[nodiscard]] penstock::Client connect() const
    {
        return penstock::connect(address, {.timeout = patience, .key_file = key_file});
    }
};

/// Bytes that a lost, doubled or exchanged part would change, whatever its size.
Bytes long_item()
{
    Bytes item(long_item_size());
    std::uint64_t state = 88172645463325252;  // xorshift64
    for (std::size_t at = 0; at + sizeof(state) <= item.size(); at += sizeof(state)) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        std::memcpy(item.data() + at, &state, sizeof(state));
    }
    return item;
}

/// Two processes that pass the long item as soon as they are let go.
class Passage {
public:
    explicit Passage(const Place& place)
        : putter_(in_child([place] {
              auto client = place.connect();
              auto items = client.queue<Bytes>("long");
              const Bytes item = long_item();
              client.queue<std::uint8_t>("ready").put(1);
              (void)client.queue<std::uint8_t>("go").get(patience);
              items.put(item, patience);
              return 0;
          })),
          getter_(in_child([place] {
              auto client = place.connect();
              auto items = client.queue<Bytes>("long");
              const Bytes expected = long_item();
              client.queue<std::uint8_t>("ready").put(1);
              const Bytes item = items.get(patience);
              client.queue<std::uint8_t>("passed").put(1);
              return item == expected ? 0 : 1;
          }))
    {}

    [[nodiscard]] bool ended_well() const
    {
        const bool put = exit_code_of(putter_) == 0;
        return exit_code_of(getter_) == 0 && put;
    }

private:
    pid_t putter_;
    pid_t getter_;
};

/// A process that returns what it gets.
pid_t start_echo(const Place& place)
{
    return in_child([place] {
        auto client = place.connect();
        auto there = client.queue<Bytes>("there");
        auto back = client.queue<Bytes>("back");
        std::error_code ec;
        while (const auto item = there.get(patience, ec)) back.put(*item);
        return ec == penstock::errc::shut_down ? 0 : 1;
    });
}

/// How long round trips took that began at each tick of a clock. Where one outlasts the next ticks,
/// those that would have begun there count with what was left to wait: else a broker that is deaf
/// for a second would have spoilt just one of them.
class Times {
public:
    void add(Microseconds took)
    {
        do {
            all_.push_back(took);
            took -= tick;
        } while (took > Microseconds::zero());
    }
    [[nodiscard]] std::size_t count() const { return all_.size(); }
    [[nodiscard]] double at(double share)
    {
        const auto index = static_cast<std::ptrdiff_t>(share * static_cast<double>(count() - 1));
        std::nth_element(all_.begin(), all_.begin() + index, all_.end());
        return all_[static_cast<std::size_t>(index)].count();
    }
    [[nodiscard]] std::string text()
    {
        std::string result;
        for (const double share : {0.5, 0.75, 0.9, 0.99, 1.0}) {
            result += std::to_string(std::lround(at(share))) + " ";
        }
        return result + "us of " + std::to_string(count());
    }

private:
    std::vector<Microseconds> all_;
};

class RoundTrips {
public:
    explicit RoundTrips(penstock::Client& client)
        : there_(client.queue<Bytes>("there")), back_(client.queue<Bytes>("back"))
    {}

    void add_one(Times& times)
    {
        next_ = std::max(next_ + tick, Clock::now());
        std::this_thread::sleep_until(next_);
        const auto begin = Clock::now();
        there_.put(item_, patience);
        EXPECT_EQ(back_.get(patience), item_);
        times.add(Clock::now() - begin);
    }
    void end() { there_.shutdown(); }

private:
    penstock::Queue<Bytes> there_;
    penstock::Queue<Bytes> back_;
    const Bytes item_ = Bytes(64, std::byte{42});
    Clock::time_point next_;
};

/// How many times as long a round trip takes while the long item passes: in the middle, and of the
/// slowest quarter the fastest.
double measure(const Place& place)
{
    const pid_t echo = start_echo(place);
    const Passage passage(place);
    double ratio = 0;
    {
        auto client = place.connect();
        auto ready = client.queue<std::uint8_t>("ready");
        for (int i = 0; i < 2; ++i) (void)ready.get(patience);
        auto passed = client.queue<std::uint8_t>("passed");
        RoundTrips trips(client);
        Times usual;
        for (int i = 0; i < usual_trips; ++i) trips.add_one(usual);
        Times meanwhile;
        client.queue<std::uint8_t>("go").put(1);
        const auto begin = Clock::now();
        while (!passed.try_get()) trips.add_one(meanwhile);
        const std::chrono::duration<double> took = Clock::now() - begin;
        trips.end();
        for (const double share : {0.5, 0.75}) {
            ratio = std::max(ratio, meanwhile.at(share) / usual.at(share));
        }
        std::cout << "64 B there and back, median, p75, p90, p99, worst: usual " << usual.text()
                  << "; meanwhile " << meanwhile.text() << ", " << took.count() << " s\n";
    }
    EXPECT_TRUE(passage.ended_well()) << "the long item did not arrive as it was put";
    EXPECT_EQ(exit_code_of(echo), 0);
    return ratio;
}

void expect_fairness(const std::string& listen, const std::string& key_file)
{
    std::vector<std::string> options;
    if (!key_file.empty()) options = {"--key-file", key_file};
    double ratio = 0;
    for (int i = 0; i < tries_max && !testing::Test::HasFailure(); ++i) {
        const Daemon daemon(listen, options);
        ratio = measure({daemon.address(), key_file});
        if (ratio < ratio_max) return;
    }
    EXPECT_LT(ratio, ratio_max);
}

TEST(Fairness, AShortRoundTripHardlyWaitsForALongItemOverUnix)
{
    const TemporaryFolder folder;
    expect_fairness("unix:" + folder.path() + "/s", "");
}

TEST(Fairness, AShortRoundTripHardlyWaitsForALongItemOverTcp)
{
    const TemporaryFolder folder;
    expect_fairness("tcp:127.0.0.1:0", folder.write_key());
}

}  // namespace
