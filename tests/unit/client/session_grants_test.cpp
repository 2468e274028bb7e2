#include "client/src/protocol/admission.hpp"
#include "common/wire/limits.hpp"
#include "tests/support/client/session_fixture.hpp"

#include <chrono>
#include <gtest/gtest.h>

namespace penstock::test {

namespace {

using namespace std::chrono_literals;
using wire::Status;
using wire::Type;

class Grants : public NewSession {
protected:
    void live(wire::Grants grants)
    {
        broker.welcome(grants);
        broker.open(1, 10);
        broker.open(2, 20);
        broker.open(3, 10);  // the same queue as handle 1
    }

    protocol::CallId put(std::size_t size, wire::HandleId handle)
    {
        return session.start(put_request(pattern(size), handle), base::no_deadline);
    }
};

}  // namespace

TEST_F(Grants, OperationsCountUntilTheyAreAcknowledged)
{
    live({.max_ops = 2, .max_bytes = 1000});
    const auto get = session.start(get_request(), base::no_deadline);
    (void)session.start(get_request(), base::no_deadline);
    (void)session.start(get_request(), base::no_deadline);
    EXPECT_EQ(broker.frames().size(), 2u);

    broker.send({.op = 4}, item_message(pattern(1)));
    EXPECT_TRUE(broker.frames().empty()) << "held: not acknowledged";
    (void)session.take(get);
    EXPECT_EQ(types(broker.frames()), (std::vector{Type::ack, Type::get}));
}

TEST_F(Grants, BytesOfPutsAreBoundedButEveryQueueMayHaveOne)
{
    live({.max_ops = 100, .max_bytes = 1000});
    (void)put(900, 1);
    (void)put(200, 1);                    // over the limit
    (void)put(10, 3);                     // the same queue: must not overtake
    const auto elsewhere = put(5000, 2);  // the only one there: always
    (void)session.start(get_request(), base::no_deadline);
    const auto frames = broker.frames();
    EXPECT_EQ(types(frames), (std::vector{Type::put, Type::put, Type::get}));
    EXPECT_EQ(std::get<wire::Put>(frames[1].message).handle, 2u);

    broker.result(5, Status::ok);
    EXPECT_FALSE(session.take(elsewhere).ec);
    EXPECT_EQ(types(broker.frames()), (std::vector{Type::ack}));
    broker.result(4, Status::ok);
    EXPECT_EQ(types(broker.frames()), (std::vector{Type::ack, Type::put, Type::put}));
}

TEST_F(Grants, SmallItemsCountThirtyTwoBytes)
{
    live({.max_ops = 100, .max_bytes = 64});
    for (int i = 0; i < 3; ++i) (void)put(1, 1);
    EXPECT_EQ(broker.frames().size(), 2u);
}

TEST_F(Grants, AtMostSixtyFourReadsAreUnanswered)
{
    live(usual_grants);
    wire::Read read;
    read.what = wire::ReadWhat::list;
    for (int i = 0; i < 70; ++i) (void)session.start(read, base::no_deadline);
    (void)session.start(get_request(), base::no_deadline);
    EXPECT_EQ(broker.frames().size(), wire::reads_unanswered_max + 1);
    broker.result(wire::read_id_bit | 9, Status::not_found);
    EXPECT_EQ(types(broker.frames()), (std::vector{Type::read}));
}

TEST_F(Grants, PingsGoOneByOne)
{
    live(usual_grants);
    (void)session.start(wire::Ping{}, base::no_deadline);
    (void)session.start(wire::Ping{}, base::no_deadline);
    const auto frame = broker.only<wire::Ping>();
    broker.send({}, wire::Pong{std::get<wire::Ping>(frame.message).token});
    (void)broker.only<wire::Ping>();
}

TEST_F(Grants, APutHeldBackBehindParkedOnesIsFullAtItsDeadline)
{
    live({.max_ops = 100, .max_bytes = 1000});
    (void)put(900, 1);
    const auto second = session.start(put_request(pattern(200), 1), start_time + 1s);
    (void)broker.frames();
    session.deadline_passed(second);
    ASSERT_TRUE(session.answered(second));
    EXPECT_EQ(session.take(second).ec, errc::full);
}

TEST_F(Grants, APutHeldBackBehindOneOnItsWayIsStillTried)
{
    live({.max_ops = 100, .max_bytes = 1000});
    (void)put(4'000'000, 1);
    const auto second = session.start(put_request(pattern(200), 1), start_time + 1s);
    (void)broker.frames();  // only the first parts of the long one
    session.deadline_passed(second);
    EXPECT_FALSE(session.answered(second));

    (void)broker.drain();
    broker.result(4, Status::ok);
    const auto frames = broker.frames(start_time + 2s);
    ASSERT_EQ(types(frames), (std::vector{Type::ack, Type::put}));
    EXPECT_EQ(std::get<wire::Put>(frames[1].message).timeout_ms, 0u);
}

}  // namespace penstock::test
