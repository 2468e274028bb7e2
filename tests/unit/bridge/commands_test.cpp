#include "server/bridge/commands.hpp"

#include "tests/unit/bridge/readings.hpp"

#include <gtest/gtest.h>

namespace penstock::bridge {

namespace {

class CommandsTest : public testing::Test {
protected:
    CommandsTest()
    {
        FakeBroker broker;
        mirror_.take(broker.reading({queue_row(3, "jobs"), queue_row(4, "dead")}), {}, wall_ms, "");
    }
    std::string error(const Command& command, Role role = Role::operator_)
    {
        const auto reply = refused(command, role, mirror_);
        return reply ? reply->error : "";
    }

    Mirror mirror_{"b1"};
};

Command of(Op op)
{
    Command command;
    command.op = op;
    command.target = "jobs";
    command.object = 3;
    command.confirm = "jobs";
    command.to = "dead";
    command.connection = 7;
    return command;
}

constexpr Op all[] = {Op::purge, Op::pause, Op::resume, Op::move, Op::kick, Op::peek, Op::put};

TEST_F(CommandsTest, AViewerMayDoNothingAndAnOperatorAll)
{
    for (const Op op : all) {
        EXPECT_EQ(error(of(op), Role::viewer), "forbidden");
        EXPECT_EQ(error(of(op)), "");
    }
}

TEST_F(CommandsTest, EachNameIsACommand)
{
    const char* const names[] = {"purge", "pause", "resume", "move", "kick", "peek", "put"};
    for (std::size_t i = 0; i < std::size(all); ++i) EXPECT_EQ(op_called(names[i]), all[i]);
    EXPECT_EQ(op_called("get"), std::nullopt);  // there is no reading that consumes
}

TEST_F(CommandsTest, AnotherQueueOfTheSameNameIsNotTheOneThatWasMeant)
{
    Command command = of(Op::pause);
    command.object = 2;
    EXPECT_EQ(error(command), "changed");
    command.object.reset();
    EXPECT_EQ(error(command), "");
}

TEST_F(CommandsTest, PurgeNeedsTheIdAndTheNameAgain)
{
    Command command = of(Op::purge);
    command.confirm = "job";
    EXPECT_EQ(error(command), "confirm");
    command = of(Op::purge);
    command.object.reset();
    EXPECT_EQ(error(command), "bad");
}

TEST_F(CommandsTest, QueuesThatAreNotThere)
{
    Command command = of(Op::peek);
    command.target = "nope";
    EXPECT_EQ(error(command), "not_found");
    command = of(Op::move);
    command.to = "nope";
    EXPECT_EQ(error(command), "not_found");
    command.to = "jobs";
    EXPECT_EQ(error(command), "bad");
    command = of(Op::kick);
    command.connection = 0;
    EXPECT_EQ(error(command), "bad");
}

// The item's producer would be the last one to go.
TEST_F(CommandsTest, NothingIsPutIntoAQueueThatEndsWithItsProducers)
{
    FakeBroker broker;
    QueueRow row = queue_row(3, "jobs");
    row.stat.ends_with_producers = true;
    mirror_.take(broker.reading({row}), {}, wall_ms, "");
    EXPECT_EQ(error(of(Op::put)), "ends");
    EXPECT_EQ(error(of(Op::purge)), "");
}

TEST(Commands, AReplyIsOneJsonObject)
{
    EXPECT_EQ(text_of({"c7", false, "changed", "look", ""}, 81),
              R"({"t":"res","id":"c7","ok":false,"err":"changed","text":"look","ver":81})");
    EXPECT_EQ(text_of({"c7", true, "", "", ",\"count\":3"}, 81),
              R"({"t":"res","id":"c7","ok":true,"ver":81,"count":3})");
}

}  // namespace

}  // namespace penstock::bridge
