// The handshake of a pipe without a broker, over bytes: what Python's Listener and Client do with a
// key, and nothing at all without one.
//
// Invariant: it never asks for bytes behind the message that it awaits. Behind the last one come
// those of the pipe, which are another's to read.
#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/frame_decoder.hpp"
#include "common/wire/handshake.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace penstock::protocol {

class DirectHandshake {
public:
    enum class Side : std::uint8_t {
        listens,  // challenges first
        dials,
    };
    /// `key` may be empty; its bytes and `mac` must outlive this. `random` must be fresh.
    DirectHandshake(Side side,
                    bool legacy_md5,
                    std::span<const std::byte> key,
                    wire::Mac& mac,
                    const wire::Nonce& random);

    enum class State : std::uint8_t {
        pending,
        done,    // and all is sent
        failed,  // what is still to be sent says so to the peer; it need not arrive
    };
    [[nodiscard]] State state() const;
    /// Why it failed: a literal.
    [[nodiscard]] std::string_view reason() const { return reason_; }
    /// Whole messages of the peer so far.
    [[nodiscard]] std::size_t messages() const { return messages_; }

    /// What is to be sent.
    [[nodiscard]] std::span<const std::byte> output() const;
    void output_sent(std::size_t size);

    /// Room for what may be read now; empty when that is nothing. Valid until the next call.
    [[nodiscard]] std::span<std::byte> recv_buffer();
    void recv_advance(std::size_t size);

private:
    void take(const wire::HandshakeStep& step);
    void fail(std::string_view reason);

    std::variant<std::monostate, wire::ServerHandshake, wire::ClientHandshake> machine_;
    wire::FrameDecoder decoder_;
    State state_ = State::pending;
    std::string_view reason_;
    std::size_t messages_ = 0;
    base::Bytes output_;
    std::size_t sent_ = 0;  // of `output_`
};

}  // namespace penstock::protocol
