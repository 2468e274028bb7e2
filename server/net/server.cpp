#include "server/net/server.hpp"

#include "server/net/descriptors.hpp"
#include "server/net/peer_info.hpp"
#include "server/session/events.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <malloc.h>
#include <unistd.h>
#include <utility>

namespace penstock::net {

namespace {

constexpr std::size_t list_page = 1000;
/// What the last one to leave had held goes back to the system so long afterwards. The allocator
/// alone would keep most of it, since what others hold lies in between.
constexpr auto trim_delay = std::chrono::seconds(2);
/// Whom the log holds responsible for what happens to us.
constexpr std::string_view own_trouble = "penstockd";
/// The address of those who came by adopt().
constexpr const char* inside = "inside";

session::EngineOptions engine_options(const ServerOptions& options)
{
    session::EngineOptions result = options.engine;
    result.descriptors_max =
        options.host == Host::daemon ? raise_descriptor_limit() : descriptors_for_connections();
    if (options.descriptors_max != 0) {
        result.descriptors_max = std::min(result.descriptors_max, options.descriptors_max);
    }
    return result;
}

}  // namespace

Server::Server(ServerOptions options, Log& log, ServiceManager& manager)
    : io_(1),
      options_(std::move(options)),
      log_(log),
      manager_(manager),
      engine_(engine_options(options_), mac_, entropy_, &socket_pairs_),
      timer_(io_),
      drain_timer_(io_),
      answer_timer_(io_),
      trim_timer_(io_),
      keyboard_(io_),
      told_to_stop_(io_),
      heartbeat_(io_.get_executor(), manager, [this] { return status(); })
{
    for (ListenSpec& spec : options_.listen) {
        spec.mode = socket_mode(options_.access);
        spec.group = options_.access.group;
        listeners_.push_back(std::make_unique<Listener>(
            io_.get_executor(),
            spec,
            static_cast<int>(options_.engine.unauthenticated_max),
            [this](UniqueFd fd, const Listener& from) { on_accept(std::move(fd), from); },
            [this](session::LogEvent event) {
                engine_.report(std::move(event), own_trouble, now());
                engine_ran();
            }));
    }
    // Only now: a broker that could not open its addresses leaves the signals alone. In a program
    // there is not even an empty set: all of a process have one pipe, which the first one opens,
    // and the broker's thread may have descriptors of its own.
    if (options_.host == Host::daemon) signals_.emplace(io_, SIGTERM, SIGINT, SIGHUP);
    engine_.begin(now());
}

std::vector<std::string> Server::addresses() const
{
    std::vector<std::string> addresses;
    for (const auto& listener : listeners_) {
        addresses.push_back(base::to_string(listener->endpoint()));
    }
    return addresses;
}

void Server::run()
{
    for (const auto& listener : listeners_) listener->start();
    wait_for_signal();
    manager_.ready();
    heartbeat_.start();
    io_.run();
    engine_.end_log();
    flush_log();
    log_what_is_dropped();
    log_.write({session::LogLevel::info, session::events::stopped, {}});
}

void Server::stop_when_readable(UniqueFd fd)
{
    told_to_stop_.assign(fd.release());
    told_to_stop_.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this](boost::system::error_code ec) {
                                 if (!ec && !stopping_) stop();
                             });
}

int Server::run_for(const std::vector<std::string>& command)
{
    for (const int signal : {SIGCHLD, SIGQUIT, SIGUSR1, SIGUSR2}) signals_->add(signal);
    child_ = std::make_unique<Child>(command, addresses().front(), start_state_);
    if (UniqueFd fd = open_keyboard_signals()) {
        keyboard_.assign(fd.release());
        wait_for_keyboard();
    }
    run();
    return child_->exit_code();
}

base::TimePoint Server::now() const
{
    return std::chrono::steady_clock::now();
}

void Server::on_accept(UniqueFd socket, const Listener& listener)
{
    const bool is_tcp = listener.endpoint().family == base::Endpoint::Family::tcp;
    set_socket_options(socket.get(), is_tcp, options_.keepalive);
    SocketPeer from = peer_of(socket.get());
    session::PeerInfo info;
    info.address = std::move(from.address);
    info.user = std::move(from.user);
    info.local = from.local;
    info.is_tcp = is_tcp;
    info.descriptors = is_tcp ? 1 : 2;
    info.pid = static_cast<std::uint32_t>(from.pid);
    info.uid = from.uid.value_or(core::no_uid);
    info.challenge = listener.auth() == Auth::key;
    if (listener.auth() == Auth::peer) info.allowed = may_enter(socket.get(), options_.access);
    switch (options_.legacy_md5) {
        case LegacyMd5::local:
            info.legacy_md5 = from.local;
            break;
        case LegacyMd5::always:
            info.legacy_md5 = true;
            break;
        case LegacyMd5::never:
            break;
    }
    admit(std::move(socket), std::move(info), is_tcp);
}

void Server::adopt(UniqueFd socket)
{
    asio::post(io_, [this, socket = std::move(socket)]() mutable {
        if (stopping_) return;
        session::PeerInfo info;
        info.address = inside;
        info.user = inside;  // it pays for itself
        info.pid = static_cast<std::uint32_t>(::getpid());
        info.uid = ::getuid();
        admit(std::move(socket), std::move(info), false);
    });
}

void Server::report(session::LogEvent event)
{
    asio::post(io_, [this, event = std::move(event)]() mutable {
        engine_.report(std::move(event), own_trouble, now());
        engine_ran();
    });
}

