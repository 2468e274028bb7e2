// What is said in the handshake, for its tests.
#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/handshake.hpp"
#include "tests/support/hex.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <span>
#include <string_view>

namespace penstock::wire {

using base::Bytes;

inline Bytes bytes(std::span<const std::byte> of)
{
    return {of.begin(), of.end()};
}

inline Bytes bytes(std::string_view text)
{
    return bytes(base::as_bytes(text));
}

inline Bytes joined(Bytes left, const Bytes& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

inline Bytes counted(std::uint8_t first, std::size_t size)
{
    Bytes result;
    for (; size > 0; --size) result.push_back(static_cast<std::byte>(first++));
    return result;
}

inline Nonce nonce(std::uint8_t first)
{
    Nonce result{};
    for (std::byte& byte : result) byte = static_cast<std::byte>(first++);
    return result;
}

inline std::span<const std::byte> key()
{
    return base::as_bytes("a key for tests only");
}
inline std::span<const std::byte> other_key()
{
    return base::as_bytes("a key of somebody else");
}
inline Nonce server_random()
{
    return nonce(0);
}
inline Nonce client_random()
{
    return nonce(100);
}

inline Bytes nothing()
{
    return {};
}
inline Bytes welcome()
{
    return bytes("#WELCOME#");
}
inline Bytes failure()
{
    return bytes("#FAILURE#");
}
inline Bytes challenge(const Bytes& of)
{
    return joined(bytes("#CHALLENGE#"), of);
}

inline Bytes m1()
{
    return joined(bytes("{sha256}"), counted(0, 40));
}
inline Bytes m2()
{
    return joined(joined(bytes("{sha256}"), counted(100, 24)),
                  support::from_hex("f66ac7408db3a6ee1df8d3cd3a590878"));
}
/// A challenge of Python before 3.12.
inline Bytes m20()
{
    return counted(200, 20);
}

inline Bytes sha256_answer_to_m1()
{
    return joined(
        bytes("{sha256}"),
        support::from_hex("bced26f348bced0b87568d063fe992d4aae31b006992fb0a3be639e0f7532754"));
}
inline Bytes sha256_answer_to_m2()
{
    return joined(
        bytes("{sha256}"),
        support::from_hex("f97a34560d0115cf6620acba7916da353c5ec9c923f99731db73a36cd4a13d3b"));
}
inline Bytes md5_answer_to_m1()
{
    return support::from_hex("2f17ef06bdf0445ecfd720f75f299417");
}
inline Bytes md5_answer_to_m2()
{
    return support::from_hex("29cfc56978814a15f0f17e9d23920f3b");
}
inline Bytes md5_answer_to_m20()
{
    return support::from_hex("c33b901d71abe9fc2bce841fadfcb4ff");
}

/// The one message of a step, or nothing.
inline Bytes said(const HandshakeStep& step, HandshakeStep::State state)
{
    EXPECT_EQ(step.state, state) << step.reason;
    EXPECT_EQ(step.reason.empty(), state != HandshakeStep::State::failed);
    EXPECT_LE(step.send.size(), 1u);
    return step.send.empty() ? Bytes{} : step.send.front();
}

}  // namespace penstock::wire
