// All peers of one broker and the core behind them: bytes in, bytes out. Sans-IO; the shell moves
// the bytes, tells the time and closes what is finished.
#pragma once

#include "common/base/block_pool.hpp"
#include "common/wire/handshake.hpp"
#include "server/core/broker.hpp"
#include "server/session/entropy.hpp"
#include "server/session/log_event.hpp"
#include "server/session/log_limit.hpp"
#include "server/session/peer.hpp"
#include "server/session/penalties.hpp"
#include "server/session/session.hpp"
#include "server/session/shares.hpp"
#include "server/session/strangers.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace penstock::session {

/// In an interval of the log, so many lines of one source say what happens when all is well:
/// sessions begin and end, memory is short or not. Each session is seen, unless one opens ten a
/// second.
inline constexpr std::size_t log_lines_max = 100;

struct EngineOptions {
    std::string version;  // what the broker says of itself
    base::Bytes key;      // empty: no listener asks for one
    SessionLimits session;
    std::size_t sessions_max = 10'000;
    std::size_t objects_max = 1'000'000;
    /// Of all connections; one over TCP counts one, one over a Unix socket two.
    std::uint64_t descriptors_max = UINT64_MAX;
    /// Of each total, what one user (a uid, an address) may have.
    unsigned share_max_percent = 80;
    /// Beyond it the oldest unfinished handshake is closed; nobody is refused for it.
    std::size_t unauthenticated_max = 4096;
    /// For so long the connections of a remote source that failed are closed as they come.
    base::Duration penalty_auth_failure = std::chrono::seconds(5);
    base::Duration penalty_protocol_error = std::chrono::seconds(10);
    std::size_t penalties_max = 4096;
    /// In it a refusal of one source is logged once, other events `log_lines_max` times. 0: all
    /// are.
    base::Duration log_interval = std::chrono::seconds(10);
    std::size_t log_sources_max = 4096;
    /// Bytes of items in all queues; over it PUTs wait.
    std::uint64_t memory_max = core::Broker::no_memory_max;
    /// Bytes that lie in one direction of a pipe; over it its PUTs wait.
    std::uint64_t pipe_bytes_max = core::pipe_bytes_max_default;
    /// Bytes beside those: PUTs that arrive or wait, results that are kept, output that isn't read.
    /// Over it, PUTs that can't be resolved at once answer no_memory.
    std::uint64_t pending_max = core::Broker::no_memory_max;
    /// From accept to WELCOME.
    base::Duration handshake_timeout = std::chrono::seconds(5);
    /// How long a finished connection may take to be read empty.
    base::Duration finish_timeout = std::chrono::seconds(5);
    /// Above this much unsent output a peer is one that doesn't read; no honest one gets there.
    std::size_t output_size_max = 8 * 1024 * 1024;
};

class Engine {
public:
    /// Without `socket_pairs` what is sent on pipes always goes through the broker.
    Engine(EngineOptions options,
           wire::Mac& mac,
           Entropy& entropy,
           SocketPairs* socket_pairs = nullptr);

    /// Uptime counts from here.
    void begin(TimePoint now)
    {
        facts_.started = now;
        set_now(now);
    }
    /// A connection was accepted. Its first output may be there at once.
    [[nodiscard]] PeerId connected(PeerInfo info, TimePoint now);
    /// Where to read to, and how much was read.
    [[nodiscard]] std::span<std::byte> recv_buffer(PeerId peer);
    void received(PeerId peer_id, std::size_t size, TimePoint now);
    /// What was read is not executed to its end: call received() with 0 in a later turn, when
    /// others had theirs, and read no more before.
    [[nodiscard]] bool has_input(PeerId peer) const;
    /// The connection is gone: end of file, an error, or closed by the shell.
    void disconnected(PeerId peer_id, TimePoint now);
    /// Whether the shell is to watch the process that connected.
    [[nodiscard]] Owner owner(PeerId peer) const;
    /// It is dead: its session ends, though somebody may hold the socket. Its input was read.
    void owner_died(PeerId peer_id, TimePoint now);
    /// The peer's host doesn't answer any more: the session ends.
    void unreachable(PeerId peer_id, TimePoint now);

    /// What to write, and how much was written.
    [[nodiscard]] const base::ByteQueue& output(PeerId peer);
    /// How much of it may go with one call, and the socket that must go with it.
    [[nodiscard]] Outbox::NextWrite next_write(PeerId peer) const;
    void written(PeerId peer_id, std::size_t size);
    [[nodiscard]] PeerStatus status(PeerId peer) const;
    /// The peers whose output or status changed since the last call.
    [[nodiscard]] std::vector<PeerId> take_touched();

    void expire(TimePoint now);
    [[nodiscard]] std::optional<TimePoint> next_deadline() const;
    /// From now on; sessions keep what they were granted.
    void reconfigure(EngineOptions options);
    /// The broker ends: results are sent, then GOODBYE; nobody new is let in.
    void stop(TimePoint now);

