// The Engine's conversations: handshake, the first frame that decides the dialect, and what a
// native connection says outside of its session's operations. docs/protocol.md, sections 2 and 3.
#include "server/session/engine.hpp"
#include "server/session/events.hpp"

#include <algorithm>
#include <utility>

namespace penstock::session {

namespace {

constexpr std::byte first_session_type{0x20};
/// A pickle begins with PROTO, or with an opcode from here on.
constexpr std::byte pickle_opcode_min{0x28};

constexpr std::string_view manager_refusal =
    "penstockd: this port speaks penstock's native protocol; Python's Manager protocol is not "
    "built yet";

constexpr std::string_view sessions_used =
    "the broker has as many sessions as it may (--sessions-max): close some, or raise that";
constexpr std::string_view share_of_sessions_used =
    "this user or address has its share of the broker's sessions (--share-max of --sessions-max): "
    "close some, or raise these";

/// Operations and READs: they can be answered `unsupported`, everything else is an error.
bool is_answered(wire::Type type)
{
    if (type == wire::Type::read) return true;
    const bool is_operation = type >= wire::Type::open && type <= wire::Type::admin;
    return is_operation && type != wire::Type::data && type != wire::Type::flow;
}

/// Else who watches the connections would see his own one change because he does.
bool only_looks(const wire::Message& message)
{
    return std::holds_alternative<wire::Read>(message) ||
           std::holds_alternative<wire::Ping>(message) ||
           std::holds_alternative<wire::Pong>(message);
}

wire::Message goodbye_message(wire::GoodbyeCode code, std::string_view text)
{
    wire::Goodbye goodbye;
    goodbye.code = code;
    goodbye.text = text;
    return wire::Message(std::move(goodbye));
}

}  // namespace

void Engine::on_frame(Peer& peer, const base::Slice& payload, TimePoint now)
{
    if (peer.phase != Peer::Phase::native) changed(peer);
    switch (peer.phase) {
        case Peer::Phase::handshake:
            take_step(peer, peer.handshake.receive(payload.span()));
            if (peer.handshake_failed) finish(peer, now);
            break;
        case Peer::Phase::first_frame:
            on_first_frame(peer, payload, now);
            break;
        case Peer::Phase::native:
            on_native(peer, payload, now);
            break;
    }
}

void Engine::take_step(Peer& peer, const wire::HandshakeStep& step)
{
    for (const base::Bytes& payload : step.send) peer.outbox.plain(payload);
    touch(peer);
    switch (step.state) {
        case wire::HandshakeStep::State::pending:
            break;
        case wire::HandshakeStep::State::done:
            peer.phase = Peer::Phase::first_frame;
            peer.decoder.set_payload_size_max(wire::first_frame_payload_max);
            break;
        case wire::HandshakeStep::State::failed:
            peer.handshake_failed = true;
            log_refusal(events::auth_failed, peer, step.reason);
            penalise(peer, options_.penalty_auth_failure);
            break;
    }
}

void Engine::on_first_frame(Peer& peer, const base::Slice& payload, TimePoint now)
{
    const std::byte type = payload.empty() ? std::byte{0} : payload.span().front();
    if (type >= pickle_opcode_min) {
        peer.outbox.plain(base::as_bytes(manager_refusal));
        log_refusal(events::manager_refused, peer, "the first frame is a pickle");
        return finish(peer, now);
    }
    if (type >= first_session_type)
        return protocol_error(peer, "the first frame must be HELLO", now);
    wire::DecodedFrame decoded = wire::decode_frame(payload, wire::Sender::client);
    if (const auto* error = std::get_if<wire::CodecError>(&decoded)) {
        return protocol_error(peer, error->text, now);
    }
    const wire::Message& message = std::get<wire::Frame>(decoded).message;
    if (const auto* hello = std::get_if<wire::Hello>(&message)) return on_hello(peer, *hello, now);
    if (std::holds_alternative<wire::Resume>(message)) {
        return refuse(peer, wire::RefusedReason::unknown, "no such session", now);
    }
    protocol_error(peer, "the first frame must be HELLO", now);
}

void Engine::on_hello(Peer& peer, const wire::Hello& hello, TimePoint now)
{
    peer.client_name = hello.client_name;
    const bool common_version =
        hello.version_min <= wire::protocol_version && hello.version_max >= wire::protocol_version;
    if (!common_version) {
        return refuse(peer, wire::RefusedReason::version, "this broker speaks version 1", now);
    }
    switch (shares_.room(peer.account.user(), Resource::sessions, 1)) {
        case Room::ok:
            break;
        case Room::share_used:
            return refuse(peer, wire::RefusedReason::too_many, share_of_sessions_used, now);
        case Room::total_used:
            return refuse(peer, wire::RefusedReason::too_many, sessions_used, now);
    }
    SessionLimits limits = options_.session;
    limits.ops_max = std::min(limits.ops_max, std::max(hello.wanted.max_ops, 1u));
    // With a grant of a few bytes the session's gets would pause and go on at each item.
    limits.put_bytes_max = std::min(limits.put_bytes_max,
                                    std::max(hello.wanted.max_bytes, wire::session_put_bytes_min));

    wire::Welcome welcome;
    welcome.version = wire::protocol_version;
    welcome.granted = {0, limits.ops_max, limits.put_bytes_max};
    welcome.boot = boot_;
    entropy_.fill(welcome.session);
    if (!peer.info.challenge) entropy_.fill(welcome.secret.emplace());

    const core::SessionId id = ++last_session_;
    const bool same_process = peer.info.pid != 0 && hello.pid == peer.info.pid;
    peer.owner = same_process ? Owner::same : Owner::other;
    // A socket that is passed to a proxy would not reach the client.
    const PartyFacts party{same_process, peer.info.uid};
    peer.session = std::make_unique<Session>(
        id, boot_, limits, broker_, facts_, peer.outbox, peer.account, pipe_sockets_, party);
    peer.account.take(Resource::sessions, 1);
    strangers_.remove(peer.account.user(), peer.id);
    sessions_.emplace(id, &peer);
    peer.phase = Peer::Phase::native;
    peer.decoder.set_payload_size_max(wire::frame_payload_max);
    set_deadline(peer, base::no_deadline);
    peer.outbox.control(wire::Message(std::move(welcome)));
    if (pressure_) peer.outbox.control(wire::Message(pressure_notice()));
    touch(peer);
    log(LogLevel::info, events::session_began, peer, "");
}

void Engine::on_native(Peer& peer, const base::Slice& payload, TimePoint now)
{
    wire::DecodedFrame decoded = wire::decode_frame(payload, wire::Sender::client);
    if (const auto* error = std::get_if<wire::CodecError>(&decoded)) {
        if (!error->unsupported || !is_answered(error->header.type)) {
            return protocol_error(peer, error->text, now);
        }
        if (Verdict bad = peer.session->refuse_unsupported(error->header)) {
            return protocol_error(peer, *bad, now);
        }
        return touch(peer);
    }
    auto& frame = std::get<wire::Frame>(decoded);
    work_ += frame.header.n;
    if (!only_looks(frame.message)) changed(peer);
    if (const auto* ping = std::get_if<wire::Ping>(&frame.message)) {
        if (!peer.outbox.pong(ping->token)) {
            return protocol_error(peer, "more than one PING unanswered", now);
        }
        return touch(peer);
    }
    if (std::holds_alternative<wire::Pong>(frame.message)) return;  // no PING of ours: no harm
    if (std::holds_alternative<wire::Goodbye>(frame.message)) {
        // Everything the client had is acknowledged by now; what is left was not seen by anybody.
        log(LogLevel::info, events::session_ended, peer, "");
        end_session(peer, core::Seen::no);
        peer.outbox.control(wire::Message(wire::Bye{}));
        return finish(peer, now);
    }
    if (Verdict bad = peer.session->handle(std::move(frame), now, completions_)) {
        return protocol_error(peer, *bad, now);
    }
    if (const auto wish = peer.session->take_kick()) kick(peer, *wish, now);
    touch(peer);
}

void Engine::refuse(Peer& peer, wire::RefusedReason reason, std::string_view text, TimePoint now)
{
    log_refusal(events::session_refused, peer, text);
    wire::Refused refused;
    refused.reason = reason;
    refused.boot = boot_;
    refused.text = text;
    peer.outbox.control(wire::Message(std::move(refused)));
    finish(peer, now);
}

void Engine::protocol_error(Peer& peer, std::string_view text, TimePoint now)
{
    log_refusal(events::protocol_error, peer, text);
    penalise(peer, options_.penalty_protocol_error);
    // Before the handshake is over a stranger is told nothing.
    if (peer.phase == Peer::Phase::handshake) return finish(peer, now);
    goodbye(peer, wire::GoodbyeCode::protocol, text, now);
}

void Engine::goodbye(Peer& peer, wire::GoodbyeCode code, std::string_view text, TimePoint now)
{
    // The session ends with it: else the client would resume and repeat its mistake for ever.
    end_session(peer, core::Seen::maybe);
    peer.outbox.control(goodbye_message(code, text));
    finish(peer, now);
}

/// It may be the asker himself, who gets his answer first.
void Engine::kick(Peer& asker, const Session::Kick& wish, TimePoint now)
{
    const auto found = peers_.find(wish.connection);
    const bool is_open = found != peers_.end() && found->second->status == PeerStatus::open;
    asker.session->answer_kick(wish.op, is_open ? Status::ok : Status::not_found);
    if (!is_open) return;
    Peer& peer = *found->second;
    log(LogLevel::warning,
        events::session_kicked,
        peer,
        "asked for by conn " + std::to_string(asker.id));
    if (!peer.session) return kill(peer);
    goodbye(peer, wire::GoodbyeCode::done, "closed by an operator", now);
}

void Engine::leave(Peer& peer, TimePoint now)
{
    // What was handed out stays so: to give it back now could only hand it to a second client.
    route();
    peer.session->end_waiting(completions_);
    drop_session(peer);
    peer.outbox.farewell(
        goodbye_message(wire::GoodbyeCode::shutting_down, "the broker is shutting down"));
    finish(peer, now);
}

}  // namespace penstock::session
