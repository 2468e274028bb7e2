// The handshake's state machines, fed anything: nobody is let in without the right answer, whatever
// is said, echoed, or carried from one connection to another.
//
// The input: who is there, then messages. Each is made of something that was said before, of one of
// the protocol's words, or of an honest answer, and may then be changed.
#include "common/wire/handshake.hpp"

#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/openssl_mac.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace penstock::fuzz {
namespace {

using State = wire::HandshakeStep::State;

constexpr std::size_t messages_max = 64;
constexpr std::string_view challenge_word = "#CHALLENGE#";
constexpr std::string_view welcome_word = "#WELCOME#";
constexpr std::string_view sha256_word = "{sha256}";

std::span<const std::byte> key()
{
    return base::as_bytes("a key that the stranger has not got");
}

wire::Nonce nonce(std::uint8_t first)
{
    wire::Nonce nonce;
    for (std::byte& byte : nonce) byte = std::byte(first++);
    return nonce;
}

void append(base::Bytes& bytes, std::span<const std::byte> more)
{
    bytes.insert(bytes.end(), more.begin(), more.end());
}

void append(base::Bytes& bytes, std::string_view word)
{
    append(bytes, base::as_bytes(word));
}

/// One connection of a party that has the key, with the stranger at its other end.
class Party {
public:
    Party(wire::Mac& mac, wire::ServerHandshake::Options options, std::uint8_t seed)
        : mac_(mac),
          legacy_md5_(options.legacy_md5),
          side_(std::in_place_type<wire::ServerHandshake>, mac, key(), options, nonce(seed))
    {}
    Party(wire::Mac& mac, wire::ClientHandshake::Options options, std::uint8_t seed)
        : mac_(mac),
          legacy_md5_(options.legacy_md5),
          side_(std::in_place_type<wire::ClientHandshake>, mac, key(), options, nonce(seed))
    {}

    [[nodiscard]] bool is_server() const
    {
        return std::holds_alternative<wire::ServerHandshake>(side_);
    }
    [[nodiscard]] State state() const { return state_; }

    /// What it says unasked: a server begins.
    [[nodiscard]] std::vector<base::Bytes> start()
    {
        if (!is_server()) return {};
        return took(std::get<wire::ServerHandshake>(side_).start());
    }

    [[nodiscard]] std::vector<base::Bytes> receive(const base::Bytes& payload)
    {
        if (state_ == State::done) return {};
        const bool is_answer = is_answer_to(payload, own_challenge());
        const State before = state_;
        wire::HandshakeStep step =
            std::visit([&](auto& side) { return side.receive(payload); }, side_);
        PENSTOCK_ASSERT(before != State::failed || step.state == State::failed);
        PENSTOCK_ASSERT((step.state == State::failed) == !step.reason.empty());
        answered_ = answered_ || is_answer;
        if (step.state == State::done) PENSTOCK_ASSERT(answered_);
        return took(std::move(step));
    }

    /// What whoever has the key would say now.
    [[nodiscard]] base::Bytes honest_answer() const
    {
        base::Bytes answer;
        append(answer, sha256_word);
        append(answer, mac_.hmac_sha256(key(), own_challenge()));
        return answer;
    }
    [[nodiscard]] base::Bytes honest_md5_answer() const
    {
        const auto digest = mac_.hmac_md5(key(), own_challenge());
        return {digest.begin(), digest.end()};
    }

private:
    /// The challenge that the stranger has to answer.
    [[nodiscard]] std::span<const std::byte> own_challenge() const
    {
        const auto* server = std::get_if<wire::ServerHandshake>(&side_);
        return server != nullptr ? server->m1() : std::get<wire::ClientHandshake>(side_).m2();
    }

    [[nodiscard]] bool is_answer_to(const base::Bytes& payload,
                                    std::span<const std::byte> challenge) const
    {
        if (challenge.empty()) return false;
        return payload == honest_answer() || (legacy_md5_ && payload == honest_md5_answer());
    }

