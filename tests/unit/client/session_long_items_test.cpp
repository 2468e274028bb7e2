#include "client/src/protocol/session.hpp"
#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"
#include "tests/support/client/session_fixture.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <map>

namespace penstock::test {

namespace {

using namespace std::chrono_literals;
using LongItems = LiveSession;
using wire::Status;
using wire::Type;

wire::Data data(const base::Bytes& bytes, std::size_t offset, std::size_t size)
{
    const std::span<const std::byte> all(bytes);
    return {base::Rope(base::Slice::copy_of(all.subspan(offset, size)))};
}

/// The bodies of all PUTs in `frames`, by id.
std::map<wire::OpId, base::Bytes> bodies(const std::vector<wire::Frame>& frames)
{
    std::map<wire::OpId, base::Bytes> result;
    for (const wire::Frame& frame : frames) {
        const auto* put = std::get_if<wire::Put>(&frame.message);
        const auto* more = std::get_if<wire::Data>(&frame.message);
        if (put == nullptr && more == nullptr) continue;
        const base::Bytes part = (put != nullptr ? put->body : more->body).to_bytes();
        base::Bytes& body = result[frame.header.op];
        body.insert(body.end(), part.begin(), part.end());
    }
    return result;
}

}  // namespace

TEST_F(LongItems, EverySizeAroundTheFrameGoesOutWhole)
{
    const std::size_t room = wire::put_body_room(1, false);
    wire::OpId op = 1;
    for (const std::size_t size : {std::size_t{0},
                                   room - 1,
                                   room,
                                   room + 1,
                                   room + wire::data_body_room,
                                   room + wire::data_body_room + 1}) {
        const auto call = start(put_request(pattern(size)));
        const auto frames = broker.drain();
        ++op;
        EXPECT_EQ(bodies(frames).at(op), pattern(size));
        EXPECT_EQ((frames.back().header.type == Type::data), size > room);
        broker.result(op, Status::ok);
        EXPECT_FALSE(code(call));
    }
}

TEST_F(LongItems, TheOutputStaysBoundedAndIsPulledAsItDrains)
{
    (void)start(put_request(pattern(10'000'000)));
    session.fill_output(start_time);
    // A call and a part, a frame each, may go beyond.
    EXPECT_LE(session.output().size(),
              protocol::output_ahead_max + 2 * (wire::frame_payload_max + 4));
    EXPECT_EQ(bodies(broker.drain()).at(2), pattern(10'000'000));
}

TEST_F(LongItems, ASmallCallOvertakesALongPut)
{
    (void)start(put_request(pattern(10'000'000)));
    (void)broker.frames();
    (void)start(get_request());
    EXPECT_EQ(broker.frames().front().header.type, Type::get);
}

TEST_F(LongItems, LongPutsTakeTurns)
{
    (void)start(put_request(pattern(3'000'000)));
    (void)start(put_request(pattern(2'000'000), 2));
    const auto frames = broker.drain();
    EXPECT_EQ(bodies(frames).at(2), pattern(3'000'000));
    EXPECT_EQ(bodies(frames).at(3), pattern(2'000'000));
    std::size_t changes = 0;
    for (std::size_t i = 1; i < frames.size(); ++i) {
        if (frames[i].header.op != frames[i - 1].header.op) ++changes;
    }
    EXPECT_GE(changes, 12u);
}

TEST_F(LongItems, AnAnswerStopsAPutThatIsHalfSent)
{
    const auto call = start(put_request(pattern(10'000'000)));
    (void)broker.frames();
    broker.result(2, Status::too_large);
    EXPECT_EQ(code(call), errc::too_large);
    EXPECT_EQ(types(broker.drain()), (std::vector{Type::ack}));
}

TEST_F(LongItems, AbandoningStopsAPutThatIsHalfSent)
{
    const auto call = start(put_request(pattern(10'000'000)));
    (void)broker.frames();
    session.abandon(call);
    EXPECT_EQ(types(broker.drain()), (std::vector{Type::cancel}));
}

TEST_F(LongItems, TheAnswerIsDueItsTimeAfterTheLastPart)
{
    const auto call = start(put_request(pattern(1'000'000)), start_time + 2s);
    (void)broker.frames(start_time);
    EXPECT_EQ(session.due(call), start_time + 2s);
    (void)broker.drain(start_time + 60s);
    EXPECT_EQ(session.due(call), start_time + 62s);
}

TEST_F(LongItems, HalfItemsOfManyGetsMayAlternate)
{
    const auto first = start(get_request());
    const auto second = start(get_request());
    (void)broker.frames();
    const auto item = pattern(1000);
    broker.send({.op = 2}, item_message(item, 0));
    broker.send({.op = 3}, item_message(item, 10));
    broker.send({.op = 2}, data(item, 0, 999));
    broker.send({.op = 3}, data(item, 10, 990));
    EXPECT_FALSE(session.answered(first));
    EXPECT_EQ(session.take(second).items.front().body.to_bytes(), item);
    broker.send({.op = 2}, data(item, 999, 1));
    EXPECT_EQ(session.take(first).items.front().body.to_bytes(), item);
}

TEST_F(LongItems, AResultEndsTheHalfOfAnItem)
{
    const auto call = start(get_request());
    (void)broker.frames();
    broker.send({.op = 2}, item_message(pattern(100), 50));
    broker.result(2, Status::bad_handle);
    EXPECT_EQ(code(call), errc::bad_handle);
    broker.send({.op = 2}, data(pattern(100), 50, 50));
    EXPECT_EQ(session.stage(), protocol::Session::Stage::live) << "what is late is ignored";
}

TEST_F(LongItems, ALongResultArrivesInParts)
{
    wire::Read read;
    read.what = wire::ReadWhat::list;
    const auto call = start(read);
    const auto op = broker.only<wire::Read>().header.op;
    const auto body = pattern(1000);
    auto result = result_message(Status::ok, body);
    result.body = result.body.part(0, 100);
    broker.send({.op = op}, result);
    broker.send({.op = op}, data(body, 100, 500));
    EXPECT_FALSE(session.answered(call));
    broker.send({.op = op}, data(body, 600, 400));
    EXPECT_EQ(session.take(call).body.to_bytes(), body);
}

}  // namespace penstock::test
