#include "examples/two_host_program.hpp"

#include "examples/own_broker.hpp"
#include "examples/process.hpp"
#include "examples/two_hosts.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <vector>

namespace examples {

namespace {

struct Options {
    std::string penstockd;
    std::string log = "/dev/null";
};

int run(const Options& options, const Party& on_first, const Party& on_second)
{
    for (const int number : {SIGINT, SIGTERM}) (void)std::signal(number, SIG_IGN);
    const TwoHosts hosts;
    print(hosts.description());
    const KeyFolder key;
    std::vector<std::string> arguments = {"--key-file", key.key_file()};
    for (const std::string& address : hosts.broker_addresses()) {
        arguments.insert(arguments.end(), {"--listen", "tcp:" + address + ":0"});
    }
    const OwnBroker broker(options.penstockd, arguments, options.log, [&] { hosts.move_to(0); });
    const pid_t second = start([&] {
        hosts.move_to(1);
        on_second({broker.urls().back(), key.key_file()});
    });
    const pid_t first = start([&] {
        hosts.move_to(0);
        on_first({broker.urls().front(), key.key_file()});
    });
    const bool first_done = ended_well(first);
    const bool second_done = ended_well(second);
    return first_done && second_done ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int run_on_two_hosts(int argc,
                     char** argv,
                     const std::string& purpose,
                     const Party& on_first,
                     const Party& on_second)
{
    const std::string name = program_invocation_short_name;
    CLI::App app(purpose +
                     " through a broker of its own. As root the hosts are network namespaces, "
                     "else two loopback addresses.",
                 name);
    Options options;
    app.add_option("--penstockd",
                   options.penstockd,
                   "the broker's program (default: the one beside this, or in PATH)")
        ->envname("PENSTOCKD")
        ->option_text("FILE");
    app.add_option("--log", options.log, "where the broker's log goes (default: nowhere)")
        ->option_text("FILE");
    try {
        app.parse(argc, argv);
        return run(options, on_first, on_second);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
    } catch (const std::exception& error) {
        std::cerr << name << ": " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}

}  // namespace examples
