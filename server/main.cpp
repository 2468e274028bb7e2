// penstockd: reads the options, builds the objects, runs the loop.
#include "server/bridge/events.hpp"
#include "server/config/command_line.hpp"
#include "server/config/reload.hpp"
#include "server/monitor_thread.hpp"
#include "server/net/inherited_sockets.hpp"
#include "server/net/listener.hpp"
#include "server/net/log.hpp"
#include "server/net/private_folder.hpp"
#include "server/net/server.hpp"
#include "server/net/service_manager.hpp"
#include "server/session/events.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace penstock {

namespace {

void report(net::Server& server, bool on_stdout)
{
    for (const std::string& address : server.addresses()) {
        if (on_stdout) std::cout << "listening " << address << std::endl;
        server.tell({session::LogLevel::info, session::events::listening, {{"address", address}}});
    }
    // Whoever started us may wait for these lines, for the port of them.
    if (!std::cout) throw std::runtime_error("cannot write to standard output");
}

/// A broker that nobody asked for a monitor serves without one where that can't be: where its user
/// has no folder for the tokens, say.
void open_monitor(std::optional<MonitorThread>& monitor,
                  const config::Config& config,
                  net::Server& server)
{
    if (config.monitor.off) return;
    try {
        monitor.emplace(config, server);
    } catch (const std::runtime_error& error) {
        if (config.monitor.asked_for()) throw;
        server.tell(
            {session::LogLevel::warning, bridge::events::monitor_failed, {{"text", error.what()}}});
    }
}

/// An empty command: none, the broker runs until it is told to stop.
int serve(config::Inputs inputs, const std::vector<std::string>& command)
{
    std::signal(SIGPIPE, SIG_IGN);  // a reader of our log may go away
    config::Loaded loaded = config::load(inputs);
    const config::Config& config = loaded.config;
    net::check_addresses(config.server.listen, true);
    net::Log log(std::getenv("JOURNAL_STREAM") != nullptr, config.log);
    net::ServiceManager manager;
    net::Server server(config.server, log, manager);
    std::optional<MonitorThread> monitor;
    open_monitor(monitor, config, server);
    report(server, command.empty());
    if (config.warning) {
        server.tell(
            {session::LogLevel::warning, session::events::weak_key, {{"text", *config.warning}}});
    }
    if (monitor) monitor->start();
    if (!command.empty()) return server.run_for(command);
    const auto tell = [&server](session::LogEvent event) { server.tell(std::move(event)); };
    config::Reloader reloader(std::move(inputs), std::move(loaded), log, tell);
    server.on_reload([&reloader] { return reloader.reload(); });
    server.run();
    return EXIT_SUCCESS;
}

int run_command(config::CommandLine line)
{
    const net::TemporaryFolder folder;
    // The command decides what it reads; our broker is private, whatever the environment says.
    line.inputs.use_environment = false;
    line.inputs.flags["listen"] = {
        config::Origin::flag, "--run", {"unix:" + folder.path() + "/penstock.sock"}};
    line.inputs.base.log.level = session::LogLevel::warning;
    line.inputs.base.monitor.off = !line.inputs.flags.contains("monitor");
    return serve(std::move(line.inputs), line.command);
}

/// The rest of what the start would say, though nothing is opened.
void check_addresses(const config::Config& config)
{
    try {
        net::check_addresses(config.server.listen, false);
    } catch (const std::runtime_error& error) {
        throw config::ConfigError(error.what());
    }
}

int run(config::CommandLine line)
{
    if (line.job == config::Job::run_command) return run_command(std::move(line));
    line.inputs.inherited = net::take_inherited_sockets();
    if (line.job == config::Job::serve) return serve(std::move(line.inputs), {});
    const config::Loaded loaded = config::load(line.inputs);
    const bool is_check = line.job == config::Job::check_config;
    if (is_check) check_addresses(loaded.config);
    std::cout << (is_check ? "ok\n" : config::printed(loaded));
    if (!std::cout.flush()) throw std::runtime_error("cannot write to standard output");
    return EXIT_SUCCESS;
}

}  // namespace

}  // namespace penstock

int main(int argc, char** argv)
{
    using namespace penstock;
    std::variant<config::CommandLine, int> read = config::read_command_line(argc, argv);
    if (const int* exit_code = std::get_if<int>(&read)) return *exit_code;
    try {
        return run(std::move(std::get<config::CommandLine>(read)));
    } catch (const config::ConfigError& error) {
        std::cerr << "penstockd: " << error.what() << '\n';
        return config::exit_usage;
    } catch (const std::exception& error) {
        std::cerr << "penstockd: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