    /// What befell the shell, logged once per source and interval.
    void report(LogEvent event, std::string_view source, TimePoint now);
    /// What it does or is told to: logged each time.
    void tell(LogEvent event, TimePoint now);
    /// The log of a broker that ends: what was counted only is said, too.
    void end_log();

    /// Whether memory of long items that are gone is still to be freed: little by little, so that
    /// nobody waits for it. To be called until it isn't.
    [[nodiscard]] bool has_memory_to_free() const { return blocks_->idle() > 0; }
    void free_memory() { blocks_->free_some(); }

    /// Where the broker serves its monitor, for those who ask; empty: nowhere. `operators`: whether
    /// the monitor lets them in, too.
    void set_monitor(std::string address, std::string token_file, bool operators)
    {
        facts_.monitor_address = std::move(address);
        facts_.monitor_token_file = std::move(token_file);
        facts_.monitor_operators = operators;
    }

    [[nodiscard]] std::vector<LogEvent> take_log();
    [[nodiscard]] const core::Broker& broker() const { return broker_; }
    [[nodiscard]] const Shares& shares() const { return shares_; }
    [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

private:
    // admission.cpp
    [[nodiscard]] bool admit(Peer& peer);
    [[nodiscard]] bool make_room(const Peer& peer);
    void displace(PeerId stranger, std::string_view why);
    void release(Peer& peer);
    void kill(Peer& peer);
    void penalise(const Peer& peer, base::Duration duration);

    void on_frame(Peer& peer, const base::Slice& payload, TimePoint now);
    void take_step(Peer& peer, const wire::HandshakeStep& step);
    void on_first_frame(Peer& peer, const base::Slice& payload, TimePoint now);
    void on_hello(Peer& peer, const wire::Hello& hello, TimePoint now);
    void on_native(Peer& peer, const base::Slice& payload, TimePoint now);
    void refuse(Peer& peer, wire::RefusedReason reason, std::string_view text, TimePoint now);
    void protocol_error(Peer& peer, std::string_view text, TimePoint now);
    void goodbye(Peer& peer, wire::GoodbyeCode code, std::string_view text, TimePoint now);
    void finish(Peer& peer, TimePoint now);
    void end_session(Peer& peer, core::Seen seen);
    void kick(Peer& asker, const Session::Kick& wish, TimePoint now);
    void leave(Peer& peer, TimePoint now);
    void drop_session(Peer& peer);

    void route();
    void settle();
    void apply_options();
    void charge_held(Peer& peer);
    [[nodiscard]] std::uint64_t unread(Peer& peer) const;
    [[nodiscard]] bool does_not_read(Peer& peer) const;
    void bound_records(const Peer& peer);
    [[nodiscard]] UserId user_with_most_records() const;
    void charge(Peer& peer, Resource resource, std::uint64_t& held, std::uint64_t now_held);
    void tell_pressure();
    [[nodiscard]] wire::Notice pressure_notice() const;
    void set_now(TimePoint now)
    {
        facts_.now = now;
        broker_.set_now(now);
    }
    [[nodiscard]] static wire::ConnectionState state_of(const Peer& peer);
    [[nodiscard]] wire::ConnectionBody connection_row(const Peer& peer) const;
    void touch(Peer& peer);
    void changed(Peer& peer);
    void set_deadline(Peer& peer, TimePoint deadline);
    // engine_log.cpp
    void log(LogLevel level, std::string_view event, const Peer& peer, std::string_view text);
    void log_refusal(std::string_view event,
                     const Peer& peer,
                     std::string_view text,
                     LogLevel level = LogLevel::warning);
    void note(LogEvent event, std::string_view source, std::size_t lines_max = 1);
    void end_log_intervals();
    void remember_log(std::size_t begin);

    EngineOptions options_;
    /// The last is in force; handshakes under way refer to the one that they began with.
    std::list<base::Bytes> keys_;
    wire::Mac& mac_;
    Entropy& entropy_;
    wire::BootId boot_{};
    const std::shared_ptr<base::BlockPool> blocks_ = std::make_shared<base::BlockPool>();
    Shares shares_;
    PipeSockets pipe_sockets_;
    Strangers strangers_;
    Penalties penalties_;
    LogLimit log_limit_;
    core::Broker broker_;
    BrokerFacts facts_;
    core::Completions completions_;

    std::unordered_map<PeerId, std::unique_ptr<Peer>> peers_;
    std::unordered_map<core::SessionId, Peer*> sessions_;
    std::set<std::pair<TimePoint, PeerId>> deadlines_;
    std::vector<PeerId> unflushed_;
    std::vector<PeerId> touched_;
    std::vector<LogEvent> log_;
    std::size_t work_ = 0;  // of this turn: frames, and the operations that they name or end
    PeerId last_peer_ = 0;
    core::SessionId last_session_ = 0;
    bool pressure_ = false;  // memory is short, and the sessions know
    bool stopping_ = false;
};

}  // namespace penstock::session
