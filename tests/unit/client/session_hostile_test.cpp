// A broker that breaks the protocol: the connection ends with errc::protocol, and it is told why.

#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"
#include "tests/support/client/session_fixture.hpp"

#include <gtest/gtest.h>
#include <random>

namespace penstock::test {

namespace {

using protocol::Session;
using wire::Status;
using wire::Type;

class Hostile : public LiveSession {
protected:
    void SetUp() override
    {
        LiveSession::SetUp();
        get_ = start(get_request());            // op 2
        put_ = start(put_request(pattern(3)));  // op 3
        (void)broker.frames();
    }

    void expect_violation()
    {
        EXPECT_EQ(session.stage(), Session::Stage::ended);
        EXPECT_EQ(session.end_code(), errc::protocol);
        const auto frame = broker.only<wire::Goodbye>();
        EXPECT_EQ(std::get<wire::Goodbye>(frame.message).code, wire::GoodbyeCode::protocol);
        EXPECT_EQ(code(get_), errc::protocol);
        EXPECT_EQ(code(put_), errc::in_doubt);
    }

    protocol::CallId get_ = 0;
    protocol::CallId put_ = 0;
};

wire::Data data(std::size_t size)
{
    return {base::Rope(base::Slice::copy_of(pattern(size)))};
}

}  // namespace

TEST_F(Hostile, ResultOfAnIdThatWasNeverGiven)
{
    broker.result(4, Status::ok);
    expect_violation();
}

TEST_F(Hostile, RangeThatReachesIdsNeverGiven)
{
    broker.send({.n = 2, .op = 3}, result_message(Status::closed));
    expect_violation();
}

TEST_F(Hostile, ResultOfAReadNeverAsked)
{
    broker.result(wire::read_id_bit | 1, Status::ok);
    expect_violation();
}

TEST_F(Hostile, ItemOfAPut)
{
    broker.send({.op = 3}, item_message(pattern(1)));
    expect_violation();
}

TEST_F(Hostile, ItemOfAnIdThatWasNeverGiven)
{
    broker.send({.op = 4}, item_message(pattern(1)));
    expect_violation();
}

TEST_F(Hostile, TwoItemsForOneGet)
{
    broker.send({.op = 2}, item_message(pattern(1)));
    broker.send({.op = 2}, item_message(pattern(1)));
    expect_violation();
}

TEST_F(Hostile, AnotherItemBeforeTheFirstIsWhole)
{
    broker.send({.op = 2}, item_message(pattern(10), 5));
    broker.send({.op = 2}, item_message(pattern(10)));
    expect_violation();
}

TEST_F(Hostile, ItemThatSkipsAnIndex)
{
    auto item = item_message(pattern(1));
    item.first_index = 2;
    broker.send({.op = 2}, item);
    expect_violation();
}

TEST_F(Hostile, ItemOfAQueueThatWasNotAsked)
{
    auto item = item_message(pattern(1));
    item.which = 1;
    broker.send({.op = 2}, item);
    expect_violation();
}

TEST_F(Hostile, ItemsOfOneGetFromTwoQueues)
{
    wire::Get get = get_request();
    get.max = 2;
    get.further = {7};
    (void)start(get);
    (void)broker.frames();
    auto item = item_message(pattern(1));
    item.which = 1;
    item.end = false;
    broker.send({.op = 4}, item);
    EXPECT_NE(session.stage(), Session::Stage::ended);
    item.which = 0;
    item.first_index = 2;
    item.end = true;
    broker.send({.op = 4}, item);
    expect_violation();
}

TEST_F(Hostile, ItemThatIsNotTheLastOfItsGet)
{
    auto item = item_message(pattern(1));
    item.end = false;
    broker.send({.op = 2}, item);
    expect_violation();
}

TEST_F(Hostile, MoreItemsThanAskedFor)
{
    auto item = item_message(pattern(2));
    item.sizes = {1, 1};
    broker.send({.n = 2, .op = 2}, item);
    expect_violation();
}

TEST_F(Hostile, GetThatIsOkWithoutAnItem)
{
    broker.result(2, Status::ok);
    expect_violation();
}

TEST_F(Hostile, ResultAfterTheItem)
{
    broker.send({.op = 2}, item_message(pattern(1)));
    broker.result(2, Status::empty);
    expect_violation();
}

TEST_F(Hostile, DataOfNothing)
{
    broker.send({.op = 2}, data(1));
    expect_violation();
}

TEST_F(Hostile, DataBeyondTheSize)
{
    broker.send({.op = 2}, item_message(pattern(10), 5));
    broker.send({.op = 2}, data(6));
    expect_violation();
}

TEST_F(Hostile, BodyOfAPutsResult)
{
    broker.result(3, Status::ok, pattern(1));
    expect_violation();
}

TEST_F(Hostile, PongWithoutAPing)
{
    broker.send({}, wire::Pong{1});
    expect_violation();
}

TEST_F(Hostile, ByeWithoutAGoodbye)
{
    broker.send({}, wire::Bye{});
    expect_violation();
}

TEST_F(Hostile, ASecondWelcome)
{
    wire::Welcome welcome;
    welcome.version = wire::protocol_version;
    welcome.granted = usual_grants;
    broker.send({}, welcome);
    expect_violation();
}

TEST_F(Hostile, ResumedWithoutAResume)
{
    broker.send({}, wire::Resumed{});
    expect_violation();
}

TEST_F(Hostile, FramesThatOnlyClientsSend)
{
    broker.send({.op = 2}, wire::Ack{});
    expect_violation();
}

TEST_F(Hostile, PingsWithoutReading)
{
    for (int i = 0; i < 70 && session.stage() == Session::Stage::live; ++i) {
        broker.send({}, wire::Ping{1});
    }
    EXPECT_EQ(session.end_code(), errc::protocol);
}

TEST_F(Hostile, AFrameOverTheLimit)
{
    broker.send_bytes({std::byte{0}, std::byte{4}, std::byte{0}, std::byte{1}});
    expect_violation();
}

TEST_F(Hostile, ANegativeLength)
{
    broker.send_bytes({std::byte{0x80}, std::byte{0}, std::byte{0}, std::byte{1}});
    expect_violation();
}

TEST_F(Hostile, AnAnswerToOpenThatCannotBeRead)
{
    wire::Open open;
    open.handle = 4;
    open.name = "q";
    const auto call = start(open);
    (void)broker.frames();
    broker.result(4, Status::ok, pattern(5));
    EXPECT_EQ(code(call), errc::protocol);
    expect_violation();
}

TEST_F(Hostile, AResultWithoutEnd)
{
    wire::Read read;
    read.what = wire::ReadWhat::list;
    (void)start(read);
    (void)broker.frames();
    auto result = result_message(Status::ok, pattern(10));
    result.size = protocol::result_size_max + 1;
    broker.send({.op = wire::read_id_bit | 1}, result);
    expect_violation();
}

TEST_F(Hostile, AnnouncedSizesAllocateNothing)
{
    auto item = item_message(pattern(10));
    item.sizes = {UINT32_MAX};
    broker.send({.op = 2}, item);
    EXPECT_FALSE(session.answered(get_)) << "4 GiB were announced; 10 bytes are here";
    EXPECT_EQ(session.stage(), Session::Stage::live);
}

TEST_F(Hostile, BytesThatAreFlippedNeverDoMoreThanEndTheConnection)
{
    std::mt19937 random(20'240'917);
    for (int round = 0; round < 5000; ++round) {
        Session victim(mac, usual_options());
        ScriptedBroker far(victim);
        far.welcome();
        const auto get = victim.start(get_request(), base::no_deadline);
        const auto put = victim.start(put_request(pattern(3)), base::no_deadline);
        (void)far.frames();
        base::Bytes bytes = frame_bytes({.op = 1}, item_message(pattern(10), 4));
        for (const auto& more : {frame_bytes({.op = 1}, data(6)),
                                 frame_bytes({.op = 2}, result_message(Status::full))}) {
            bytes.insert(bytes.end(), more.begin(), more.end());
        }
        for (int flips = 0; flips < 3; ++flips) {
            bytes[random() % bytes.size()] ^= static_cast<std::byte>(1u << (random() % 8));
        }
        far.send_bytes(bytes);
        victim.connection_ended("cut");
        EXPECT_TRUE(victim.answered(get) && victim.answered(put));
    }
}

}  // namespace penstock::test
