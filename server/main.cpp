// penstockd: reads the options, builds the objects, runs the loop.
#include "server/config/command_line.hpp"
#include "server/config/reload.hpp"
#include "server/net/inherited_sockets.hpp"
#include "server/net/log.hpp"
#include "server/net/server.hpp"
#include "server/net/service_manager.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>

namespace penstock {

namespace {

int serve(config::Inputs inputs, config::Loaded loaded)
{
    std::signal(SIGPIPE, SIG_IGN);  // a reader of our log may go away
    const config::Config& config = loaded.config;
    net::Log log(std::getenv("JOURNAL_STREAM") != nullptr, config.log);
    net::ServiceManager manager;
    net::Server server(config.server, log, manager);
    for (const std::string& address : server.addresses()) {
        std::cout << "listening " << address << std::endl;
        log.write({session::LogLevel::info, "listening", {{"address", address}}});
    }
    // Whoever started us may wait for these lines, for the port of them.
    if (!std::cout) throw std::runtime_error("cannot write to standard output");
    if (config.warning) {
        log.write({session::LogLevel::warning, "weak_key", {{"text", *config.warning}}});
    }
    config::Reloader reloader(std::move(inputs), std::move(loaded), log);
    server.on_reload([&reloader] { return reloader.reload(); });
    server.run();
    return EXIT_SUCCESS;
}

int run(config::CommandLine line)
{
    line.inputs.inherited = net::take_inherited_sockets();
    config::Loaded loaded = config::load(line.inputs);
    switch (line.job) {
        case config::Job::serve:
            return serve(std::move(line.inputs), std::move(loaded));
        case config::Job::check_config:
            std::cout << "ok\n";
            break;
        case config::Job::print_config:
            std::cout << config::printed(loaded);
            break;
    }
    return std::cout.flush() ? EXIT_SUCCESS : EXIT_FAILURE;
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
