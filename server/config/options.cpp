#include "server/config/options.hpp"

#include "server/config/access_text.hpp"
#include "server/config/listen_text.hpp"
#include "server/config/monitor_text.hpp"

#include <algorithm>

namespace penstock::config {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t KiB = 1024;
constexpr std::uint64_t MiB = 1024 * KiB;
constexpr std::uint64_t GiB = 1024 * MiB;

// The place of a member.
template <class Value>
auto of_config(Value Config::*member)
{
    return [member](auto& config) -> auto&
    {
        return config.*member;
    };
}

template <class Value>
auto of_log(Value net::LogOptions::*member)
{
    return [member](auto& config) -> auto&
    {
        return config.log.*member;
    };
}

template <class Value>
auto of_monitor(Value MonitorSettings::*member)
{
    return [member](auto& config) -> auto&
    {
        return config.monitor.*member;
    };
}

template <class Value>
auto of_server(Value net::ServerOptions::*member)
{
    return [member](auto& config) -> auto&
    {
        return config.server.*member;
    };
}

template <class Value>
auto of_engine(Value session::EngineOptions::*member)
{
    return [member](auto& config) -> auto&
    {
        return config.server.engine.*member;
    };
}

template <class Value>
auto of_session(Value session::SessionLimits::*member)
{
    return [member](auto& config) -> auto&
    {
        return config.server.engine.session.*member;
    };
}

using net::LogOptions;
using net::ServerOptions;
using session::EngineOptions;
using session::SessionLimits;

std::vector<Option> address_options()
{
    return {
        {.name = "listen",
         .kind = listen_addresses(),
         .topic = Topic::addresses,
         .reload = Reload::needs_restart,
         .help = "unix:/path[,auth=peer|key] or tcp:host:port[,auth=key|none]; may be given "
                 "several times. Unix sockets let in this user and root (peer) unless told to ask "
                 "for the key; TCP asks for the key, and only loopback may do without (none). "
                 "Default: $XDG_RUNTIME_DIR/penstock/penstock.sock, else "
                 "/tmp/penstock-UID/penstock.sock"},
    };
}

std::vector<Option> authentication_options()
{
    return {
        {.name = "key-file",
         .kind = text("FILE", of_config(&Config::key_file)),
         .topic = Topic::authentication,
         .help = "The shared key: the whole file but one trailing newline. Must not be readable by "
                 "group or others. The key authenticates both sides; it does not encrypt, so there "
                 "is no defence against a man in the middle until TLS",
         .environment = "PENSTOCK_KEY_FILE"},
        {.name = "allow",
         .kind = allowed_users(),
         .topic = Topic::authentication,
         .help = "Unix sockets (auth=peer): let in this user, or the members of this group, too; "
                 "may be given several times. Names or numbers"},
        {.name = "socket-group",
         .kind = socket_group(),
         .topic = Topic::authentication,
         .reload = Reload::needs_restart,
         .help = "Give the Unix sockets to this group, and let its members in, too"},
        {.name = "socket-mode",
         .kind = socket_mode(),
         .topic = Topic::authentication,
         .reload = Reload::needs_restart,
         .help = "The mode of the Unix sockets. Default: 0600; 0660 with --socket-group, 0666 with "
                 "--allow, where the broker asks the kernel who it is that connects"},
        {.name = "legacy-md5",
         .kind = choice({{"local", net::LegacyMd5::local},
                         {"always", net::LegacyMd5::always},
                         {"never", net::LegacyMd5::never}},
                        of_server(&ServerOptions::legacy_md5)),
         .topic = Topic::authentication,
         .help = "Take the HMAC-MD5 answers of Python 3.11 and older: on Unix sockets and loopback "
                 "(local), always, or never"},
    };
}

std::vector<Option> monitor_options()
{
    return {
        {.name = "monitor",
         .kind = monitor_address(),
         .topic = Topic::monitor,
         .reload = Reload::needs_restart,
         .help = "Where the monitor is served, HOST:PORT: pages and figures for people and "
                 "Prometheus; `penstock monitor` prints its URL. If nobody named the port and it "
                 "is taken, a free one"},
        {.name = "no-monitor",
         .kind = yes_or_no(of_monitor(&MonitorSettings::off)),
         .topic = Topic::monitor,
         .reload = Reload::needs_restart,
         .help = "Serve none. So does --run, unless --monitor is given",
         .environment = "PENSTOCK_NO_MONITOR"},
        {.name = "monitor-operator",
         .kind = yes_or_no(of_monitor(&MonitorSettings::operators)),
         .topic = Topic::monitor,
         .reload = Reload::needs_restart,
         .help = "Give out a second URL, for operators: who has it may pause, move, purge and "
                 "close. Without it nobody can change anything by the monitor"},
        {.name = "monitor-token-file",
         .kind = text("FILE", of_monitor(&MonitorSettings::token_file)),
         .topic = Topic::monitor,
         .reload = Reload::needs_restart,
         .help = "Where the monitor's tokens lie, readable by this user only; made when it is not "
                 "there. Default: beside the Unix socket, else in $XDG_STATE_HOME/penstock"},
        {.name = "monitor-origin",
         .kind = monitor_origins(),
         .topic = Topic::monitor,
         .reload = Reload::needs_restart,
         .help = "Take pages of this origin, too, such as https://queues.example.org behind a "
                 "proxy; may be given several times"},
        {.name = "insecure-monitor",
         .kind = yes_or_no(of_monitor(&MonitorSettings::insecure)),
         .topic = Topic::monitor,
         .reload = Reload::needs_restart,
         .help = "Let --monitor be an address that others can reach, though nothing is encrypted: "
                 "for a TLS proxy on a network that you trust"},
    };
}

std::vector<Option> log_options()
{
    return {
        {.name = "log-level",
         .kind = choice({{"debug", session::LogLevel::debug},
                         {"info", session::LogLevel::info},
                         {"warning", session::LogLevel::warning},
                         {"error", session::LogLevel::error}},
                        of_log(&LogOptions::level)),
         .topic = Topic::log,
         .help = "Leave out what is below"},
        {.name = "log-format",
         .kind = choice({{"logfmt", net::LogFormat::logfmt}, {"json", net::LogFormat::json}},
                        of_log(&LogOptions::format)),
         .topic = Topic::log,
         .help = "How a line of the log looks"},
    };
}

std::vector<Option> broker_limits()
{
    return {
        {.name = "sessions-max",
         .kind = count(1, 1'000'000, of_engine(&EngineOptions::sessions_max)),
         .help = "Sessions at once; more clients are refused"},
        {.name = "objects-max",
         .kind = count(1, 100'000'000, of_engine(&EngineOptions::objects_max)),
         .help = "Queues and pipes at once; opening one more answers too_many"},
        {.name = "memory-max",
         .kind = size(0, 1024 * GiB, of_engine(&EngineOptions::memory_max)),
         .help = "Bytes of items in all queues, 128 more for each. Over it a put waits and answers "
                 "no_memory when its time is up; all else goes on. 0: half of the "
                 "memory"},
        {.name = "pending-max",
         .kind = size(0, 1024 * GiB, of_engine(&EngineOptions::pending_max)),
         .help = "Bytes beside those: puts that arrive, calls that wait (each counts, also without "
                 "an item), results until they are acknowledged, open handles, empty queues, and "
                 "output that clients have not read. Over it a put that would have to wait answers "
                 "no_memory at once. 0: half of --memory-max, or two items if that is more"},
        {.name = "pipe-bytes-max",
         .kind = size(1024, GiB, of_engine(&EngineOptions::pipe_bytes_max)),
         .help = "Bytes, 128 more for each message, that lie in one direction of a pipe between "
                 "hosts; over it its sender waits"},
        {.name = "handshake-timeout",
         .kind = duration(100ms, 10min, of_engine(&EngineOptions::handshake_timeout)),
         .help = "From accepting a connection to the end of its handshake"},
        {.name = "finish-timeout",
         .kind = duration(100ms, 10min, of_engine(&EngineOptions::finish_timeout)),
         .help = "How long a peer may take to read the last words to it"},
        {.name = "drain-timeout",
         .kind = duration(0s, 1h, of_server(&ServerOptions::drain_timeout)),
         .help = "From SIGTERM to the end, at most"},
        {.name = "output-size-max",
         .kind = size(MiB, GiB, of_engine(&EngineOptions::output_size_max)),
         .help = "Unsent output of one peer, above which it counts as one that doesn't read"},
    };
}

template <class Place>
Kind percent(Place place)
{
    const auto text = [](std::uint64_t value) { return std::to_string(value); };
    return number("PERCENT", 1, 100, place, parse_count, text);
}

std::vector<Option> admission_limits()
{
    return {
        {.name = "share-max",
         .kind = percent(of_engine(&EngineOptions::share_max_percent)),
         .help = "What one user (a uid, an address) may have of the sessions, queues, "
                 "descriptors, and bytes of --pending-max"},
        {.name = "descriptors-max",
         .kind = count(0, 100'000'000, of_server(&ServerOptions::descriptors_max)),
         .help = "Descriptors of all connections: one each over TCP, two over Unix sockets. 0: "
                 "nofile, less a reserve"},
        {.name = "unauthenticated-max",
         .kind = count(1, 1'000'000, of_engine(&EngineOptions::unauthenticated_max)),
         .reload = Reload::needs_restart,
         .help = "Unfinished handshakes, and connections that wait to be accepted; beyond it the "
                 "oldest handshake is closed"},
        {.name = "penalty-auth-failure",
         .kind = duration(0s, 24h, of_engine(&EngineOptions::penalty_auth_failure)),
         .help = "How long an address that failed the handshake is locked out, unless it has a "
                 "session; never loopback"},
        {.name = "penalty-protocol-error",
         .kind = duration(0s, 24h, of_engine(&EngineOptions::penalty_protocol_error)),
         .help = "The same for one that broke the protocol"},
        {.name = "penalties-max",
         .kind = count(1, 1'000'000, of_engine(&EngineOptions::penalties_max)),
         .reload = Reload::needs_restart,
         .help = "Addresses that may be locked out at once; the oldest one is let in again"},
        {.name = "log-interval",
         .kind = duration(0s, 24h, of_engine(&EngineOptions::log_interval)),
         .reload = Reload::needs_restart,
         .help = "In it each kind of refusal of one source is logged once, the others are counted; "
                 "0 logs all"},
        {.name = "log-sources-max",
         .kind = count(1, 1'000'000, of_engine(&EngineOptions::log_sources_max)),
         .reload = Reload::needs_restart,
         .help = "Sources whose refusals are counted apart; further ones share a line"},
    };
}

std::vector<Option> keepalive_limits()
{
    const auto idle = [](auto& config) -> auto&
    {
        return config.server.keepalive.idle;
    };
    const auto interval = [](auto& config) -> auto&
    {
        return config.server.keepalive.interval;
    };
    const auto probes = [](auto& config) -> auto&
    {
        return config.server.keepalive.probes;
    };
    return {
        {.name = "keepalive-idle",
         .kind = duration(1s, 1h, idle),
         .reload = Reload::needs_restart,
         .help = "TCP: how long a host may be silent before it is probed"},
        {.name = "keepalive-interval",
         .kind = duration(1s, 1h, interval),
         .reload = Reload::needs_restart,
         .help = "TCP: between two probes, and between two looks at unacknowledged output"},
        {.name = "keepalive-probes",
         .kind = count(1, 100, probes),
         .reload = Reload::needs_restart,
         .help = "TCP: so many unanswered probes, or as long without an acknowledgement, and the "
                 "session ends"},
    };
}

std::vector<Option> session_limits()
{
    return {
        {.name = "session-ops-max",
         .kind = count(1, 1'000'000, of_session(&SessionLimits::ops_max)),
         .help = "Operations that a session may have under way; it is told when it begins"},
        {.name = "session-put-bytes-max",
         .kind = size(64 * KiB, GiB, of_session(&SessionLimits::put_bytes_max)),
         .help = "Bytes of puts that a session may have under way; it is told when it begins"},
        {.name = "session-handles-max",
         .kind = count(1, 1'000'000, of_session(&SessionLimits::handles_max)),
         .help = "Queues that a session may have open; opening one more answers too_many"},
        {.name = "item-size-max",
         .kind = size(1, GiB, of_session(&SessionLimits::item_size_max)),
         .help = "Bytes of one item; putting a larger one answers too_large"},
    };
}

std::vector<Option> all_options()
{
    std::vector<Option> all;
    for (auto* part : {address_options,
                       authentication_options,
                       monitor_options,
                       log_options,
                       broker_limits,
                       admission_limits,
                       keepalive_limits,
                       session_limits}) {
        for (Option& option : part()) all.push_back(std::move(option));
    }
    return all;
}

}  // namespace

const std::vector<Option>& options()
{
    static const std::vector<Option> all = all_options();  // constant: no state of ours
    return all;
}

bool is_of(Topic topic, std::string_view name)
{
    return std::ranges::any_of(options(), [&](const Option& option) {
        return option.topic == topic && option.name == name;
    });
}

}  // namespace penstock::config
