// The challenge and response of Python's multiprocessing.connection, both sides, as strict state
// machines: nothing but the expected message in each state. docs/protocol.md, section 2. Sans-IO.
#pragma once

#include "common/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace penstock::wire {

using Nonce = std::array<std::byte, 40>;

/// HMAC, implemented by the I/O shells: common/ has no cryptography of its own.
class Mac {
public:
    virtual ~Mac() = default;
    [[nodiscard]] virtual std::array<std::byte, 32> hmac_sha256(
        std::span<const std::byte> key, std::span<const std::byte> text) = 0;
    [[nodiscard]] virtual std::array<std::byte, 16> hmac_md5(std::span<const std::byte> key,
                                                             std::span<const std::byte> text) = 0;
};

struct HandshakeStep {
    enum class State { pending, done, failed };
    State state = State::pending;
    std::vector<base::Bytes> send;  // payloads, one frame each, also when it failed
    std::string_view reason;        // failed: why, a literal for the log and for our own user
};

/// What ends a handshake that failed; a stranger is told nothing more.
inline constexpr std::string_view failure_word = "#FAILURE#";
/// The client's reason when that is all that is said: it is about who we are, not about a key.
inline constexpr std::string_view turned_away = "the server does not let this user in";
/// The client's reason when the first words are none of a handshake.
inline constexpr std::string_view no_handshake = "this is not a penstock server";

/// The side that speaks first.
class ServerHandshake {
public:
    struct Options {
        bool challenge = false;  // false: peer credentials or nothing; '#WELCOME#' at once
        bool legacy_md5 =
            false;  // take MD5 answers and 20-byte challenges of Python 3.11 and older
    };

    /// `random` must be fresh for each connection. `mac` and the key's bytes must outlive this.
    ServerHandshake(Mac& mac, std::span<const std::byte> key, Options options, const Nonce& random);

    [[nodiscard]] HandshakeStep start();
    /// Not to be called once it is done. A failure sticks.
    [[nodiscard]] HandshakeStep receive(std::span<const std::byte> payload);

    /// The challenges without '#CHALLENGE#': ours and the client's. Empty where there was none.
    [[nodiscard]] std::span<const std::byte> m1() const { return m1_; }
    [[nodiscard]] std::span<const std::byte> m2() const { return m2_; }

private:
    enum class State { unstarted, awaits_answer, awaits_challenge, awaits_verdict, done, failed };

    [[nodiscard]] HandshakeStep receive_answer(std::span<const std::byte> payload);
    [[nodiscard]] HandshakeStep receive_challenge(std::span<const std::byte> payload);
    [[nodiscard]] HandshakeStep receive_verdict(std::span<const std::byte> payload);
    [[nodiscard]] HandshakeStep fail(std::string_view reason, bool tell_peer);

    Mac& mac_;
    std::span<const std::byte> key_;
    Options options_;
    State state_ = State::unstarted;
    bool peer_uses_md5_ = false;
    std::string_view failure_;
    base::Bytes m1_;
    base::Bytes m2_;
};

/// The side that answers first. Its challenge is 24 of the random bytes and a mark that any native
/// client with the key recognises, so none can be made to answer another's:
/// docs/adr/0002-challenges-recognise-themselves.md.
class ClientHandshake {
public:
    struct Options {
        bool require_challenge = false;  // with a key on TCP: refuse a server that skips it
        bool legacy_md5 = false;         // answer 20-byte challenges; never with the native broker
    };

    /// An empty key: none. As above for `mac`, the key and `random`.
    ClientHandshake(Mac& mac, std::span<const std::byte> key, Options options, const Nonce& random);

    /// Not to be called once it is done. A failure sticks.
    [[nodiscard]] HandshakeStep receive(std::span<const std::byte> payload);

    /// The challenges without '#CHALLENGE#': the server's and ours. Empty where there was none.
    [[nodiscard]] std::span<const std::byte> m1() const { return m1_; }
    [[nodiscard]] std::span<const std::byte> m2() const { return m2_; }

private:
    enum class State { awaits_first, awaits_verdict, awaits_answer, done, failed };

    [[nodiscard]] HandshakeStep receive_first(std::span<const std::byte> payload);
    [[nodiscard]] HandshakeStep receive_verdict(std::span<const std::byte> payload);
    [[nodiscard]] HandshakeStep receive_answer(std::span<const std::byte> payload);
    [[nodiscard]] HandshakeStep answer(std::span<const std::byte> challenge);
    [[nodiscard]] HandshakeStep fail(std::string_view reason, bool tell_peer);
    /// The part of a client's challenge that only a holder of the key can make.
    [[nodiscard]] base::Bytes challenge_mark(std::span<const std::byte> random);
    [[nodiscard]] bool is_client_challenge(std::span<const std::byte> challenge);

    Mac& mac_;
    std::span<const std::byte> key_;
    Options options_;
    base::Bytes random_;
    State state_ = State::awaits_first;
    bool peer_uses_md5_ = false;
    std::string_view failure_;
    base::Bytes m1_;
    base::Bytes m2_;
};

}  // namespace penstock::wire
