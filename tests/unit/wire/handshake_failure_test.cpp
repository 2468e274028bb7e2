// Every wrong message in every state.
#include "common/wire/handshake.hpp"
#include "tests/support/openssl_mac.hpp"
#include "tests/unit/wire/handshake_words.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace penstock::wire {
namespace {

using State = HandshakeStep::State;
using support::OpensslMac;

/// All that is ever said, and what is never said.
std::vector<Bytes> all_words()
{
    Bytes wrong_answer = sha256_answer_to_m1();
    wrong_answer.back() ^= std::byte{1};
    Bytes long_answer = sha256_answer_to_m1();
    long_answer.push_back(std::byte{0});
    Bytes short_answer = sha256_answer_to_m1();
    short_answer.pop_back();
    return {nothing(),
            bytes("hello"),
            welcome(),
            failure(),
            challenge({}),
            challenge(m1()),
            challenge(m2()),
            challenge(m20()),
            challenge(bytes("{sha256}")),
            challenge(joined(bytes("{sha256}"), counted(0, 31))),
            challenge(joined(bytes("{md5}"), counted(0, 40))),
            challenge(joined(bytes("{sha1}"), counted(0, 40))),
            challenge(counted(0, 19)),
            challenge(counted(0, 21)),
            sha256_answer_to_m1(),
            sha256_answer_to_m2(),
            wrong_answer,
            long_answer,
            short_answer,
            md5_answer_to_m1(),
            md5_answer_to_m2(),
            md5_answer_to_m20(),
            joined(welcome(), bytes(" ")),
            joined(bytes("{md5}"), md5_answer_to_m1()),
            counted(0, 256)};
}

/// The words but those that are right in this state.
std::vector<Bytes> words_without(const std::vector<Bytes>& right)
{
    std::vector<Bytes> words;
    for (const Bytes& word : all_words()) {
        if (std::find(right.begin(), right.end(), word) == right.end()) words.push_back(word);
    }
    return words;
}

struct Server {
    explicit Server(ServerHandshake::Options options = {.challenge = true})
        : handshake(mac, key(), options, server_random())
    {
        (void)handshake.start();
    }
    OpensslMac mac;
    ServerHandshake handshake;
};

struct Client {
    explicit Client(ClientHandshake::Options options = {.require_challenge = true})
        : handshake(mac, key(), options, client_random())
    {}
    OpensslMac mac;
    ClientHandshake handshake;
};

TEST(ServerHandshake, TakesNothingButAnAnswerFirst)
{
    for (const Bytes& word : words_without({sha256_answer_to_m1()})) {
        Server server;
        EXPECT_EQ(said(server.handshake.receive(word), State::failed), failure());
    }
}

TEST(ServerHandshake, TakesAnMd5AnswerOnlyWhereItIsAllowed)
{
    for (const Bytes& word : words_without({sha256_answer_to_m1(), md5_answer_to_m1()})) {
        Server server({.challenge = true, .legacy_md5 = true});
        EXPECT_EQ(said(server.handshake.receive(word), State::failed), failure());
    }
    Server strict;
    const HandshakeStep step = strict.handshake.receive(md5_answer_to_m1());
    EXPECT_EQ(step.state, State::failed);
    EXPECT_NE(step.reason.find("--legacy-md5"), std::string_view::npos);
    EXPECT_EQ(strict.mac.calls(), 0);
}

TEST(ServerHandshake, TakesNothingButAChallengeSecond)
{
    const Bytes own_length = challenge(joined(bytes("{sha256}"), counted(7, 40)));
    for (const Bytes& word : words_without({challenge(m2())})) {
        Server server;
        (void)server.handshake.receive(sha256_answer_to_m1());
        EXPECT_EQ(said(server.handshake.receive(word), State::failed), failure());
        EXPECT_EQ(server.mac.calls(), 1);
    }
    Server server;
    (void)server.handshake.receive(sha256_answer_to_m1());
    EXPECT_EQ(server.handshake.receive(own_length).state, State::pending);
}

// One algorithm in both directions: an old Python's challenge comes from an old Python.
TEST(ServerHandshake, AnswersInTheAlgorithmItWasAnsweredIn)
{
    for (const Bytes& word : words_without({challenge(m20())})) {
        Server server({.challenge = true, .legacy_md5 = true});
        (void)server.handshake.receive(md5_answer_to_m1());
        EXPECT_EQ(said(server.handshake.receive(word), State::failed), failure());
    }
}

TEST(ServerHandshake, TakesNothingButAWelcomeThird)
{
    for (const Bytes& word : words_without({welcome()})) {
        Server server;
        (void)server.handshake.receive(sha256_answer_to_m1());
        (void)server.handshake.receive(challenge(m2()));
        EXPECT_EQ(said(server.handshake.receive(word), State::failed), nothing());
    }
}

// A broker that answered before it had verified the peer would log everybody in by reflection.
TEST(ServerHandshake, AChallengeSentFirstOrPipelinedIsNotAnswered)
{
    Server first;
    EXPECT_EQ(said(first.handshake.receive(challenge(m1())), State::failed), failure());
    EXPECT_EQ(said(first.handshake.receive(sha256_answer_to_m1()), State::failed), nothing());
    EXPECT_EQ(first.mac.calls(), 0);

    Server pipelined;
    Bytes wrong = sha256_answer_to_m1();
    wrong.back() ^= std::byte{1};
    EXPECT_EQ(said(pipelined.handshake.receive(wrong), State::failed), failure());
    EXPECT_EQ(pipelined.mac.calls(), 1);
    EXPECT_EQ(said(pipelined.handshake.receive(challenge(m2())), State::failed), nothing());
    EXPECT_EQ(pipelined.mac.calls(), 1);
}

TEST(ServerHandshake, ItsOwnChallengeSentBackIsNotAnswered)
{
    Server server;
    (void)server.handshake.receive(sha256_answer_to_m1());
    EXPECT_EQ(said(server.handshake.receive(challenge(m1())), State::failed), failure());
}

TEST(ClientHandshake, TakesNothingButAChallengeFirst)
{
    for (const Bytes& word : words_without({challenge(m1())})) {
        Client client;
        EXPECT_EQ(said(client.handshake.receive(word), State::failed), nothing());
    }
}

TEST(ClientHandshake, AnswersAnOldChallengeOnlyWhereItIsAllowed)
{
    for (const Bytes& word : words_without({challenge(m1()), challenge(m20()), welcome()})) {
        Client client({.legacy_md5 = true});
        EXPECT_EQ(said(client.handshake.receive(word), State::failed), nothing());
    }
    Client strict;
    EXPECT_EQ(strict.handshake.receive(challenge(m20())).state, State::failed);
    EXPECT_EQ(strict.mac.calls(), 0);
}

TEST(ClientHandshake, AnswersOnlyWithAtLeast32RandomBytes)
{
    Client enough;
    const Bytes least = challenge(joined(bytes("{sha256}"), counted(0, 32)));
    EXPECT_EQ(enough.handshake.receive(least).state, State::pending);
    Client too_few;
    const Bytes fewer = challenge(joined(bytes("{sha256}"), counted(0, 31)));
    EXPECT_EQ(said(too_few.handshake.receive(fewer), State::failed), nothing());
    EXPECT_EQ(too_few.mac.calls(), 0);
}

TEST(ClientHandshake, TakesNothingButAWelcomeSecond)
{
    for (const Bytes& word : words_without({welcome()})) {
        Client client;
        (void)client.handshake.receive(challenge(m1()));
        EXPECT_EQ(said(client.handshake.receive(word), State::failed), nothing());
    }
}

TEST(ClientHandshake, TakesNothingButTheRightAnswerThird)
{
    for (const Bytes& word : words_without({sha256_answer_to_m2()})) {
        Client client;
        (void)client.handshake.receive(challenge(m1()));
        (void)client.handshake.receive(welcome());
        EXPECT_EQ(said(client.handshake.receive(word), State::failed), failure());
    }
    for (const Bytes& word : words_without({md5_answer_to_m2()})) {
        Client client({.legacy_md5 = true});
        (void)client.handshake.receive(challenge(m20()));
        (void)client.handshake.receive(welcome());
        EXPECT_EQ(said(client.handshake.receive(word), State::failed), failure());
    }
}

// docs/adr/0002: whoever relays a client's challenge to another client learns nothing.
TEST(ClientHandshake, NeverAnswersAChallengeOfAClientWithTheSameKey)
{
    OpensslMac mac;
    ClientHandshake first(mac, key(), {}, nonce(50));
    (void)first.receive(challenge(m1()));
    const HandshakeStep challenging = first.receive(welcome());
    ASSERT_EQ(challenging.send.size(), 1u);

    for (const bool legacy_md5 : {false, true}) {
        Client second({.legacy_md5 = legacy_md5});
        EXPECT_EQ(said(second.handshake.receive(challenging.send[0]), State::failed), nothing());
    }
    // With another key the mark says nothing; such an answer would help nobody.
    ClientHandshake stranger(mac, other_key(), {}, client_random());
    EXPECT_EQ(stranger.receive(challenging.send[0]).state, State::pending);
}

TEST(ClientHandshake, AServerThatSkipsTheChallengeIsRefusedWhereItMust)
{
    Client client;
    const HandshakeStep step = client.handshake.receive(welcome());
    EXPECT_EQ(said(step, State::failed), nothing());
    EXPECT_EQ(client.mac.calls(), 0);
}

TEST(ClientHandshake, WithoutAKeyNoChallengeIsAnswered)
{
    OpensslMac mac;
    ClientHandshake client(mac, {}, {}, client_random());
    EXPECT_EQ(said(client.receive(challenge(m1())), State::failed), nothing());
    EXPECT_EQ(mac.calls(), 0);
}

TEST(Handshake, AnotherKeyFailsOnBothSides)
{
    OpensslMac mac;
    ServerHandshake server(mac, other_key(), {.challenge = true}, server_random());
    (void)server.start();
    EXPECT_EQ(said(server.receive(sha256_answer_to_m1()), State::failed), failure());
    Client client;
    (void)client.handshake.receive(challenge(m1()));
    EXPECT_EQ(client.handshake.receive(failure()).state, State::failed);
}

TEST(Handshake, AFailureSticks)
{
    Client client;
    const HandshakeStep first = client.handshake.receive(bytes("nonsense"));
    const HandshakeStep second = client.handshake.receive(challenge(m1()));
    EXPECT_EQ(said(second, State::failed), nothing());
    EXPECT_EQ(second.reason, first.reason);
}

}  // namespace
}  // namespace penstock::wire
