// Pipes: two parties meet at a name, and what each sends waits for the other.
#include "tests/support/core/queue_fixture.hpp"

namespace penstock::core {
namespace {

class PipeTest : public testing::Test {
protected:
    void TearDown() override { broker.check_invariants(); }

    Said drain()
    {
        broker.check_invariants();
        return taken(out);
    }

    ObjectId open(SessionId session,
                  OpId op,
                  End end,
                  TimePoint deadline = base::no_deadline,
                  bool takes_descriptor = false)
    {
        PipeParty party{end, {session, op, 1}, takes_descriptor};
        party.user = session + 6;
        return broker.open_pipe(party, {.name = "p"}, deadline, out);
    }

    void send(ObjectId pipe,
              End end,
              Ticket who,
              std::string_view text,
              TimePoint deadline = base::no_deadline)
    {
        std::vector<base::Rope> payloads;
        payloads.push_back(rope(text));
        broker.find_pipe(pipe)->sends_to(end)->put(who, payloads, {}, deadline, out);
    }

    void recv(ObjectId pipe, End end, Ticket who, TimePoint deadline = base::no_deadline)
    {
        broker.find_pipe(pipe)->receives_from(end)->get(who, credit, deadline, out);
    }

    ObjectId open_both()
    {
        open(1, 1, End::left);
        const ObjectId pipe = open(2, 1, End::right);
        EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 ok"}));
        return pipe;
    }

