// Whole dialogues, byte by byte. The digests were computed by CPython's hmac; the two old-style
// ones were said by Python 3.11's own multiprocessing.connection.
#include "common/wire/handshake.hpp"

#include "tests/support/openssl_mac.hpp"
#include "tests/unit/wire/handshake_words.hpp"

#include <gtest/gtest.h>

namespace penstock::wire {
namespace {

using State = HandshakeStep::State;
using support::OpensslMac;

TEST(Handshake, ServerAndStockPythonOfToday)
{
    OpensslMac mac;
    ServerHandshake server(mac, key(), {.challenge = true}, server_random());
    EXPECT_EQ(said(server.start(), State::pending), challenge(m1()));
    EXPECT_EQ(said(server.receive(sha256_answer_to_m1()), State::pending), welcome());
    EXPECT_EQ(said(server.receive(challenge(m2())), State::pending), sha256_answer_to_m2());
    EXPECT_EQ(said(server.receive(welcome()), State::done), nothing());
    EXPECT_EQ(bytes(server.m1()), m1());
    EXPECT_EQ(bytes(server.m2()), m2());
}

TEST(Handshake, ServerAndStockPythonBefore312)
{
    OpensslMac mac;
    ServerHandshake server(mac, key(), {.challenge = true, .legacy_md5 = true}, server_random());
    EXPECT_EQ(said(server.start(), State::pending), challenge(m1()));
    EXPECT_EQ(said(server.receive(md5_answer_to_m1()), State::pending), welcome());
    EXPECT_EQ(said(server.receive(challenge(m20())), State::pending), md5_answer_to_m20());
    EXPECT_EQ(said(server.receive(welcome()), State::done), nothing());
    EXPECT_EQ(bytes(server.m2()), m20());
}

TEST(Handshake, ServerThatAsksForNothingWelcomesAtOnce)
{
    OpensslMac mac;
    ServerHandshake server(mac, {}, {}, server_random());
    EXPECT_EQ(said(server.start(), State::done), welcome());
    EXPECT_TRUE(server.m1().empty());
    EXPECT_EQ(mac.calls(), 0);
}

TEST(Handshake, ClientAndServerOfToday)
{
    OpensslMac mac;
    ClientHandshake client(mac, key(), {.require_challenge = true}, client_random());
    EXPECT_EQ(said(client.receive(challenge(m1())), State::pending), sha256_answer_to_m1());
    EXPECT_EQ(said(client.receive(welcome()), State::pending), challenge(m2()));
    EXPECT_EQ(said(client.receive(sha256_answer_to_m2()), State::done), welcome());
    EXPECT_EQ(bytes(client.m1()), m1());
    EXPECT_EQ(bytes(client.m2()), m2());
}

TEST(Handshake, ClientAndStockPythonBefore312)
{
    OpensslMac mac;
    ClientHandshake client(mac, key(), {.legacy_md5 = true}, client_random());
    EXPECT_EQ(said(client.receive(challenge(m20())), State::pending), md5_answer_to_m20());
    EXPECT_EQ(said(client.receive(welcome()), State::pending), challenge(m2()));
    EXPECT_EQ(said(client.receive(md5_answer_to_m2()), State::done), welcome());
}

TEST(Handshake, ClientAcceptsAWelcomeWhereNoKeyIsRequired)
{
    OpensslMac mac;
    ClientHandshake client(mac, {}, {}, client_random());
    EXPECT_EQ(said(client.receive(welcome()), State::done), nothing());
    ClientHandshake with_key(mac, key(), {}, client_random());
    EXPECT_EQ(said(with_key.receive(welcome()), State::done), nothing());
    EXPECT_TRUE(with_key.m1().empty());
    EXPECT_TRUE(with_key.m2().empty());
}

TEST(Handshake, BothSidesOfOursUnderstandEachOther)
{
    OpensslMac mac;
    ServerHandshake server(mac, key(), {.challenge = true}, server_random());
    ClientHandshake client(mac, key(), {.require_challenge = true}, client_random());
    HandshakeStep from_server = server.start();
    HandshakeStep from_client;
    for (int turn = 0; turn < 3; ++turn) {
        if (!from_server.send.empty()) from_client = client.receive(from_server.send.at(0));
        from_server = server.receive(from_client.send.at(0));
    }
    EXPECT_EQ(from_server.state, State::done);
    EXPECT_EQ(from_client.state, State::done);
    EXPECT_EQ(bytes(server.m1()), bytes(client.m1()));
    EXPECT_EQ(bytes(server.m2()), bytes(client.m2()));
}

}  // namespace
}  // namespace penstock::wire
