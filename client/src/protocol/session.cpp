#include "client/src/protocol/session.hpp"

#include "common/base/assert.hpp"
#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <utility>

namespace penstock::protocol {

// How a session begins and ends. Calls: session_calls.cpp; what goes out: session_output.cpp; what
// comes in: session_input.cpp.

Session::Session(wire::Mac& mac, SessionOptions options)
    : options_(std::move(options)),
      handshake_(mac,
                 options_.key,
                 {.require_challenge = options_.require_challenge, .legacy_md5 = false},
                 options_.nonce),
      decoder_(wire::handshake_payload_max)
{}

void Session::on_handshake(std::span<const std::byte> payload)
{
    const wire::HandshakeStep step = handshake_.receive(payload);
    for (const base::Bytes& message : step.send) append_payload(message);
    switch (step.state) {
        case wire::HandshakeStep::State::pending:
            return;
        case wire::HandshakeStep::State::failed:
            return end(errc::refused, step.reason);
        case wire::HandshakeStep::State::done:
            break;
    }
    decoder_.set_payload_size_max(wire::frame_payload_max);
    stage_ = Stage::welcome;
    wire::encode_frame(output_, {}, options_.hello);
}

void Session::on_greeting(const wire::Frame& frame)
{
    if (const auto* welcome = std::get_if<wire::Welcome>(&frame.message)) {
        if (welcome->version < options_.hello.version_min ||
            welcome->version > options_.hello.version_max) {
            return violation("welcome in a version that was not offered");
        }
        if (welcome->granted.max_ops == 0) return violation("welcome grants no operations");
        admission_.grant(welcome->granted);
        token_ = welcome->session;
        stage_ = Stage::live;
        return;
    }
    if (const auto* refused = std::get_if<wire::Refused>(&frame.message)) {
        switch (refused->reason) {
            case wire::RefusedReason::version:
                return end(errc::unsupported, refused->text);
            case wire::RefusedReason::too_many:
                return end(errc::too_many, refused->text);
            case wire::RefusedReason::unknown:
            case wire::RefusedReason::fenced:
                return end(errc::refused, refused->text);
        }
        return end(errc::refused, refused->text);
    }
    if (const auto* goodbye = std::get_if<wire::Goodbye>(&frame.message)) {
        return on(frame.header, *goodbye);
    }
    violation("neither welcome nor refusal after hello");
}

void Session::goodbye()
{
    if (stage_ == Stage::ended || goodbye_wanted_) return;
    if (stage_ != Stage::live) return end({}, "closed before the broker's welcome");
    goodbye_wanted_ = true;
    waiting_.clear();
    for (auto& [id, call] : calls_) {
        if (call.state == CallState::held) by_op_.erase(call.op);
        if (call.state == CallState::held || call.state == CallState::waiting) {
            answer(id, call, errc::disconnected);
        }
    }
}

void Session::connection_ended(std::string_view text)
{
    if (stage_ == Stage::ended) return;
    output_.clear();
    // Cut off after our goodbye: the broker has it, or ends the session by the cut itself.
    if (stage_ == Stage::closing) return end({}, text);
    end(errc::disconnected, text);
}

void Session::violation(std::string_view text)
{
    if (stage_ == Stage::ended) return;
    const wire::Goodbye goodbye{
        .code = wire::GoodbyeCode::protocol, .retry_after_ms = 0, .text = std::string(text)};
    if (stage_ != Stage::handshake) wire::encode_frame(output_, {}, goodbye);
    end(errc::protocol, text);
}

void Session::end(std::error_code ec, std::string_view text, Held held)
{
    if (stage_ == Stage::ended) return;
    stage_ = Stage::ended;
    end_code_ = ec;
    end_text_ = text;
    const std::error_code later = ec ? ec : make_error_code(errc::disconnected);
    waiting_.clear();
    sending_.clear();
    by_op_.clear();
    acks_.clear();
    cancels_.clear();
    std::vector<CallId> gone;
    for (auto& [id, call] : calls_) {
        switch (call.state) {
            case CallState::waiting:
                answer(id, call, later);
                break;
            case CallState::sent:
                answer(id, call, is_doubtful(call.request) ? errc::in_doubt : later);
                break;
            // No resuming: an item that was not handed over while the connection was open returns
            // to its place.
            case CallState::held:
                if (held == Held::return_to_broker) answer(id, call, later);
                break;
            case CallState::done:
                break;
            case CallState::abandoned:
                gone.push_back(id);
                break;
        }
        if (call.forgotten) gone.push_back(id);
    }
    for (const CallId id : gone) calls_.erase(id);
}

}  // namespace penstock::protocol
