#include "server/session/engine.hpp"

#include "common/base/assert.hpp"
#include "server/session/events.hpp"

#include <algorithm>
#include <utility>

namespace penstock::session {

namespace {

/// Of frames, and operations that they name or end, in one turn of one peer; the frame that reaches
/// it is executed whole. It takes some milliseconds, and a full read of small PUTs is below it.
constexpr std::size_t turn_work_max = 16'384;

}  // namespace

Engine::Engine(EngineOptions options, wire::Mac& mac, Entropy& entropy, SocketPairs* socket_pairs)
    : options_(std::move(options)),
      mac_(mac),
      entropy_(entropy),
      shares_(options_.share_max_percent),
      pipe_sockets_(shares_, socket_pairs),
      penalties_(options_.penalties_max),
      log_limit_(options_.log_interval, options_.log_sources_max),
      broker_(options_.memory_max)
{
    entropy_.fill(boot_);
    facts_.version = options_.version;
    facts_.connection = [this](PeerId peer) { return connection_row(*peers_.at(peer)); };
    apply_options();
}

std::span<std::byte> Engine::recv_buffer(PeerId peer)
{
    return peers_.at(peer)->decoder.recv_buffer();
}

void Engine::received(PeerId peer_id, std::size_t size, TimePoint now)
{
    set_now(now);
    Peer& peer = *peers_.at(peer_id);
    peer.decoder.recv_advance(size);
    peer.bytes_in += size;
    if (size > 0) peer.last_heard = now;
    peer.has_input = false;
    work_ = 0;
    while (peer.status == PeerStatus::open) {
        const wire::DecodeResult decoded = peer.decoder.next();
        if (decoded.status == wire::DecodeStatus::need_more) break;
        switch (decoded.status) {
            case wire::DecodeStatus::need_more:
                break;
            case wire::DecodeStatus::frame:
                on_frame(peer, decoded.payload, now);
                break;
            case wire::DecodeStatus::payload_too_big:
                protocol_error(peer, "a frame is larger than allowed here", now);
                break;
            case wire::DecodeStatus::bad_length:
                protocol_error(peer, "not a frame: the length is negative", now);
                break;
        }
        work_ += 1 + completions_.size();
        route();
        // What one turn may answer is bounded, too; settle() ends such a peer.
        if (peer.outbox.bytes().size() > options_.output_size_max) break;
        if (work_ >= turn_work_max) {
            peer.has_input = true;
            break;
        }
    }
    peer.decoder.release_if_empty();
    charge_held(peer);
    settle();
}

bool Engine::has_input(PeerId peer) const
{
    const Peer& found = *peers_.at(peer);
    return found.has_input && found.status == PeerStatus::open;
}

void Engine::disconnected(PeerId peer_id, TimePoint now)
{
    set_now(now);
    const auto found = peers_.find(peer_id);
    PENSTOCK_ASSERT(found != peers_.end());
    Peer& peer = *found->second;
    // A window of 0, all there is until resuming is built: a cut ends the session in this step.
    if (peer.session) {
        log(LogLevel::info, events::session_cut, peer, "");
        end_session(peer, core::Seen::maybe);
    } else if (peer.status == PeerStatus::open) {
        log_refusal(events::left_before_session, peer, "", LogLevel::info);
    }
    deadlines_.erase({peer.deadline, peer_id});
    release(peer);
    charge(peer, Resource::record_bytes, peer.records, 0);
    charge(peer, Resource::pending_bytes, peer.held, 0);
    shares_.leave(peer.account.user());
    peers_.erase(found);
    settle();
}

Owner Engine::owner(PeerId peer) const
{
    return peers_.at(peer)->owner;
}

void Engine::owner_died(PeerId peer_id, TimePoint now)
{
    set_now(now);
    Peer& peer = *peers_.at(peer_id);
    if (!peer.session || peer.owner != Owner::same) return;
    log(LogLevel::info, events::owner_died, peer, "");
    end_session(peer, core::Seen::maybe);
    kill(peer);
    settle();
}

void Engine::unreachable(PeerId peer_id, TimePoint now)
{
    set_now(now);
    Peer& peer = *peers_.at(peer_id);
    log(LogLevel::warning, events::peer_unreachable, peer, "");
    end_session(peer, core::Seen::maybe);
    kill(peer);
    settle();
}

const base::ByteQueue& Engine::output(PeerId peer)
{
    return peers_.at(peer)->outbox.bytes();
}

void Engine::written(PeerId peer_id, std::size_t size)
{
    Peer& peer = *peers_.at(peer_id);
    peer.outbox.written(size);
    peer.bytes_out += size;
    if (!peer.only_looks) peer.row.touch();
    peer.only_looks |= peer.outbox.bytes().empty();
    touch(peer);
    settle();
}

Outbox::NextWrite Engine::next_write(PeerId peer) const
{
    return peers_.at(peer)->outbox.next_write();
}

PeerStatus Engine::status(PeerId peer) const
{
    return peers_.at(peer)->status;
}

std::vector<PeerId> Engine::take_touched()
{
    std::vector<PeerId> touched = std::exchange(touched_, {});
    std::erase_if(touched, [this](PeerId id) { return !peers_.contains(id); });
    for (const PeerId id : touched) peers_.at(id)->touched = false;
    return touched;
}

void Engine::expire(TimePoint now)
{
    set_now(now);
    broker_.expire(now, completions_);
    end_log_intervals();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        Peer& peer = *peers_.at(deadlines_.begin()->second);
        set_deadline(peer, base::no_deadline);
        if (peer.status == PeerStatus::open) {
            log_refusal(events::handshake_timeout, peer, "");
        }
        kill(peer);
    }
    settle();
}

