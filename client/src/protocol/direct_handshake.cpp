#include "client/src/protocol/direct_handshake.hpp"

#include "common/base/assert.hpp"
#include "common/wire/frame_prefix.hpp"
#include "common/wire/limits.hpp"

#include <algorithm>
#include <array>

namespace penstock::protocol {

namespace {

void append_frame(base::Bytes& output, std::span<const std::byte> payload)
{
    std::array<std::byte, wire::frame_prefix_size_max> prefix{};
    const std::size_t size = wire::write_frame_prefix(prefix, payload.size());
    output.insert(output.end(), prefix.begin(), prefix.begin() + size);
    output.insert(output.end(), payload.begin(), payload.end());
}

}  // namespace

DirectHandshake::DirectHandshake(Side side,
                                 bool legacy_md5,
                                 std::span<const std::byte> key,
                                 wire::Mac& mac,
                                 const wire::Nonce& random)
    : decoder_(wire::handshake_payload_max)
{
    if (key.empty()) {
        state_ = State::done;
        return;
    }
    switch (side) {
        case Side::listens: {
            const wire::ServerHandshake::Options options{.challenge = true,
                                                         .legacy_md5 = legacy_md5};
            take(machine_.emplace<wire::ServerHandshake>(mac, key, options, random).start());
            return;
        }
        case Side::dials: {
            // Python's Client would answer nobody but who challenges it, either.
            const wire::ClientHandshake::Options options{.require_challenge = true,
                                                         .legacy_md5 = legacy_md5};
            machine_.emplace<wire::ClientHandshake>(mac, key, options, random);
            return;
        }
    }
}

DirectHandshake::State DirectHandshake::state() const
{
    return state_ == State::done && sent_ < output_.size() ? State::pending : state_;
}

std::span<const std::byte> DirectHandshake::output() const
{
    return std::span(output_).subspan(sent_);
}

void DirectHandshake::output_sent(std::size_t size)
{
    PENSTOCK_ASSERT(size <= output_.size() - sent_);
    sent_ += size;
}

std::span<std::byte> DirectHandshake::recv_buffer()
{
    if (state_ != State::pending) return {};
    const std::span<std::byte> room = decoder_.recv_buffer();
    return room.first(std::min(room.size(), decoder_.missing()));
}

void DirectHandshake::recv_advance(std::size_t size)
{
    decoder_.recv_advance(size);
    const wire::DecodeResult result = decoder_.next();
    switch (result.status) {
        case wire::DecodeStatus::need_more:
            return;
        case wire::DecodeStatus::payload_too_big:
        case wire::DecodeStatus::bad_length:
            return fail("what it says is no handshake");
        case wire::DecodeStatus::frame:
            break;
    }
    ++messages_;
    if (auto* server = std::get_if<wire::ServerHandshake>(&machine_)) {
        take(server->receive(result.payload.span()));
    } else if (auto* client = std::get_if<wire::ClientHandshake>(&machine_)) {
        take(client->receive(result.payload.span()));
    }
}

void DirectHandshake::take(const wire::HandshakeStep& step)
{
    for (const base::Bytes& payload : step.send) append_frame(output_, payload);
    switch (step.state) {
        case wire::HandshakeStep::State::pending:
            return;
        case wire::HandshakeStep::State::done:
            state_ = State::done;
            return;
        case wire::HandshakeStep::State::failed:
            return fail(step.reason);
    }
}

void DirectHandshake::fail(std::string_view reason)
{
    state_ = State::failed;
    reason_ = reason == wire::no_handshake
                  ? std::string_view("the other side begins without a challenge: it has no key")
                  : reason;
}

}  // namespace penstock::protocol
