#include "client/src/protocol/direct_handshake.hpp"

#include "common/wire/byte_io.hpp"
#include "tests/support/openssl_mac.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <string_view>

namespace penstock::protocol {
namespace {

using Side = DirectHandshake::Side;
using State = DirectHandshake::State;
using base::as_bytes;
using base::Bytes;
using support::OpensslMac;

wire::Nonce nonce(std::uint8_t first)
{
    wire::Nonce result{};
    for (std::byte& byte : result) byte = static_cast<std::byte>(first++);
    return result;
}

constexpr std::string_view the_key = "a key for these tests only";

/// One side of it, and the bytes that came to it and were not read.
struct Party {
    Party(Side side, std::string_view key, bool legacy_md5 = false)
        : handshake(side, legacy_md5, as_bytes(key), mac, nonce(side == Side::dials ? 100 : 0))
    {}

    /// Takes what has arrived, at most `step` bytes at a time.
    void read(std::size_t step)
    {
        while (!arrived.empty()) {
            const std::span<std::byte> room = handshake.recv_buffer();
            const std::size_t size = std::min({room.size(), arrived.size(), step});
            if (size == 0) return;
            std::memcpy(room.data(), arrived.data(), size);
            arrived.erase(arrived.begin(), arrived.begin() + static_cast<std::ptrdiff_t>(size));
            handshake.recv_advance(size);
        }
    }

    OpensslMac mac;
    DirectHandshake handshake;
    Bytes arrived;
};

Bytes framed(std::string_view payload)
{
    Bytes bytes(4 + payload.size());
    wire::Writer(bytes).u32(static_cast<std::uint32_t>(payload.size()));
    std::memcpy(&bytes[4], payload.data(), payload.size());
    return bytes;
}

void append(Bytes& bytes, std::span<const std::byte> more)
{
    bytes.insert(bytes.end(), more.begin(), more.end());
}

/// Carries at most `step` bytes each way, in turn, until nothing moves any more.
void run(Party& one, Party& other, std::size_t step)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (auto [from, to] : {std::pair(&one, &other), std::pair(&other, &one)}) {
            const auto output = from->handshake.output();
            const std::size_t size = std::min(output.size(), step);
            append(to->arrived, output.first(size));
            from->handshake.output_sent(size);
            to->read(step);
            moved = moved || size > 0;
        }
    }
}

void say(Party& to, std::string_view payload)
{
    to.arrived = framed(payload);
    to.read(to.arrived.size());
}

TEST(DirectHandshake, BothSidesAreDoneHoweverTheStreamIsCut)
{
    for (std::size_t step = 1; step < 80; ++step) {
        Party listener(Side::listens, the_key);
        Party dialler(Side::dials, the_key);
        run(listener, dialler, step);
        EXPECT_EQ(listener.handshake.state(), State::done) << step;
        EXPECT_EQ(dialler.handshake.state(), State::done) << step;
        EXPECT_EQ(listener.handshake.messages(), 3u);
        EXPECT_EQ(dialler.handshake.messages(), 3u);
    }
}

TEST(DirectHandshake, WithoutAKeyItIsDoneAndNothingIsSaid)
{
    for (const Side side : {Side::listens, Side::dials}) {
        Party party(side, "");
        EXPECT_EQ(party.handshake.state(), State::done);
        EXPECT_TRUE(party.handshake.output().empty());
        EXPECT_TRUE(party.handshake.recv_buffer().empty());
    }
}

TEST(DirectHandshake, WhatComesBehindItIsNotRead)
{
    // The dialler's last word and its first message lie in the socket together.
    Party again(Side::listens, the_key);
    Party late(Side::dials, the_key);
    const auto move = [](Party& from, Party& to) {
        append(to.arrived, from.handshake.output());
        from.handshake.output_sent(from.handshake.output().size());
    };
    move(again, late);
    late.read(1000);
    move(late, again);
    again.read(1000);
    move(again, late);
    late.read(1000);
    move(late, again);
    again.read(1000);
    move(again, late);
    late.read(1000);
    ASSERT_EQ(again.handshake.state(), State::pending);
    move(late, again);
    const Bytes message = framed("the first message");
    append(again.arrived, message);
    again.read(1000);
    EXPECT_EQ(again.handshake.state(), State::done);
    EXPECT_EQ(again.arrived, message);
}

