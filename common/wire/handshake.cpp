#include "common/wire/handshake.hpp"

#include "common/base/assert.hpp"
#include "common/base/constant_time.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace penstock::wire {

namespace {

using Span = std::span<const std::byte>;

constexpr std::string_view challenge_word = "#CHALLENGE#";
constexpr std::string_view welcome_word = "#WELCOME#";
constexpr std::string_view sha256_word = "{sha256}";
constexpr std::string_view mark_label = "penstock client challenge";

constexpr std::size_t legacy_challenge_size = 20;
constexpr std::size_t md5_size = 16;
constexpr std::size_t sha256_size = 32;
/// Below this a challenge could be one of few, and its answer have been collected before.
constexpr std::size_t challenge_random_min = 32;
constexpr std::size_t marked_random_size = 24;
constexpr std::size_t mark_size = 16;

void append(base::Bytes& bytes, Span more)
{
    bytes.insert(bytes.end(), more.begin(), more.end());
}

base::Bytes joined(std::string_view word, Span rest)
{
    base::Bytes bytes;
    append(bytes, base::as_bytes(word));
    append(bytes, rest);
    return bytes;
}

bool is(Span payload, std::string_view word)
{
    return base::as_text(payload) == word;
}

bool begins_with(Span payload, std::string_view word)
{
    return base::as_text(payload).starts_with(word);
}

/// `{sha256}` and enough that is random behind it.
bool is_sha256_challenge(Span challenge)
{
    return begins_with(challenge, sha256_word) &&
           challenge.size() >= sha256_word.size() + challenge_random_min;
}

/// What Python before 3.12 sends. One that begins like ours is too short to be one.
bool is_legacy_challenge(Span challenge)
{
    return challenge.size() == legacy_challenge_size && !begins_with(challenge, sha256_word);
}

bool is_sha256_answer(Span answer)
{
    return begins_with(answer, sha256_word) && answer.size() == sha256_word.size() + sha256_size;
}

base::Bytes sha256_answer(Mac& mac, Span key, Span challenge)
{
    return joined(sha256_word, mac.hmac_sha256(key, challenge));
}

base::Bytes md5_answer(Mac& mac, Span key, Span challenge)
{
    const auto digest = mac.hmac_md5(key, challenge);
    return {digest.begin(), digest.end()};
}

HandshakeStep step(HandshakeStep::State state, base::Bytes message)
{
    HandshakeStep result;
    result.state = state;
    result.send.push_back(std::move(message));
    return result;
}

HandshakeStep failure(std::string_view reason, bool tell_peer)
{
    HandshakeStep result;
    result.state = HandshakeStep::State::failed;
    result.reason = reason;
    if (tell_peer) result.send.push_back(joined(failure_word, {}));
    return result;
}

}  // namespace

ServerHandshake::ServerHandshake(Mac& mac, Span key, Options options, const Nonce& random)
    : mac_(mac), key_(key), options_(options)
{
    PENSTOCK_ASSERT(!options.challenge || !key.empty());
    if (options.challenge) m1_ = joined(sha256_word, random);
}

HandshakeStep ServerHandshake::start()
{
    PENSTOCK_ASSERT(state_ == State::unstarted);
    if (!options_.challenge) {
        state_ = State::done;
        return step(HandshakeStep::State::done, joined(welcome_word, {}));
    }
    state_ = State::awaits_answer;
    return step(HandshakeStep::State::pending, joined(challenge_word, m1_));
}

HandshakeStep ServerHandshake::receive(Span payload)
{
    switch (state_) {
        case State::awaits_answer:
            return receive_answer(payload);
        case State::awaits_challenge:
            return receive_challenge(payload);
        case State::awaits_verdict:
            return receive_verdict(payload);
        case State::failed:
            return failure(failure_, false);
        case State::unstarted:
        case State::done:
            break;
    }
    base::assertion_failed("the handshake is under way", __FILE__, __LINE__);
}

HandshakeStep ServerHandshake::receive_answer(Span payload)
{
    // Shapes first: no HMAC for anything but a whole answer.
    peer_uses_md5_ = payload.size() == md5_size && !begins_with(payload, challenge_word);
    if (!peer_uses_md5_ && !is_sha256_answer(payload))
        return fail("not an answer to our challenge", true);
    if (peer_uses_md5_ && !options_.legacy_md5)
        return fail("an MD5 answer (Python before 3.12), which --legacy-md5 refuses here", true);

    const base::Bytes expected =
        peer_uses_md5_ ? md5_answer(mac_, key_, m1_) : sha256_answer(mac_, key_, m1_);
    if (!base::equal_in_constant_time(payload, expected))
        return fail("a wrong answer: the peer has another key", true);
    state_ = State::awaits_challenge;
    return step(HandshakeStep::State::pending, joined(welcome_word, {}));
}

