// What peers make the broker hold beside items, and what it says when memory is short.
#include "server/session/engine.hpp"
#include "server/session/events.hpp"

#include <utility>

namespace penstock::session {

namespace {

/// Where the records of all are too large, whose take less ends nobody: some dozens of gets.
constexpr std::uint64_t records_size_floor = 16 * 1024;

/// Whom the log holds responsible for what happens to all.
constexpr std::string_view own_events = "penstockd";

constexpr std::string_view records_too_large =
    "too many operations that wait, results without an ACK and open handles: a user or address may "
    "have a share (--share-max) of half of --pending-max of them, and this session had the most";

}  // namespace

/// What the broker keeps for a peer beside items and their PUTs, on its user's account.
void Engine::charge_held(Peer& peer)
{
    const std::uint64_t records = peer.session ? peer.session->records_size() : 0;
    charge(peer, Resource::record_bytes, peer.records, records);
    const std::uint64_t held = unread(peer) + peer.decoder.capacity() + records;
    charge(peer, Resource::pending_bytes, peer.held, held);
}

void Engine::charge(Peer& peer, Resource resource, std::uint64_t& held, std::uint64_t now_held)
{
    if (now_held > held) peer.account.take(resource, now_held - held);
    if (now_held < held) peer.account.give(resource, held - now_held);
    held = now_held;
}

/// An answer can't be refused, so who makes the records of his user too large ends the largest of
/// that user's sessions; where all together are too large, of the user who has most.
void Engine::bound_records(const Peer& peer)
{
    UserId user = peer.account.user();
    const Room room = shares_.room(user, Resource::record_bytes, 0);
    if (room == Room::ok) return;
    // Where others have used it up, some dozens of gets that wait end nobody.
    if (room == Room::total_used && peer.records <= records_size_floor) return;
    if (room == Room::total_used) user = user_with_most_records();
    Peer* largest = nullptr;
    for (const auto& [id, other] : sessions_) {
        if (other->account.user() != user) continue;
        if (largest == nullptr || other->records > largest->records) largest = other;
    }
    if (largest == nullptr) return;
    log_refusal(events::peer_holds_too_much, *largest, records_too_large);
    goodbye(*largest, wire::GoodbyeCode::protocol, records_too_large, facts_.now);
    charge_held(*largest);
}

UserId Engine::user_with_most_records() const
{
    UserId most{};
    std::uint64_t size = 0;
    for (const auto& [id, peer] : sessions_) {
        const UserId user = peer->account.user();
        const std::uint64_t used = shares_.used_by(user, Resource::record_bytes);
        if (used > size) {
            most = user;
            size = used;
        }
    }
    return most;
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
    LogEvent event{
        now ? LogLevel::warning : LogLevel::info,
        now ? events::memory_short : events::memory_relieved,
        {{"used", std::to_string(memory.used())}, {"max", std::to_string(memory.max())}}};
    note(std::move(event), own_events, log_lines_max);
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
