// cards: two processes share a queue. The dealer puts five cards, a second apart; the taker gets
// them until none has come for two seconds. docs/python.md shows the Python that this mirrors.
//
//     build/server/penstockd &
//     build/examples/cards
#include "examples/process.hpp"

#include <penstock/penstock.hpp>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;

using Seconds = std::chrono::duration<double>;

struct Table {
    std::string queue_name;
    Seconds interval = 1s;
};

using examples::print;

void deal(const Table& table)
{
    auto client = penstock::connect();
    auto cards = client.queue<std::string>(table.queue_name);
    for (const std::string card : {"A", "K", "Q", "J", "10"}) {
        print("Put " + card + " to queue...");
        cards.put(card);
        std::this_thread::sleep_for(table.interval);
    }
}

void take(const Table& table)
{
    auto client = penstock::connect();
    auto cards = client.queue<std::string>(table.queue_name);
    try {
        while (true) {
            const std::string card = cards.get(2s);
            print("Get " + card + " from queue.");
        }
    } catch (const penstock::Empty&) {
        // That is how a taker learns that there is no more. `while (!cards.empty())` would not do:
        // the queue is empty whenever the taker is faster than the dealer.
    }
}

int run(Seconds interval)
{
    const Table table{"cards:" + std::to_string(::getpid()), interval};
    {
        // If there is no broker, that is said once. Nothing may be open when it comes to fork().
        auto client = penstock::connect();
        (void)client.queue<std::string>(table.queue_name, {.open = penstock::Open::fresh});
    }
    const pid_t taker = examples::start([&] { take(table); });
    const pid_t dealer = examples::start([&] { deal(table); });
    (void)std::signal(SIGINT, SIG_IGN);  // Ctrl-C ends the players; then here is tidied up
    const bool taken = examples::ended_well(taker);
    const bool dealt = examples::ended_well(dealer);
    const auto left = penstock::connect().admin().remove(table.queue_name);
    if (left > 0) std::cerr << "cards: nobody got " << left << " of the cards\n";
    return taken && dealt && left == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Deals five cards from one process to another, through a queue.", "cards");
    double interval = 1;
    const std::map<std::string, double> units{{"s", 1}, {"ms", 0.001}};
    app.add_option("--interval", interval, "time between two cards: 1s, 200ms (default: 1s)")
        ->transform(CLI::AsNumberWithUnit(units))
        ->check(CLI::Range(0.0, 3600.0))
        ->option_text("TIME");
    try {
        app.parse(argc, argv);
        return run(Seconds(interval));
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
    } catch (const std::exception& error) {
        std::cerr << "cards: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