HandshakeStep ServerHandshake::receive_challenge(Span payload)
{
    if (!begins_with(payload, challenge_word)) return fail("not a challenge", true);
    const Span challenge = payload.subspan(challenge_word.size());
    const bool right_shape =
        peer_uses_md5_ ? is_legacy_challenge(challenge) : is_sha256_challenge(challenge);
    if (!right_shape) return fail("a challenge of a form that we don't answer", true);
    if (std::equal(challenge.begin(), challenge.end(), m1_.begin(), m1_.end()))
        return fail("our own challenge, sent back", true);

    m2_.assign(challenge.begin(), challenge.end());
    state_ = State::awaits_verdict;
    return step(HandshakeStep::State::pending,
                peer_uses_md5_ ? md5_answer(mac_, key_, m2_) : sha256_answer(mac_, key_, m2_));
}

HandshakeStep ServerHandshake::receive_verdict(Span payload)
{
    if (is(payload, failure_word)) return fail("the peer refused our answer", false);
    if (!is(payload, welcome_word)) return fail("neither welcome nor failure", false);
    state_ = State::done;
    HandshakeStep result;
    result.state = HandshakeStep::State::done;
    return result;
}

HandshakeStep ServerHandshake::fail(std::string_view reason, bool tell_peer)
{
    state_ = State::failed;
    failure_ = reason;
    return failure(reason, tell_peer);
}

ClientHandshake::ClientHandshake(Mac& mac, Span key, Options options, const Nonce& random)
    : mac_(mac),
      key_(key),
      options_(options),
      random_(random.begin(), random.begin() + marked_random_size)
{
    PENSTOCK_ASSERT(!options.require_challenge || !key.empty());
}

HandshakeStep ClientHandshake::receive(Span payload)
{
    switch (state_) {
        case State::awaits_first:
            return receive_first(payload);
        case State::awaits_verdict:
            return receive_verdict(payload);
        case State::awaits_answer:
            return receive_answer(payload);
        case State::failed:
            return failure(failure_, false);
        case State::done:
            break;
    }
    base::assertion_failed("the handshake is under way", __FILE__, __LINE__);
}

HandshakeStep ClientHandshake::receive_first(Span payload)
{
    if (is(payload, welcome_word)) {
        if (options_.require_challenge)
            return fail("the server asks for no key, so it does not show that it has ours", false);
        state_ = State::done;
        HandshakeStep result;
        result.state = HandshakeStep::State::done;
        return result;
    }
    if (is(payload, failure_word)) return fail(turned_away, false);
    if (!begins_with(payload, challenge_word)) return fail(no_handshake, false);
    if (key_.empty()) {
        return fail(
            "the server asks for a key, and we have none: name a key file, or set "
            "PENSTOCK_KEY_FILE",
            false);
    }
    return answer(payload.subspan(challenge_word.size()));
}

HandshakeStep ClientHandshake::answer(Span challenge)
{
    peer_uses_md5_ = is_legacy_challenge(challenge);
    if (peer_uses_md5_ && !options_.legacy_md5)
        return fail("the server wants an MD5 answer (Python before 3.12), which is not allowed",
                    false);
    if (!peer_uses_md5_ && !is_sha256_challenge(challenge))
        return fail("the server's challenge has a form that we don't answer", false);
    if (is_client_challenge(challenge))
        return fail("the server sends a client's challenge on: it has not got the key", false);

    m1_.assign(challenge.begin(), challenge.end());
    state_ = State::awaits_verdict;
    return step(HandshakeStep::State::pending,
                peer_uses_md5_ ? md5_answer(mac_, key_, m1_) : sha256_answer(mac_, key_, m1_));
}

HandshakeStep ClientHandshake::receive_verdict(Span payload)
{
    if (is(payload, failure_word))
        return fail("the server refused our answer: it has another key", false);
    if (!is(payload, welcome_word)) return fail("neither welcome nor failure", false);
    m2_ = joined(sha256_word, random_);
    append(m2_, challenge_mark(random_));
    state_ = State::awaits_answer;
    return step(HandshakeStep::State::pending, joined(challenge_word, m2_));
}

HandshakeStep ClientHandshake::receive_answer(Span payload)
{
    const bool right_shape =
        peer_uses_md5_ ? payload.size() == md5_size : is_sha256_answer(payload);
    if (!right_shape) return fail("not an answer to our challenge", true);
    const base::Bytes expected =
        peer_uses_md5_ ? md5_answer(mac_, key_, m2_) : sha256_answer(mac_, key_, m2_);
    if (!base::equal_in_constant_time(payload, expected))
        return fail("a wrong answer: the server has not got the key", true);
    state_ = State::done;
    return step(HandshakeStep::State::done, joined(welcome_word, {}));
}

HandshakeStep ClientHandshake::fail(std::string_view reason, bool tell_peer)
{
    state_ = State::failed;
    failure_ = reason;
    return failure(reason, tell_peer);
}

base::Bytes ClientHandshake::challenge_mark(Span random)
{
    const auto digest = mac_.hmac_sha256(key_, joined(mark_label, random));
    return {digest.begin(), digest.begin() + mark_size};
}

bool ClientHandshake::is_client_challenge(Span challenge)
{
    if (challenge.size() != sha256_word.size() + marked_random_size + mark_size) return false;
    const Span random = challenge.subspan(sha256_word.size(), marked_random_size);
    return base::equal_in_constant_time(challenge.last(mark_size), challenge_mark(random));
}

}  // namespace penstock::wire
