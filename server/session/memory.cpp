// What peers make the broker hold beside items, and what it says when memory is short.
#include "server/session/engine.hpp"
#include "server/session/events.hpp"

namespace penstock::session {

/// What the broker keeps for a peer beside items and their PUTs, on its user's account.
void Engine::charge_held(Peer& peer)
{
    std::uint64_t held = unread(peer) + peer.decoder.capacity();
    if (peer.session) held += peer.session->results_size();
    if (held > peer.held) peer.account.take(Resource::pending_bytes, held - peer.held);
    if (held < peer.held) peer.account.give(Resource::pending_bytes, peer.held - held);
    peer.held = held;
}

/// Output that only this peer keeps from being freed.
std::uint64_t Engine::unread(Peer& peer) const
{
    if (!peer.session) return peer.outbox.unsent();
    return peer.outbox.bytes().size() + peer.session->orphans_size();
}

bool Engine::does_not_read(Peer& peer) const
{
    if (peer.outbox.bytes().size() > options_.output_size_max) return true;
    // Where memory is short, nobody may leave more lying than one who reads ever does.
    return unread(peer) > wire::unsent_output_max + 2 * wire::frame_payload_max &&
           !peer.account.may_take(Resource::pending_bytes, 0);
}

/// Tells all sessions when memory becomes short, above 90 %, and when it no longer is, below 80 %.
void Engine::tell_pressure()
{
    const core::Memory& memory = broker_.memory();
    const std::uint64_t reserve = memory.max() / 10;
    const bool now = pressure_ ? memory.used() >= memory.max() - 2 * reserve
                               : memory.used() > memory.max() - reserve;
    if (now == pressure_) return;
    pressure_ = now;
    log_.push_back(
        {now ? LogLevel::warning : LogLevel::info,
         now ? events::memory_short : events::memory_relieved,
         {{"used", std::to_string(memory.used())}, {"max", std::to_string(memory.max())}}});
    for (const auto& [id, peer] : sessions_) {
        peer->outbox.control(wire::Message(pressure_notice()));
        touch(*peer);
    }
}

wire::Notice Engine::pressure_notice() const
{
    wire::Notice notice;
    notice.code = pressure_ ? wire::NoticeCode::memory_pressure : wire::NoticeCode::relieved;
    notice.text = pressure_ ? "the broker's memory is nearly full: puts may have to wait"
                            : "the broker has memory again";
    return notice;
}

}  // namespace penstock::session
