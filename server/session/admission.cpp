// The Engine's door: who is let in, at whose cost, and who has to leave. docs/protocol.md, 2.5 and
// section 8.
#include "server/session/engine.hpp"
#include "server/session/events.hpp"

#include <utility>

namespace penstock::session {

namespace {

constexpr std::string_view locked_out =
    "this address failed a moment ago (--penalty-auth-failure, --penalty-protocol-error)";
constexpr std::string_view descriptors_used =
    "all connections that the broker may have are in use (--descriptors-max, nofile)";
constexpr std::string_view share_of_descriptors_used =
    "this user or address has its share of the broker's connections (--share-max of "
    "--descriptors-max)";
constexpr std::string_view strangers_too_many =
    "too many unfinished handshakes (--unauthenticated-max)";

}  // namespace

PeerId Engine::connected(PeerInfo info, TimePoint now)
{
    set_now(now);
    wire::Nonce random;
    entropy_.fill(random);
    const wire::ServerHandshake::Options how{info.challenge, info.legacy_md5};
    const PeerId id = ++last_peer_;
    const Account account(shares_, shares_.enter(info.user));
    auto owner = std::make_unique<Peer>(id,
                                        std::move(info),
                                        wire::ServerHandshake(mac_, keys_.back(), how, random),
                                        account,
                                        facts_.connection_changes);
    Peer& peer = *owner;
    peer.connected = peer.last_heard = now;
    peer.row.add(id);
    ++(peer.info.is_tcp ? facts_.tcp_connections_total : facts_.unix_connections_total);
    peer.decoder.set_block_pool(blocks_);
    peers_.emplace(id, std::move(owner));
    set_deadline(peer, now + options_.handshake_timeout);
    if (stopping_ || !admit(peer)) {
        kill(peer);
    } else if (!peer.info.allowed) {
        log_refusal(
            events::peer_refused, peer, "this uid may not use the socket; --allow lets it in");
        peer.outbox.plain(base::as_bytes(wire::failure_word));
        finish(peer, now);
    } else {
        take_step(peer, peer.handshake.start());
    }
    settle();
    return id;
}

bool Engine::admit(Peer& peer)
{
    const UserId user = peer.account.user();
    // Many may share an address: who works there is not locked out for what a neighbour did.
    const bool may_be_locked_out =
        !peer.info.local && shares_.used_by(user, Resource::sessions) == 0;
    if (may_be_locked_out && penalties_.locked_out(peer.info.user, facts_.now)) {
        log_refusal(events::connection_refused, peer, locked_out);
        return false;
    }
    if (!make_room(peer)) return false;
    peer.descriptors = peer.info.descriptors;
    peer.account.take(Resource::descriptors, peer.descriptors);
    strangers_.add(user, peer.id);
    if (strangers_.size() > options_.unauthenticated_max) {
        displace(*strangers_.first_to_go(), strangers_too_many);
    }
    return true;
}

bool Engine::make_room(const Peer& peer)
{
    const UserId user = peer.account.user();
    while (true) {  // each round closes a stranger
        std::optional<PeerId> stranger;
        std::string_view why;
        switch (shares_.room(user, Resource::descriptors, peer.info.descriptors)) {
            case Room::ok:
                return true;
            case Room::share_used:
                stranger = strangers_.oldest_of(user);
                why = share_of_descriptors_used;
                break;
            case Room::total_used:
                stranger = strangers_.first_to_go();
                why = descriptors_used;
                break;
        }
        if (!stranger) {
            log_refusal(events::connection_refused, peer, why);
            return false;
        }
        displace(*stranger, why);
    }
}

void Engine::displace(PeerId stranger, std::string_view why)
{
    Peer& peer = *peers_.at(stranger);
    log_refusal(events::handshake_displaced, peer, why);
    release(peer);  // it closes in this very turn
    kill(peer);
}

void Engine::release(Peer& peer)
{
    strangers_.remove(peer.account.user(), peer.id);
    peer.account.give(Resource::descriptors, std::exchange(peer.descriptors, 0));
}

void Engine::kill(Peer& peer)
{
    peer.status = PeerStatus::dead;
    changed(peer);
    touch(peer);
}

void Engine::penalise(const Peer& peer, base::Duration duration)
{
    if (!peer.info.local) penalties_.add(peer.info.user, duration, facts_.now);
}

}  // namespace penstock::session