    Broker broker;
    GetCredit credit{1'000'000};
    Completions out;
};

TEST_F(PipeTest, WhatReturnsBehindTheEndOfADirectionIsDropped)
{
    const ObjectId pipe = open_both();
    send(pipe, End::left, {1, 2, 1}, "unread");
    recv(pipe, End::right, {2, 2, 1});
    EXPECT_EQ(drain().size(), 2u);
    broker.find_pipe(pipe)->leave(End::right, Party::consumer, out);
    broker.find_pipe(pipe)->receives_from(End::right)->give_back({1, 1}, Seen::no, out);
    EXPECT_EQ(drain(), Said{});
    EXPECT_EQ(broker.memory().items(), 0u);
}

TEST_F(PipeTest, EachDirectionOfAnEndMayEndByItself)
{
    const ObjectId pipe = open_both();
    send(pipe, End::left, {1, 2, 1}, "last");
    send(pipe, End::right, {2, 2, 1}, "unread");
    drain();
    Pipe& both = *broker.find_pipe(pipe);
    both.leave(End::left, Party::producer, out);
    both.leave(End::left, Party::producer, out);
    recv(pipe, End::right, {2, 3, 1});
    recv(pipe, End::right, {2, 4, 1});
    EXPECT_EQ(drain(), (Said{"2.3 got 1:last!", "2.4 eof"}));
    both.leave(End::left, Party::consumer, out);
    send(pipe, End::right, {2, 5, 1}, "nobody");
    EXPECT_EQ(drain(), Said{"2.5 closed"});
    EXPECT_EQ(both.receives_from(End::left)->stats().ready, 0u);
    broker.close_end(pipe, End::left, out);
    broker.close_end(pipe, End::right, out);
    EXPECT_EQ(broker.find_pipe(pipe), nullptr);
}

TEST_F(PipeTest, TheFirstPartyWaitsForTheSecond)
{
    const ObjectId pipe = open(1, 1, End::right);
    EXPECT_EQ(drain(), Said{});
    EXPECT_EQ(open(2, 1, End::left), pipe);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 ok"}));
    EXPECT_EQ(broker.find_pipe(pipe)->party(End::left).op.session, 2u);
}

TEST_F(PipeTest, WhatIsSentArrivesAtTheOtherEndInItsOrder)
{
    const ObjectId pipe = open_both();
    send(pipe, End::left, {1, 2, 1}, "a");
    send(pipe, End::left, {1, 3, 1}, "");
    send(pipe, End::right, {2, 2, 1}, "b");
    recv(pipe, End::right, {2, 3, 1});
    recv(pipe, End::right, {2, 4, 1});
    recv(pipe, End::left, {1, 4, 1});
    EXPECT_EQ(drain(),
              (Said{"1.2 ok", "1.3 ok", "2.2 ok", "2.3 got 1:a", "2.4 got 2:", "1.4 got 1:b"}));
}

TEST_F(PipeTest, AThirdPartyFindsTheEndTaken)
{
    open(1, 1, End::left);
    EXPECT_EQ(open(3, 1, End::left), 0u);
    EXPECT_EQ(drain(), Said{"3.1 end_taken"});
    open(2, 1, End::right);
    drain();
    open(3, 2, End::right);
    open(3, 3, End::left);
    EXPECT_EQ(drain(), (Said{"3.2 end_taken", "3.3 end_taken"}));
}

TEST_F(PipeTest, WhoWaitsInVainLeavesNoTrace)
{
    open(1, 1, End::left, start + 1s);
    EXPECT_EQ(broker.next_deadline(), start + 1s);
    broker.expire(start + 1s, out);
    EXPECT_EQ(drain(), Said{"1.1 timed_out"});
    EXPECT_EQ(broker.pipes(), 0u);
    EXPECT_EQ(broker.take_gone_owners(), std::vector<std::uint64_t>{7});
    open(1, 2, End::left, base::immediate);
    EXPECT_EQ(drain(), Said{"1.2 timed_out"});
    const ObjectId pipe = open(1, 3, End::left);
    broker.cancel_open(pipe, Outcome::cancelled, out);
    EXPECT_EQ(drain(), Said{"1.3 cancelled"});
    EXPECT_EQ(broker.pipes(), 0u);
    EXPECT_EQ(broker.next_deadline(), std::nullopt);
}

TEST_F(PipeTest, WhenOneEndClosesTheOtherDrainsItAndGetsTheEnd)
{
    const ObjectId pipe = open_both();
    send(pipe, End::left, {1, 2, 1}, "a");
    broker.close_end(pipe, End::left, out);
    recv(pipe, End::right, {2, 2, 1});
    recv(pipe, End::right, {2, 3, 1});
    send(pipe, End::right, {2, 4, 1}, "nobody");
    EXPECT_EQ(drain(), (Said{"1.2 ok", "2.2 got 1:a!", "2.3 eof", "2.4 closed"}));
    broker.close_end(pipe, End::right, out);
    EXPECT_EQ(broker.pipes(), 0u);
    EXPECT_EQ(broker.memory().used(), 0u);
    out.clear();
}

TEST_F(PipeTest, TheNameIsFreeWhenBothHaveGone)
{
    const ObjectId pipe = open_both();
    broker.close_end(pipe, End::right, out);
    open(3, 1, End::right);
    EXPECT_EQ(drain(), Said{"3.1 end_taken"});
    broker.close_end(pipe, End::left, out);
    EXPECT_NE(open(3, 2, End::right), 0u);
    EXPECT_EQ(drain(), Said{});
}

TEST_F(PipeTest, AQueueAndAPipeCanNotHaveTheSameName)
{
    broker.open({.name = "p"});
    open(1, 1, End::left);
    EXPECT_EQ(drain(), Said{"1.1 options_differ"});
    (void)broker.remove("p", out);
    open(1, 2, End::left);
    EXPECT_EQ(broker.open({.name = "p"}).outcome, Outcome::options_differ);
}

TEST_F(PipeTest, ASenderIsHeldBackByWhatNobodyHasTaken)
{
    broker.set_pipe_bytes_max(1000);
    const ObjectId pipe = open_both();
    const std::string message(500, 'x');
    send(pipe, End::left, {1, 2, 1}, message);
    send(pipe, End::left, {1, 3, 1}, message);
    send(pipe, End::left, {1, 4, 1}, message, base::immediate);
    send(pipe, End::left, {1, 5, 1}, message);
    EXPECT_EQ(drain(), (Said{"1.2 ok", "1.3 ok", "1.4 full"}));
    recv(pipe, End::right, {2, 2, 1});
    EXPECT_EQ(drain(), (Said{"2.2 got 1:" + message, "1.5 ok"}));
}

TEST_F(PipeTest, EmptyMessagesHoldASenderBackToo)
{
    broker.set_pipe_bytes_max(1000);
    const ObjectId pipe = open_both();
    for (OpId op = 2; op < 12; ++op) send(pipe, End::left, {1, op, 1}, "", base::immediate);
    EXPECT_EQ(drain(),
              (Said{"1.2 ok",
                    "1.3 ok",
                    "1.4 ok",
                    "1.5 ok",
                    "1.6 ok",
                    "1.7 ok",
                    "1.8 ok",
                    "1.9 ok",
                    "1.10 full",
                    "1.11 full"}));
}

TEST_F(PipeTest, PartiesThatTakeDescriptorsNeedNoLines)
{
    open(1, 1, End::left, base::no_deadline, true);
    const ObjectId pipe = open(2, 1, End::right, base::no_deadline, true);
    EXPECT_EQ(drain(), (Said{"1.1 ok", "2.1 ok"}));
    EXPECT_TRUE(broker.find_pipe(pipe)->passes_descriptors());
    broker.close_end(pipe, End::left, out);
    broker.close_end(pipe, End::right, out);
    EXPECT_EQ(broker.pipes(), 0u);
    open(1, 2, End::left, base::no_deadline, true);
    const ObjectId relayed = open(2, 2, End::right);
    drain();
    EXPECT_FALSE(broker.find_pipe(relayed)->passes_descriptors());
}

}  // namespace
}  // namespace penstock::core
