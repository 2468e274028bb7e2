#include "server/bridge/history.hpp"

#include "tests/unit/bridge/readings.hpp"

#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

std::string written(const History& history, const Mirror& mirror)
{
    JsonText out;
    out.begin_object();
    history.write(out, mirror);
    return out.end_object().take();
}

std::string series(const std::string& text, const std::string& name)
{
    const std::size_t begin = text.find("\"" + name + "\":");
    return text.substr(begin, text.find(']', begin) + 1 - begin);
}

TEST(History, KeepsOneSampleASecondAndShowsGaps)
{
    FakeBroker broker;
    Mirror mirror("b1");
    mirror.take(broker.reading({}), {}, wall_ms, "");
    History history;
    for (const auto moment : {100'000ms, 100'400ms, 101'100ms, 103'000ms}) {
        broker.stat.uptime = moment;
        broker.stat.put_total = static_cast<std::uint64_t>(moment.count());
        history.observe(broker.stat);
    }
    const std::string text = written(history, mirror);
    EXPECT_TRUE(text.starts_with(R"({"res_ms":1000,"t0":1700000000000,)")) << text;
    EXPECT_EQ(series(text, "in"), R"("in":[100000,101100,null,103000])");
}

TEST(History, ItsMemoryIsFixed)
{
    FakeBroker broker;
    Mirror mirror("b1");
    mirror.take(broker.reading({}), {}, wall_ms, "");
    History history;
    for (int i = 0; i < 3000; ++i) {
        broker.stat.uptime += 1s;
        broker.stat.put_total += 1;
        history.observe(broker.stat);
    }
    const std::string in = series(written(history, mirror), "in");
    EXPECT_EQ(std::count(in.begin(), in.end(), ',') + 1, static_cast<long>(history_size));
    EXPECT_TRUE(in.ends_with(",3000]"));
}

TEST(History, IsEmptyAtFirst)
{
    EXPECT_EQ(series(written(History(), Mirror("b1")), "in"), R"("in":[])");
}

TEST(History, TimesAreOfTheSecondBefore)
{
    OperationTimes before;
    before.counts.assign(std::size(OperationTimes::bounds) + 1, 0);
    OperationTimes now = before;
    EXPECT_EQ(quantile_us(&before, now, 0.5), std::nullopt);
    before.counts[0] = now.counts[0] = 1'000'000;  // long ago
    now.counts[4] += 98;                           // 250 us to 1 ms
    now.counts[10] += 2;                           // 250 ms to 1 s
    EXPECT_GT(*quantile_us(&before, now, 0.5), 250u);
    EXPECT_LT(*quantile_us(&before, now, 0.5), 1000u);
    EXPECT_GT(*quantile_us(&before, now, 0.99), 250'000u);
    EXPECT_LE(*quantile_us(&before, now, 0.99), 1'000'000u);
    now.counts.back() += 1000;  // above the last bound nothing is known
    EXPECT_EQ(*quantile_us(&before, now, 0.99), 10'000'000u);
}

}  // namespace

}  // namespace penstock::bridge
