// The rows of connections, and when they change.
#include "server/session/engine.hpp"

namespace penstock::session {

wire::ConnectionState Engine::state_of(const Peer& peer)
{
    if (peer.status != PeerStatus::open) return wire::ConnectionState::closing;
    return peer.session ? wire::ConnectionState::live : wire::ConnectionState::handshake;
}

wire::ConnectionBody Engine::connection_row(const Peer& peer) const
{
    wire::ConnectionBody row;
    row.id = peer.id;
    row.client = peer.client_name;
    row.address = peer.info.address;
    row.pid = peer.info.pid;
    if (peer.info.uid != core::no_uid) row.uid = peer.info.uid;
    row.state = state_of(peer);
    row.connected_ms = facts_.uptime_ms(peer.connected);
    row.last_heard_ms = facts_.uptime_ms(peer.last_heard);
    row.bytes_in = peer.bytes_in;
    row.bytes_out = peer.bytes_out;
    row.unsent_bytes = peer.outbox.unsent();
    if (!peer.session) return row;
    row.session = peer.session->id();
    row.handles = peer.session->handles();
    row.waiting = peer.session->waiting();
    row.assigned = peer.session->assigned();
    return row;
}

/// Its row says something else now, and will when what it is sent has gone out.
void Engine::changed(Peer& peer)
{
    peer.only_looks = false;
    peer.row.touch();
}

}  // namespace penstock::session