void Server::admit(UniqueFd socket, session::PeerInfo info, bool is_tcp)
{
    const auto pid = static_cast<pid_t>(info.pid);
    const session::PeerId peer = engine_.connected(std::move(info), now());
    if (engine_.status(peer) == session::PeerStatus::dead) {  // not admitted
        engine_.disconnected(peer, now());
        return engine_ran();
    }
    Accepted accepted{std::move(socket), is_tcp, {}};
    if (!is_tcp) accepted.owner = open_pidfd(accepted.socket.get(), pid);
    ConnectionOwner& owner = *this;
    auto connection =
        std::make_shared<Connection>(io_.get_executor(), std::move(accepted), peer, owner);
    connections_.emplace(peer, connection);
    connection->start();
    engine_ran();
}

void Server::engine_ran()
{
    if (pumping_) return;  // the loop below goes on with what this call touched
    pumping_ = true;
    for (auto touched = engine_.take_touched(); !touched.empty();
         touched = engine_.take_touched()) {
        for (const session::PeerId peer : touched) {
            const auto found = connections_.find(peer);
            if (found == connections_.end()) continue;
            const std::shared_ptr<Connection> connection = found->second;  // it may close itself
            connection->pump();
        }
    }
    pumping_ = false;
    flush_log();
    arm_timer();
    free_memory();
    if (stopping_ && connections_.empty()) quit();
}

void Server::tell(session::LogEvent event)
{
    engine_.tell(std::move(event), now());
    flush_log();
}

void Server::flush_log()
{
    for (const session::LogEvent& event : engine_.take_log()) log_.write(event);
}

void Server::closed(session::PeerId peer)
{
    connections_.erase(peer);
    if (std::exchange(trims_soon_, true)) return;
    trim_timer_.expires_after(trim_delay);
    trim_timer_.async_wait([this](boost::system::error_code ec) {
        trims_soon_ = false;
        if (!ec) ::malloc_trim(0);
    });
}

void Server::awaits_answer(session::PeerId peer)
{
    await_answer_.push_back(peer);
    if (await_answer_.size() > 1) return;  // the timer runs
    answer_timer_.expires_after(options_.keepalive.interval);
    answer_timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) look_for_answers();
    });
}

void Server::look_for_answers()
{
    for (const session::PeerId peer : std::exchange(await_answer_, {})) {
        const auto found = connections_.find(peer);
        if (found == connections_.end()) continue;
        const std::shared_ptr<Connection> connection = found->second;
        const bool again = connection->look_for_answer(options_.keepalive.unacknowledged_max());
        if (again) awaits_answer(peer);
    }
    engine_ran();
}

void Server::arm_timer()
{
    const std::optional<base::TimePoint> next = engine_.next_deadline();
    if (next == armed_for_) return;
    armed_for_ = next;
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(*next);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        armed_for_.reset();
        engine_.expire(now());
        engine_ran();
    });
}

/// A little in each turn of the loop, between what the peers want.
void Server::free_memory()
{
    if (freeing_ || !engine_.has_memory_to_free()) return;
    freeing_ = true;
    asio::post(io_, [this] {
        freeing_ = false;
        engine_.free_memory();
        free_memory();
    });
}

void Server::wait_for_signal()
{
    if (!signals_) return;
    signals_->async_wait([this](boost::system::error_code ec, int number) {
        if (ec) return;
        on_signal(number);
        wait_for_signal();
    });
}

void Server::wait_for_keyboard()
{
    keyboard_.async_wait(
        asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code ec) {
            if (ec) return;
            while (const auto signal = next_keyboard_signal(keyboard_.native_handle())) {
                const bool has_it = signal->from_terminal && !child_->has_ended();
                if (!has_it) on_signal(signal->number);
            }
            wait_for_keyboard();
        });
}

void Server::on_signal(int number)
{
    if (number == SIGCHLD) {
        if (child_->has_ended() && !stopping_) stop();
    } else if (child_ && !child_->has_ended()) {
        child_->forward(number);
    } else if (number == SIGHUP) {
        reload();
    } else if (stopping_) {
        quit();  // the second one means now
    } else {
        stop();
    }
}

void Server::reload()
{
    if (stopping_ || !on_reload_) return;
    manager_.reloading();
    if (std::optional<ServerOptions> options = on_reload_()) {
        options->listen = std::move(options_.listen);
        options->host = options_.host;
        options_ = std::move(*options);
        engine_.reconfigure(engine_options(options_));
        for (const auto& listener : listeners_) listener->set_mode(socket_mode(options_.access));
    }
    manager_.ready();
}

std::string Server::status() const
{
    return "connections: " + std::to_string(connections_.size()) +
           ", sessions: " + std::to_string(engine_.sessions()) +
           ", queues: " + std::to_string(engine_.broker().objects());
}

void Server::stop()
{
    stopping_ = true;
    manager_.stopping();
    tell({session::LogLevel::info,
          session::events::stopping,
          {{"sessions", std::to_string(engine_.sessions())}}});
    for (const auto& listener : listeners_) listener->stop();
    engine_.stop(now());
    drain_timer_.expires_after(options_.drain_timeout);
    drain_timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) quit();
    });
    engine_ran();
}

void Server::quit()
{
    io_.stop();
}

void Server::log_what_is_dropped()
{
    std::string after;
    for (auto page = engine_.broker().list(after, list_page); !page.empty();
         page = engine_.broker().list(after, list_page)) {
        for (const core::QueueStats& queue : page) {
            log_.write({queue.ready > 0 ? session::LogLevel::warning : session::LogLevel::info,
                        session::events::queue_ended,
                        {{"queue", queue.name},
                         {"dropped", std::to_string(queue.ready)},
                         {"unacknowledged", std::to_string(queue.assigned)}}});
        }
        after = page.back().name;
    }
}

}  // namespace penstock::net
