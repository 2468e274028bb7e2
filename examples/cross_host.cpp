// cross_host: a producer on one host, a consumer on the other, and the broker beside the producer.
// Both have the same key. As root it makes two hosts out of network namespaces, so that all that
// passes goes through a network; else the two are loopback addresses.
//
//     sudo build/examples/cross_host
//
// It mirrors a queue that one host serves and the other reaches through a Manager:
//
//     letters = queue.Queue(2)
//     BaseManager.register("letters", callable=lambda: letters)
//     BaseManager(("10.73.0.1", 7410), authkey=key).get_server().serve_forever()
//
//     BaseManager.register("letters")
//     manager = BaseManager(("10.73.0.1", 7410), authkey=key)
//     manager.connect()
//     print(manager.letters().get())
#include "examples/own_broker.hpp"
#include "examples/process.hpp"
#include "examples/two_hosts.hpp"

#include <penstock/penstock.hpp>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using examples::print;

struct Place {
    std::string url;
    std::string key_file;
};

void produce(const Place& broker)
{
    auto client = penstock::connect(broker.url, {.key_file = broker.key_file});
    auto letters = client.joinable_queue<std::string>("letters", {.maxsize = 2});
    for (const std::string letter : {"alpha", "beta", "gamma"}) letters.put(letter, 10s);
    letters.join(10s);
    print("producer: all letters have arrived");
    letters.shutdown();
}

void consume(const Place& broker)
{
    auto client = penstock::connect(broker.url, {.key_file = broker.key_file});
    auto letters = client.joinable_queue<std::string>("letters", {.maxsize = 2});
    try {
        while (true) {
            print("consumer: " + letters.get(10s));
            letters.task_done();
        }
    } catch (const penstock::ShutDown&) {
        // The producer has no more.
    }
}

struct Options {
    std::string penstockd;
    std::string log = "/dev/null";
};

int run(const Options& options)
{
    for (const int number : {SIGINT, SIGTERM}) (void)std::signal(number, SIG_IGN);
    const examples::TwoHosts hosts;
    print(hosts.description());
    const examples::KeyFolder key;
    std::vector<std::string> arguments = {"--key-file", key.key_file()};
    for (const std::string& address : hosts.broker_addresses()) {
        arguments.insert(arguments.end(), {"--listen", "tcp:" + address + ":0"});
    }
    const examples::OwnBroker broker(
        options.penstockd, arguments, options.log, [&] { hosts.move_to(0); });
    const pid_t consumer = examples::start([&] {
        hosts.move_to(1);
        consume({broker.urls().back(), key.key_file()});
    });
    const pid_t producer = examples::start([&] {
        hosts.move_to(0);
        produce({broker.urls().front(), key.key_file()});
    });
    const bool produced = examples::ended_well(producer);
    const bool consumed = examples::ended_well(consumer);
    return produced && consumed ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app(
        "Sends three letters from one host to another, through a broker of its own. As "
        "root the hosts are network namespaces, else two loopback addresses.",
        "cross_host");
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
        return run(options);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
    } catch (const std::exception& error) {
        std::cerr << "cross_host: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
