// penstock-bridge: the monitor of a broker that is elsewhere, or that serves none itself.
#include "server/bridge/events.hpp"
#include "server/bridge/log_line.hpp"
#include "server/bridge/monitor.hpp"
#include "server/bridge/token_file.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <variant>

namespace penstock::bridge {

namespace {

constexpr int exit_usage = 2;

constexpr const char* description =
    "penstock-bridge: the monitor of a broker, for browsers and for programs.\n"
    "\n"
    "Examples:\n"
    "  penstock-bridge -s tcp:broker:7410 --key-file key   of a broker on another host\n"
    "  penstock-bridge --monitor 127.0.0.1:9000            of this user's broker\n"
    "  curl -H \"Authorization: Bearer TOKEN\" http://127.0.0.1:8700/api/v1/state\n"
    "\n"
    "A broker serves its own monitor, unless it is told not to; this is for those that\n"
    "don't. It prints its address on standard output once it is open; the log goes to\n"
    "standard error. Where that is a terminal, so do the URLs with their tokens;\n"
    "otherwise the log names the file where the tokens lie.\n";

struct CommandLine {
    MonitorOptions monitor;
    std::string listen = "127.0.0.1:8700";
};

/// "127.0.0.1:8700" or "[::1]:8700"
void read_address(const std::string& text, MonitorOptions& options)
{
    const std::size_t colon = text.rfind(':');
    std::string host = text.substr(0, colon);
    const std::string_view port =
        colon == std::string::npos ? std::string_view() : std::string_view(text).substr(colon + 1);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    std::uint16_t number = 0;
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool good = !host.empty() && !port.empty() && ec == std::errc() &&
                      end == port.data() + port.size() &&
                      bracketed == (host.find(':') != std::string::npos);
    if (!good) {
        throw CLI::ValidationError(
            "--monitor", "'" + text + "' is no address; write 127.0.0.1:8700 or [::1]:8700");
    }
    options.host = host;
    options.port = number;
}

/// Of the broker's Unix socket, if it has one that we know of.
std::string socket_path(const std::string& address)
{
    const char* from_environment = std::getenv("PENSTOCK_URL");
    std::string_view text = address;
    if (text.empty() && from_environment != nullptr) text = from_environment;
    constexpr std::string_view scheme = "unix:";
    return std::string(text.starts_with(scheme) ? text.substr(scheme.size()) : "");
}

void check_key_file(const std::string& path)
{
    if (path.empty() || ::access(path.c_str(), R_OK) == 0) return;
    throw std::runtime_error("the key file '" + path +
                             "' can't be read; name another with --key-file");
}

std::string timestamp()
{
    const std::time_t seconds = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text.data();
}

void write_log(const MonitorEvent& event)
{
    std::cerr << log_line(event, timestamp()) << std::flush;
}

void announce(const Monitor& monitor, bool operators)
{
    write_log({"info",
               events::monitor_listening,
               {{"address", monitor.address()}, {"token_file", monitor.token_file()}}});
    if (::isatty(STDERR_FILENO) != 0) {
        std::cerr << "viewer:   " << monitor.url(Role::viewer) << '\n';
        if (operators) std::cerr << "operator: " << monitor.url(Role::operator_) << '\n';
    }
    std::cout << "listening http://" << monitor.address() << "/" << std::endl;
    if (!std::cout) throw std::runtime_error("cannot write to standard output");
}

int serve(MonitorOptions options)
{
    std::signal(SIGPIPE, SIG_IGN);
    check_key_file(options.broker.key_file);
    if (options.token_file.empty()) {
        options.token_file = default_token_file(socket_path(options.broker.address));
    }
    const bool operators = options.operators;
    asio::io_context io(1);
    Monitor monitor(io, std::move(options), write_log);
    asio::signal_set signals(io, SIGTERM, SIGINT);
    const auto stop = [&](const boost::system::error_code& ec, int) {
        if (ec) return;
        signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
        monitor.stop([&io] { io.stop(); });
    };
    signals.async_wait(stop);
    // Whoever reads this may end us at once.
    announce(monitor, operators);
    monitor.start();
    io.run();
    return EXIT_SUCCESS;
}

void add_options(CLI::App& app, CommandLine& line)
{
    MonitorOptions& options = line.monitor;
    app.set_version_flag(
        "--version", std::string("penstock-bridge ") + PENSTOCK_VERSION, "Print it");
    app.add_option("-s,--server",
                   options.broker.address,
                   "The broker. Default: $PENSTOCK_URL, or\n"
                   "this user's broker")
        ->option_text("URL");
    app.add_option("--key-file",
                   options.broker.key_file,
                   "The key that the broker also has.\n"
                   "Default: $PENSTOCK_KEY_FILE")
        ->option_text("FILE");
    app.add_option("--monitor", line.listen, "Where to serve. Default: 127.0.0.1:8700")
        ->option_text("HOST:PORT");
    app.add_flag("--monitor-operator",
                 options.operators,
                 "Give out a second URL, for operators: who\n"
                 "has it may pause, move, purge and close");
    app.add_option("--monitor-token-file",
                   options.token_file,
                   "Where the tokens lie, readable by this\n"
                   "user only; made when it is not there.\n"
                   "Default: beside the Unix socket, else\n"
                   "in $XDG_STATE_HOME/penstock")
        ->option_text("FILE");
    app.add_option("--monitor-origin",
                   options.origins,
                   "Take pages of this origin, too, such as\n"
                   "https://queues.example.org behind a\n"
                   "proxy; may be given several times")
        ->option_text("ORIGIN")
        ->allow_extra_args(false);
    app.add_flag("--insecure-monitor",
                 options.insecure,
                 "Let --monitor be an address that others\n"
                 "can reach, though nothing is encrypted");
}

int run(int argc, char** argv)
{
    CommandLine line;
    line.monitor.program = "penstock-bridge";
    line.monitor.broker.name = "penstock-bridge:" + std::to_string(::getpid());
    CLI::App app{description, "penstock-bridge"};
    app.get_formatter()->column_width(34);
    add_options(app, line);
    try {
        app.parse(argc, argv);
        read_address(line.listen, line.monitor);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help() << std::flush;
        return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const CLI::CallForVersion& version) {
        std::cout << version.what() << std::endl;
        return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const CLI::ParseError& error) {
        std::cerr << "penstock-bridge: " << error.what() << "; see `penstock-bridge --help`\n";
        return exit_usage;
    }
    return serve(std::move(line.monitor));
}

}  // namespace

}  // namespace penstock::bridge

int main(int argc, char** argv)
{
    try {
        return penstock::bridge::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "penstock-bridge: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
