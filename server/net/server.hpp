// The broker's I/O shell: listeners, connections, the timer and the signals around one Engine, all
// on one thread and one io_context.
#pragma once

#include "server/net/allow_list.hpp"
#include "server/net/child.hpp"
#include "server/net/connection.hpp"
#include "server/net/descriptors.hpp"
#include "server/net/heartbeat.hpp"
#include "server/net/hmac.hpp"
#include "server/net/listener.hpp"
#include "server/net/log.hpp"
#include "server/net/peer_info.hpp"
#include "server/net/service_manager.hpp"
#include "server/net/socket_pairs.hpp"
#include "server/session/engine.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace penstock::net {

/// Whether MD5 answers of Python 3.11 and older are taken: on Unix sockets and loopback, or not.
enum class LegacyMd5 : std::uint8_t { local, always, never };

/// Whose process it is. That of a program which embeds a broker keeps its signals and limits.
enum class Host : std::uint8_t { daemon, program };

struct ServerOptions {
    std::vector<ListenSpec> listen;
    session::EngineOptions engine;
    LegacyMd5 legacy_md5 = LegacyMd5::local;
    /// Unix sockets with auth=peer.
    SocketAccess access = {};
    Keepalive keepalive;
    /// Of all connections. 0: what the system allows; never more than that.
    std::uint64_t descriptors_max = 0;
    /// From SIGTERM to the end, at most.
    base::Duration drain_timeout = std::chrono::seconds(8);
    Host host = Host::daemon;
};

class Server : private ConnectionOwner {
public:
    /// What is to be in force from now on; nothing: all stays as it is.
    using OnReload = std::function<std::optional<ServerOptions>()>;

    /// Opens the listeners. Throws std::runtime_error with a text for the user.
    Server(ServerOptions options, Log& log, ServiceManager& manager);

    /// The addresses that are open, as they are.
    [[nodiscard]] std::vector<std::string> addresses() const;
    /// An event that is not of a peer, for the log and for those who ask.
    void tell(session::LogEvent event);
    /// Where the monitor is served and its tokens lie, for those who ask, and whether it lets
    /// operators in.
    void set_monitor(std::string address, std::string token_file, bool operators)
    {
        engine_.set_monitor(std::move(address), std::move(token_file), operators);
    }
    /// Is asked at SIGHUP. The addresses of what it gives count for nothing: they stay.
    void on_reload(OnReload on_reload) { on_reload_ = std::move(on_reload); }
    /// Serves until it is told to stop (a daemon also by SIGTERM or SIGINT), then says goodbye to
    /// everybody and returns.
    void run();
    /// One more client, of this process, over one end of a socketpair: nobody asks it for a key.
    /// From any thread; not once the server stops.
    void adopt(UniqueFd socket);
    /// For the log and the list of events; one of many of a kind is only counted. From any thread.
    void report(session::LogEvent event);
    /// It is told so, too, by `fd` when that becomes readable. Before run().
    void stop_when_readable(UniqueFd fd);
    /// The same while `command` runs: signals go to it, and its end is the broker's. It finds the
    /// first address in PENSTOCK_URL. Gives its exit code.
    [[nodiscard]] int run_for(const std::vector<std::string>& command);

private:
    session::Engine& engine() override { return engine_; }
    [[nodiscard]] base::TimePoint now() const override;
    void engine_ran() override;
    void closed(session::PeerId peer) override;
    void awaits_answer(session::PeerId peer) override;

    void on_accept(UniqueFd socket, const Listener& listener);
    void admit(UniqueFd socket, session::PeerInfo info, bool is_tcp);
    void wait_for_signal();
    void wait_for_keyboard();
    void on_signal(int number);
    void reload();
    [[nodiscard]] std::string status() const;
    void stop();
    void quit();
    void arm_timer();
    void look_for_answers();
    void flush_log();
    void free_memory();
    void log_what_is_dropped();

    const StartState start_state_;
    asio::io_context io_;
    ServerOptions options_;
    Log& log_;
    ServiceManager& manager_;
    OpensslMac mac_;
    OpensslEntropy entropy_;
    UnixSocketPairs socket_pairs_;
    session::Engine engine_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::unordered_map<session::PeerId, std::shared_ptr<Connection>> connections_;
    asio::steady_timer timer_;
    asio::steady_timer drain_timer_;
    asio::steady_timer answer_timer_;
    asio::steady_timer trim_timer_;
    std::vector<session::PeerId> await_answer_;
    std::optional<asio::signal_set> signals_;  // the daemon's; see the constructor
    std::unique_ptr<Child> child_;
    asio::posix::stream_descriptor keyboard_;  // with `child_`
    asio::posix::stream_descriptor told_to_stop_;
    Heartbeat heartbeat_;
    OnReload on_reload_;
    std::optional<base::TimePoint> armed_for_;
    bool pumping_ = false;
    bool trims_soon_ = false;
    bool freeing_ = false;
    bool stopping_ = false;
};

}  // namespace penstock::net
