// One connection and how far it has come. Plain data of the Engine.
#pragma once

#include "common/base/time.hpp"
#include "common/wire/frame_decoder.hpp"
#include "common/wire/handshake.hpp"
#include "server/session/outbox.hpp"
#include "server/session/session.hpp"
#include "server/session/shares.hpp"
#include "server/session/strangers.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace penstock::session {

/// What the shell knows of a connection when it accepts it.
struct PeerInfo {
    std::string address{};    // for the log
    std::string user{};       // who pays: "uid=1000", "addr=10.0.0.1", "addr=2001:db8:1:2::/64"
    bool challenge = false;   // auth=key
    bool legacy_md5 = false;  // take the answers of Python 3.11 and older
    bool allowed = true;      // auth=peer: false for a uid that nobody let in
    bool local = true;        // a Unix socket or loopback: never locked out
    bool is_tcp = false;
    std::uint32_t descriptors = 1;
    std::uint32_t pid = 0;             // Unix sockets: who connected; 0: unknown
    std::uint32_t uid = core::no_uid;  // Unix sockets
};

enum class PeerStatus : std::uint8_t {
    open,
    finished,  // write what is there, then close
    dead,      // close now
};

/// Is the process that connected the one that HELLO names? Only then its death is the session's.
enum class Owner : std::uint8_t { undecided, same, other };

struct Peer {
    enum class Phase : std::uint8_t { handshake, first_frame, native };

    Peer(PeerId peer_id,
         PeerInfo peer_info,
         wire::ServerHandshake server_handshake,
         Account peer_account,
         core::ChangeLog& changes)
        : id(peer_id),
          info(std::move(peer_info)),
          account(peer_account),
          row(changes),
          handshake(std::move(server_handshake)),
          decoder(wire::handshake_payload_max)
    {}

    const PeerId id;
    const PeerInfo info;
    Account account;
    core::ChangeLog::Row row;
    wire::ServerHandshake handshake;
    wire::FrameDecoder decoder;
    Outbox outbox;
    Phase phase = Phase::handshake;
    PeerStatus status = PeerStatus::open;
    std::unique_ptr<Session> session;
    std::string client_name;
    base::TimePoint deadline = base::no_deadline;
    std::uint32_t descriptors = 0;  // charged to the account
    Owner owner = Owner::undecided;
    std::uint64_t held = 0;     // pending_bytes on the account for this connection
    std::uint64_t records = 0;  // and record_bytes
    bool has_input = false;     // frames that a later turn takes
    bool handshake_failed = false;
    base::TimePoint connected{};
    base::TimePoint last_heard{};
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    bool only_looks = true;  // nothing but READs and their answers since its row changed
    bool unflushed = false;
    bool touched = false;
};

}  // namespace penstock::session
