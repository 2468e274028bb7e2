// penstockd: reads the options, builds the objects, runs the loop.
#include "server/config.hpp"
#include "server/net/log.hpp"
#include "server/net/server.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>

int main(int argc, char** argv)
{
    using namespace penstock;
    std::variant<Config, int> read = read_config(argc, argv);
    if (const int* exit_code = std::get_if<int>(&read)) return *exit_code;
    Config& config = std::get<Config>(read);

    std::signal(SIGPIPE, SIG_IGN);  // a reader of our log may go away
    net::Log log(std::getenv("JOURNAL_STREAM") != nullptr);
    try {
        net::Server server(std::move(config.server), log);
        for (const std::string& address : server.addresses()) {
            std::cout << "listening " << address << std::endl;
            log.write({session::LogLevel::info, "listening", {{"address", address}}});
        }
        // Whoever started us may wait for these lines, for the port of them.
        if (!std::cout) throw std::runtime_error("cannot write to standard output");
        if (config.warning) {
            log.write({session::LogLevel::warning, "weak_key", {{"text", *config.warning}}});
        }
        server.run();
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << "penstockd: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