TEST(DirectHandshake, ItIsNotDoneBeforeItsLastWordIsSent)
{
    // By hand: the dialler has verified everything, and owes a welcome.
    Party one(Side::listens, the_key);
    Party two(Side::dials, the_key);
    for (int message = 0; message < 3; ++message) {
        for (auto [from, to] : {std::pair(&one, &two), std::pair(&two, &one)}) {
            if (message == 2 && from == &two) break;
            append(to->arrived, from->handshake.output());
            from->handshake.output_sent(from->handshake.output().size());
            to->read(1000);
        }
    }
    ASSERT_EQ(two.handshake.messages(), 3u);
    EXPECT_EQ(two.handshake.state(), State::pending);
    EXPECT_TRUE(two.handshake.recv_buffer().empty());
    two.handshake.output_sent(two.handshake.output().size());
    EXPECT_EQ(two.handshake.state(), State::done);
}

TEST(DirectHandshake, AnotherKeyFailsOnBothSides)
{
    Party listener(Side::listens, the_key);
    Party dialler(Side::dials, "another key");
    run(listener, dialler, 1000);
    EXPECT_EQ(listener.handshake.state(), State::failed);
    EXPECT_EQ(dialler.handshake.state(), State::failed);
    EXPECT_NE(listener.handshake.reason().find("another key"), std::string_view::npos);
    EXPECT_NE(dialler.handshake.reason().find("another key"), std::string_view::npos);
}

TEST(DirectHandshake, ADiallerWithAKeyIsNotContentWithAWelcome)
{
    Party dialler(Side::dials, the_key);
    say(dialler, "#WELCOME#");
    EXPECT_EQ(dialler.handshake.state(), State::failed);
    EXPECT_EQ(dialler.mac.calls(), 0);
}

TEST(DirectHandshake, ADiallerSaysThatTheOtherSideHasNoKeyWhenItsFirstWordsAreAMessage)
{
    Party dialler(Side::dials, the_key);
    say(dialler, "hello");
    EXPECT_EQ(dialler.handshake.state(), State::failed);
    EXPECT_NE(dialler.handshake.reason().find("no key"), std::string_view::npos);
    EXPECT_TRUE(dialler.handshake.output().empty());
}

TEST(DirectHandshake, AListenerAnswersNoChallengeBeforeItsOwnIsAnswered)
{
    Party listener(Side::listens, the_key);
    const Bytes own(listener.handshake.output().begin() + 4, listener.handshake.output().end());
    listener.handshake.output_sent(listener.handshake.output().size());
    say(listener, base::as_text(own));  // its own challenge, too
    EXPECT_EQ(listener.handshake.state(), State::failed);
    EXPECT_EQ(listener.mac.calls(), 0);
    EXPECT_EQ(Bytes(listener.handshake.output().begin(), listener.handshake.output().end()),
              framed("#FAILURE#"));
}

TEST(DirectHandshake, ADiallersChallengeIsNotAnsweredByAnotherDialler)
{
    Party listener(Side::listens, the_key);
    Party dialler(Side::dials, the_key);
    while (dialler.handshake.messages() < 2) {
        append(dialler.arrived, listener.handshake.output());
        listener.handshake.output_sent(listener.handshake.output().size());
        dialler.read(1000);
        if (dialler.handshake.messages() == 2) break;
        append(listener.arrived, dialler.handshake.output());
        dialler.handshake.output_sent(dialler.handshake.output().size());
        listener.read(1000);
    }
    const auto challenge = dialler.handshake.output();
    Party other(Side::dials, the_key);
    other.arrived.assign(challenge.begin(), challenge.end());
    other.read(1000);
    EXPECT_EQ(other.handshake.state(), State::failed);
    EXPECT_TRUE(other.handshake.output().empty());
}

TEST(DirectHandshake, Md5IsForWhoAllowsIt)
{
    const std::string challenge = "#CHALLENGE#" + std::string(20, 'x');
    Party modern(Side::dials, the_key);
    say(modern, challenge);
    EXPECT_EQ(modern.handshake.state(), State::failed);
    EXPECT_EQ(modern.mac.calls(), 0);
    Party legacy(Side::dials, the_key, true);
    say(legacy, challenge);
    EXPECT_EQ(legacy.handshake.state(), State::pending);
    EXPECT_EQ(legacy.handshake.output().size(), 4u + 16u);
}

TEST(DirectHandshake, LengthsThatNoHandshakeHasFailAtOnce)
{
    for (const std::uint32_t length : {257u, 0x7fff'ffffu, 0x8000'0000u, 0xffff'ffffu}) {
        Party listener(Side::listens, the_key);
        listener.arrived.resize(4);
        wire::Writer(listener.arrived).u32(length);
        listener.read(4);
        EXPECT_EQ(listener.handshake.state(), State::failed) << length;
        EXPECT_TRUE(listener.handshake.recv_buffer().empty());
    }
    Party listener(Side::listens, the_key);
    say(listener, "");
    EXPECT_EQ(listener.handshake.state(), State::failed);
}

}  // namespace
}  // namespace penstock::protocol