std::optional<TimePoint> Engine::next_deadline() const
{
    std::optional<TimePoint> next = broker_.next_deadline();
    const auto consider = [&next](std::optional<TimePoint> other) {
        if (other) next = next ? std::min(*next, *other) : other;
    };
    consider(log_limit_.next_deadline());
    if (!deadlines_.empty()) consider(deadlines_.begin()->first);
    return next;
}

void Engine::reconfigure(EngineOptions options)
{
    options_ = std::move(options);
    apply_options();
}

void Engine::apply_options()
{
    shares_.set_share_percent(options_.share_max_percent);
    shares_.set_max(Resource::descriptors, options_.descriptors_max);
    shares_.set_max(Resource::sessions, options_.sessions_max);
    shares_.set_max(Resource::objects, options_.objects_max);
    shares_.set_max(Resource::pending_bytes, options_.pending_max);
    // Half: those who put may not lack what they need because somebody else gets.
    shares_.set_max(Resource::record_bytes, options_.pending_max / 2);
    shares_.set_max(Resource::passed_sockets, passed_sockets_max);
    broker_.set_memory_max(options_.memory_max);
    broker_.set_pipe_bytes_max(options_.pipe_bytes_max);
    const bool one_shakes_hands = std::any_of(peers_.begin(), peers_.end(), [](const auto& entry) {
        return entry.second->phase == Peer::Phase::handshake;
    });
    if (!one_shakes_hands) keys_.clear();
    if (keys_.empty() || keys_.back() != options_.key) keys_.push_back(options_.key);
}

void Engine::stop(TimePoint now)
{
    set_now(now);
    stopping_ = true;
    std::vector<Peer*> open;
    for (const auto& [id, peer] : peers_) {
        if (peer->status == PeerStatus::open) open.push_back(peer.get());
    }
    for (Peer* peer : open) {
        if (peer->session) {
            leave(*peer, now);
        } else {
            kill(*peer);
        }
    }
    settle();
}

void Engine::finish(Peer& peer, TimePoint now)
{
    if (peer.status != PeerStatus::open) return;
    peer.status = PeerStatus::finished;
    changed(peer);
    // Who fails in the handshake gains no time by that.
    const bool stranger = peer.phase == Peer::Phase::handshake;
    const TimePoint deadline = now + options_.finish_timeout;
    set_deadline(peer, stranger ? std::min(deadline, peer.deadline) : deadline);
    touch(peer);
}

void Engine::end_session(Peer& peer, core::Seen seen)
{
    if (!peer.session) return;
    route();  // what this very frame did to the session must be known before it ends
    peer.session->end(seen, completions_);
    drop_session(peer);
}

void Engine::drop_session(Peer& peer)
{
    sessions_.erase(peer.session->id());  // what it still completes has nobody to go to
    peer.session.reset();
    changed(peer);
    peer.account.give(Resource::sessions, 1);
}

void Engine::route()
{
    // Sessions take completions without calling the core, so this ends.
    for (core::Completion& completion : completions_) {
        const auto found = sessions_.find(completion.who.session);
        if (found == sessions_.end()) continue;
        found->second->session->complete(std::move(completion));
        changed(*found->second);
        touch(*found->second);
    }
    completions_.clear();
    for (const UserId owner : broker_.take_gone_owners()) {
        shares_.give(owner, Resource::pending_bytes, queue_cost);
        shares_.give(owner, Resource::objects, 1);
    }
}

void Engine::settle()
{
    broker_.serve_memory(completions_);
    route();
    facts_.connections = peers_.size();
    facts_.sessions = sessions_.size();
    facts_.pending_used = shares_.used(Resource::pending_bytes);
    facts_.pending_max = shares_.max(Resource::pending_bytes);
    facts_.descriptors_used = shares_.used(Resource::descriptors);
    facts_.descriptors_max = shares_.max(Resource::descriptors);
    // Each round hands out items only against credit, which writing alone gives back.
    while (!unflushed_.empty()) {
        for (const PeerId id : std::exchange(unflushed_, {})) {
            const auto found = peers_.find(id);
            if (found == peers_.end()) continue;
            Peer& peer = *found->second;
            peer.unflushed = false;
            if (peer.session) {
                peer.session->flush(completions_);
            } else {
                peer.outbox.flush();
            }
            charge_held(peer);
            if (does_not_read(peer)) {
                log_refusal(events::peer_does_not_read, peer, "");
                end_session(peer, core::Seen::maybe);
                peer.outbox.clear();
                peer.status = PeerStatus::dead;
                changed(peer);
                charge_held(peer);
            }
            bound_records(peer);
        }
        broker_.serve_memory(completions_);
        route();
        tell_pressure();
    }
}

void Engine::touch(Peer& peer)
{
    if (!peer.unflushed) unflushed_.push_back(peer.id);
    peer.unflushed = true;
    if (!peer.touched) touched_.push_back(peer.id);
    peer.touched = true;
}

void Engine::set_deadline(Peer& peer, TimePoint deadline)
{
    if (peer.deadline != base::no_deadline) deadlines_.erase({peer.deadline, peer.id});
    peer.deadline = deadline;
    if (deadline != base::no_deadline) deadlines_.emplace(deadline, peer.id);
}

}  // namespace penstock::session
