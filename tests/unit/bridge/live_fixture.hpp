// A browser that is played by a test: what it says, what it is told, and a clock.
#pragma once

#include "server/bridge/live.hpp"
#include "tests/unit/bridge/readings.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace penstock::bridge {

class LiveTest : public testing::Test {
protected:
    LiveTest() { take({queue_row(1, "a", 1), queue_row(2, "b", 2)}); }

    void take(std::vector<QueueRow> rows, std::vector<std::uint64_t> removed = {})
    {
        state_.take(broker_.reading(std::move(rows), std::move(removed)), now_, wall_ms, "b2");
    }
    void change(std::uint64_t depth) { take({queue_row(2, "b", depth)}); }

    [[nodiscard]] std::unique_ptr<Live> open(Role role = Role::viewer)
    {
        return std::make_unique<Live>(state_, role, R"("name":"penstockd")", now_);
    }
    /// Says hello, and takes all that comes of it.
    [[nodiscard]] std::unique_ptr<Live> greeted(Role role = Role::viewer)
    {
        auto live = open(role);
        say(*live, hello);
        told(*live);
        acknowledge(*live);
        return live;
    }
    void say(Live& live, const std::string& text) { live.receive(text, now_); }
    void acknowledge(Live& live)
    {
        say(live, R"({"t":"ack","ver":)" + std::to_string(state_.mirror().version()) + "}");
    }
    /// All that it is told now.
    std::vector<std::string> told(Live& live)
    {
        std::vector<std::string> texts;
        for (Frame frame = live.next(now_); !frame.empty(); frame = live.next(now_)) {
            texts.push_back(frame.text());
        }
        return texts;
    }
    static std::string type_of(const std::string& text)
    {
        return text.substr(6, text.find('"', 6) - 6);
    }
    std::vector<std::string> types(Live& live)
    {
        std::vector<std::string> names;
        for (const std::string& text : told(live)) names.push_back(type_of(text));
        return names;
    }

    static constexpr const char* hello =
        R"({"t":"hello","proto":1,"views":[{"id":"q","kind":"queues","sort":"name"}]})";

    TimePoint now_{1h};
    FakeBroker broker_;
    State state_{"b1"};
};

using Types = std::vector<std::string>;

inline bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace penstock::bridge
