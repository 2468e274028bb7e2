// The codes of all events of the log, in the order of a broker's life. They are stable: people
// search for them. docs/operations.md lists each, and a test compares the two.
#pragma once

#include <string_view>

namespace penstock::session::events {

/// An address is open.
inline constexpr std::string_view listening = "listening";
/// The key is so short that it could be guessed.
inline constexpr std::string_view weak_key = "weak_key";

/// SIGHUP came, and this is in force now.
inline constexpr std::string_view config_reloaded = "config_reloaded";
/// SIGHUP came, and everything stays as it was; the text says what is wrong.
inline constexpr std::string_view config_reload_failed = "config_reload_failed";

/// A connection was closed as it came: its source is locked out, or descriptors have run out.
inline constexpr std::string_view connection_refused = "connection_refused";
/// Nobody is accepted for a moment: the system has no descriptors or memory left.
inline constexpr std::string_view accept_paused = "accept_paused";
/// A uid that may not use this socket.
inline constexpr std::string_view peer_refused = "peer_refused";
/// The handshake failed: a wrong key, or not our handshake at all.
inline constexpr std::string_view auth_failed = "auth_failed";
/// Not welcomed within the time that a handshake may take.
inline constexpr std::string_view handshake_timeout = "handshake_timeout";
/// The oldest unfinished handshake was closed, because newer connections needed its place.
inline constexpr std::string_view handshake_displaced = "handshake_displaced";
/// A peer left before it had a session.
inline constexpr std::string_view left_before_session = "left_before_session";
/// A Python Manager's client, which this release does not serve.
inline constexpr std::string_view manager_refused = "manager_refused";
/// A HELLO or RESUME that was answered with REFUSED; the text says why.
inline constexpr std::string_view session_refused = "session_refused";

/// A client was welcomed.
inline constexpr std::string_view session_began = "session_began";
/// A client said goodbye.
inline constexpr std::string_view session_ended = "session_ended";
/// An operator closed the connection; the text says which connection asked for it.
inline constexpr std::string_view session_kicked = "session_kicked";
/// A client's connection ended without a goodbye, and the session with it.
inline constexpr std::string_view session_cut = "session_cut";
/// The process behind a Unix socket is dead, though a child of its may hold the socket.
inline constexpr std::string_view owner_died = "owner_died";
/// A TCP peer's host has not acknowledged what it was sent for too long.
inline constexpr std::string_view peer_unreachable = "peer_unreachable";
/// A peer has too much output waiting that it does not read.
inline constexpr std::string_view peer_does_not_read = "peer_does_not_read";
/// A session ended because what it keeps the broker from forgetting took its user's share, or all.
inline constexpr std::string_view peer_holds_too_much = "peer_holds_too_much";
/// A peer broke the protocol; the text says how.
inline constexpr std::string_view protocol_error = "protocol_error";

/// Items take nearly all of the memory that they may: puts will have to wait.
inline constexpr std::string_view memory_short = "memory_short";
/// Items no longer take so much.
inline constexpr std::string_view memory_relieved = "memory_relieved";

/// SIGTERM or SIGINT came: the clients are told.
inline constexpr std::string_view stopping = "stopping";
/// A queue ended with the broker, and what was in it.
inline constexpr std::string_view queue_ended = "queue_ended";
/// The last line.
inline constexpr std::string_view stopped = "stopped";

}  // namespace penstock::session::events
