// The page for Prometheus: its format, and what it says. `cli metrics` shows it to promtool.
#include <penstock/metrics.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace penstock {
namespace {

using namespace std::chrono_literals;

BrokerStat broker()
{
    BrokerStat stat;
    stat.version = "0.1.0";
    stat.uptime = 100s;
    stat.sessions = 2;
    stat.memory_used = 123;
    stat.memory_max = 1'000;
    stat.descriptors_used = 4;
    stat.unix_connections_total = 5;
    stat.tcp_connections_total = 6;
    stat.event_counts = {{"session_began", 7}, {"session_cut", 8}, {"auth_failed", 9}};
    OperationTimes times;
    times.kind = WaitKind::put;
    times.counts.assign(std::size(OperationTimes::bounds) + 1, 1);
    times.sum = 1'500ms;
    stat.operation_times = {times};
    return stat;
}

QueueRow queue(std::string name, std::uint64_t ready = 1)
{
    QueueRow row;
    row.stat.name = std::move(name);
    row.stat.ready = ready;
    row.stat.put_total = 10;
    row.stat.oldest = 40s;
    return row;
}

ConnectionStat connection(std::string address)
{
    ConnectionStat stat;
    stat.address = std::move(address);
    stat.state = "live";
    return stat;
}

/// Samples by what stands before the value.
std::map<std::string, std::string> samples(const std::string& text)
{
    std::map<std::string, std::string> samples;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#")) continue;
        const std::size_t blank = line.rfind(' ');
        EXPECT_TRUE(samples.emplace(line.substr(0, blank), line.substr(blank + 1)).second) << line;
    }
    return samples;
}

std::string text(const std::vector<QueueRow>& queues,
                 const std::vector<ConnectionStat>& connections = {})
{
    return metrics_text(
        broker(), queues, connections, std::chrono::system_clock::time_point(1'000s));
}

TEST(Metrics, AreFamiliesOfSamplesEachWithHelpAndType)
{
    std::istringstream lines(text({queue("a"), queue("b")}, {connection("unix:pid=1")}));
    const std::regex help("# HELP (penstock_[a-z_]+) [A-Z0-9].*\\.");
    const std::regex type("# TYPE (penstock_[a-z_]+) (counter|gauge|histogram)");
    const std::regex sample("(penstock_[a-z_]+)(\\{([a-z]+=\"[^\"]*\",?)+\\})? [0-9+.e-]+");
    std::set<std::string> families;
    std::string family;
    std::string kind;
    std::smatch found;
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_match(line, found, help)) {
            family = found[1];
            EXPECT_TRUE(families.insert(family).second) << "twice: " << family;
            ASSERT_TRUE(std::getline(lines, line));
            ASSERT_TRUE(std::regex_match(line, found, type)) << line;
            EXPECT_EQ(found[1], family);
            kind = found[2];
            EXPECT_EQ(kind == "counter", family.ends_with("_total")) << family;
            continue;
        }
        ASSERT_TRUE(std::regex_match(line, found, sample)) << line;
        const std::string name = found[1];
        const std::set<std::string> suffixes = {
            family + "_bucket", family + "_sum", family + "_count"};
        EXPECT_TRUE(kind == "histogram" ? suffixes.contains(name) : name == family) << line;
    }
    EXPECT_GT(families.size(), 20u);
}

TEST(Metrics, SayWhatTheBrokerSays)
{
    auto found =
        samples(text({queue("jobs", 3)}, {connection("unix:pid=1"), connection("tcp:h:1")}));
    EXPECT_EQ(found["penstock_build_info{version=\"0.1.0\"}"], "1");
    EXPECT_EQ(found["penstock_start_time_seconds"], "900");
    EXPECT_EQ(found["penstock_connections{transport=\"tcp\",state=\"live\"}"], "1");
    EXPECT_EQ(found["penstock_connections_opened_total{transport=\"tcp\"}"], "6");
    EXPECT_EQ(found["penstock_connections_closed_total{reason=\"session_cut\"}"], "8");
    EXPECT_EQ(found["penstock_connections_closed_total{reason=\"owner_died\"}"], "0");
    EXPECT_EQ(found["penstock_sessions{state=\"live\"}"], "2");
    EXPECT_EQ(found["penstock_queue_depth{queue=\"jobs\"}"], "3");
    EXPECT_EQ(found["penstock_messages_put_total{queue=\"jobs\"}"], "10");
    EXPECT_EQ(found["penstock_queue_oldest_age_seconds{queue=\"jobs\"}"], "60");
    EXPECT_EQ(found["penstock_memory_bytes{kind=\"items\"}"], "123");
    EXPECT_EQ(found["penstock_auth_failures_total{method=\"key\"}"], "9");
    EXPECT_EQ(found["penstock_events_total{code=\"session_began\"}"], "7");
}

TEST(Metrics, AHistogramsBucketsAreCumulative)
{
    auto found = samples(text({}));
    const std::string name = "penstock_op_duration_seconds";
    EXPECT_EQ(found[name + "_bucket{op=\"put\",le=\"1e-05\"}"], "1");
    EXPECT_EQ(found[name + "_bucket{op=\"put\",le=\"10\"}"], "13");
    EXPECT_EQ(found[name + "_bucket{op=\"put\",le=\"+Inf\"}"], "14");
    EXPECT_EQ(found[name + "_count{op=\"put\"}"], "14");
    EXPECT_EQ(found[name + "_sum{op=\"put\"}"], "1.5");
}

TEST(Metrics, BeyondAThousandQueuesTheRestIsAddedUp)
{
    std::vector<QueueRow> queues;
    for (int i = 1'100; i >= 1; --i) queues.push_back(queue("q" + std::to_string(10'000 + i)));
    auto found = samples(text(queues));
    const auto of_depth = [](const auto& entry) {
        return entry.first.starts_with("penstock_queue_depth");
    };
    EXPECT_EQ(std::ranges::count_if(found, of_depth), 1'001);
    EXPECT_EQ(found["penstock_queue_depth{queue=\"q10001\"}"], "1");
    EXPECT_EQ(found["penstock_queue_depth{queue=\"q11000\"}"], "1");
    EXPECT_EQ(found["penstock_queue_depth{queue=\"_other\"}"], "100");
    EXPECT_EQ(found["penstock_queue_oldest_age_seconds{queue=\"_other\"}"], "60");
    found = samples(metrics_text(broker(), queues, {}, {}, 2'000));
    EXPECT_EQ(std::ranges::count_if(found, of_depth), 1'100);
}

/// samples() notices a series that is there twice.
TEST(Metrics, AQueueThatIsCalledAsTheRestIsPartOfIt)
{
    std::vector<QueueRow> queues = {queue("_other", 7)};
    for (int i = 0; i < 1'001; ++i) queues.push_back(queue("q" + std::to_string(10'000 + i)));
    auto found = samples(text(queues));
    EXPECT_EQ(found["penstock_queue_depth{queue=\"_other\"}"], "8");
}

TEST(Metrics, WhatStandsInALabelIsEscaped)
{
    BrokerStat stat = broker();
    stat.version = "a\"b\\c\nd";
    const std::string page = metrics_text(stat, {}, {}, {});
    EXPECT_NE(page.find("{version=\"a\\\"b\\\\c\\nd\"} 1\n"), std::string::npos);
}

}  // namespace
}  // namespace penstock