    [[nodiscard]] std::vector<base::Bytes> took(wire::HandshakeStep step)
    {
        state_ = step.state;
        for (const base::Bytes& payload : step.send) PENSTOCK_ASSERT(payload.size() <= 256);
        return std::move(step.send);
    }

    wire::Mac& mac_;
    bool legacy_md5_;
    std::variant<wire::ServerHandshake, wire::ClientHandshake> side_;
    State state_ = State::pending;
    bool answered_ = false;
};

class World {
public:
    explicit World(Choices& choices) : choices_(choices) {}

    void run()
    {
        populate();
        for (Party& party : parties_) keep(party.start());
        for (std::size_t i = 0; i < messages_max && choices_.more(); ++i) {
            Party& party = parties_[choices_.below(parties_.size())];
            const base::Bytes message = next_message(party);
            keep(party.receive(message));
        }
        // Clients alone can't be played off against one another, nor can servers: that takes the
        // key, or a party of the other kind that is tricked by passing everything on.
        if (honest_ || mixed_) return;
        for (const Party& party : parties_) PENSTOCK_ASSERT(party.state() != State::done);
    }

private:
    void populate()
    {
        const std::size_t kind = choices_.below(3);
        mixed_ = kind == 2;
        honest_ = choices_.flag();
        const bool legacy_md5 = choices_.flag();
        const auto server = [&](std::uint8_t seed) {
            parties_.emplace_back(mac_, wire::ServerHandshake::Options{true, legacy_md5}, seed);
        };
        const auto client = [&](std::uint8_t seed) {
            parties_.emplace_back(mac_, wire::ClientHandshake::Options{true, legacy_md5}, seed);
        };
        parties_.reserve(3);
        if (kind != 0) server(10);
        if (kind == 1) server(60);
        if (kind != 1) client(110);
        if (kind != 1) client(160);
    }

    base::Bytes next_message(const Party& party)
    {
        base::Bytes message;
        switch (choices_.below(8)) {
            case 0:
                append(message, choices_.bytes());
                break;
            case 1:
                append(message, welcome_word);
                break;
            case 2:
                append(message, challenge_word);
                append(message, choices_.bytes());
                break;
            case 3:  // a challenge of the right shape
                append(message, challenge_word);
                append(message, sha256_word);
                append(message, nonce(choices_.byte()));
                break;
            case 4:
                if (honest_) message = party.honest_answer();
                break;
            case 5:
                if (honest_) message = party.honest_md5_answer();
                break;
            case 6:
                message = said_before();
                break;
            default:  // an answer as a challenge, a challenge as an answer
                message = said_before();
                if (message.size() > challenge_word.size() && choices_.flag()) {
                    message.erase(message.begin(), message.begin() + challenge_word.size());
                } else {
                    message.insert(message.begin(),
                                   reinterpret_cast<const std::byte*>(challenge_word.data()),
                                   reinterpret_cast<const std::byte*>(challenge_word.data()) +
                                       challenge_word.size());
                }
        }
        change(message);
        return message;
    }

    base::Bytes said_before()
    {
        return said_.empty() ? base::Bytes() : said_[choices_.below(said_.size())];
    }

    void change(base::Bytes& message)
    {
        switch (choices_.below(16)) {
            case 1:
                if (!message.empty()) message.pop_back();
                break;
            case 2:
                message.push_back(std::byte(choices_.byte()));
                break;
            case 3:
                if (!message.empty()) {
                    message[choices_.below(message.size())] ^= std::byte(choices_.byte());
                }
                break;
            default:
                break;
        }
    }

    void keep(std::vector<base::Bytes> messages)
    {
        for (base::Bytes& message : messages) said_.push_back(std::move(message));
    }

    Choices& choices_;
    support::OpensslMac mac_;
    std::vector<Party> parties_;
    std::vector<base::Bytes> said_;
    bool honest_ = false;
    bool mixed_ = false;
};

}  // namespace

void run_one(std::span<const std::byte> input)
{
    Choices choices(input);
    World(choices).run();
}

}  // namespace penstock::fuzz
