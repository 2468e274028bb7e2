#include "server/monitor_thread.hpp"

#include "server/bridge/events.hpp"
#include "server/bridge/token_file.hpp"
#include "server/net/signals_blocked.hpp"
#include "server/net/socket_pairs.hpp"
#include "server/net/unique_fd.hpp"

#include <boost/asio/post.hpp>

#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>

namespace penstock {

namespace {

/// The path of the first Unix socket; empty: there is none.
std::string socket_path(const net::Server& server)
{
    constexpr std::string_view scheme = "unix:";
    for (const std::string& address : server.addresses()) {
        if (address.starts_with(scheme)) return address.substr(scheme.size());
    }
    return {};
}

session::LogEvent to_log(const bridge::MonitorEvent& event)
{
    session::LogEvent line;
    line.level = event.level == "warning" ? session::LogLevel::warning : session::LogLevel::info;
    line.event = event.code;
    line.fields = event.fields;
    return line;
}

bridge::MonitorOptions to_options(const config::MonitorSettings& settings, net::Server& server)
{
    bridge::MonitorOptions options;
    options.host = settings.host;
    options.port = settings.port;
    options.port_given = settings.port_given;
    options.operators = settings.operators;
    options.insecure = settings.insecure;
    options.origins = settings.origins;
    options.token_file = settings.token_file.empty()
                             ? bridge::default_token_file(socket_path(server))
                             : settings.token_file;
    // A new one each time: an operator may close this connection, too.
    options.broker.open_socket = [&server] {
        auto [ours, brokers] = net::open_socket_pair();
        if (ours) server.adopt(std::move(brokers));
        return ours.release();
    };
    return options;
}

}  // namespace

MonitorThread::MonitorThread(const config::Config& config, net::Server& server) : server_(server)
{
    const auto log_there = [this](const bridge::MonitorEvent& event) {
        server_.report(to_log(event));
    };
    monitor_.emplace(io_, to_options(config.monitor, server), log_there);
    server.set_monitor(monitor_->address(), monitor_->token_file(), config.monitor.operators);
    announce(config.monitor);
}

MonitorThread::~MonitorThread()
{
    boost::asio::post(io_, [this] { monitor_->stop([this] { io_.stop(); }); });
    if (thread_.joinable()) thread_.join();
}

void MonitorThread::start()
{
    monitor_->start();
    const net::SignalsBlocked blocked;
    thread_ = std::thread([this] { io_.run(); });
}

/// Tokens are for the terminal of whoever started it. A log may be read by others.
void MonitorThread::announce(const config::MonitorSettings& settings)
{
    server_.tell({session::LogLevel::info,
                  bridge::events::monitor_listening,
                  {{"address", monitor_->address()}, {"token_file", monitor_->token_file()}}});
    if (::isatty(STDERR_FILENO) == 0) return;
    std::cerr << "monitor:  " << monitor_->url(bridge::Role::viewer) << '\n';
    if (settings.operators) {
        std::cerr << "operator: " << monitor_->url(bridge::Role::operator_) << '\n';
    }
}

}  // namespace penstock
