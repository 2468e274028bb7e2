// async_fan_in: three weather stations put their readings into queues of their own, and one
// consumer takes them all.
//
//     $ build/examples/async_fan_in
//     north: 40 readings, -10 to 14 degrees
//     east: 40 readings, -5 to 19 degrees
//     south: 40 readings, 0 to 24 degrees
//
// Where all queues are at one broker, one `async_get_any` waits at the three of them. It takes one
// client's queues only, so at several brokers (`--at URL`, once for each) there is one `async_get`
// for each queue, all at the same time; `--each` does so at one broker, too. Then a station whose
// broker goes away ends for itself, and the others go on.
//
// Meanwhile stderr is told how far it is (`--heartbeat`), and when nothing came (`--idle`).
//
// The broker is that of PENSTOCK_URL; without it the program has one inside.
#include "examples/async_program.hpp"
#include "examples/process.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/get_any.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/error.hpp>
#include <penstock/item.hpp>
#include <penstock/options.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;
namespace async = penstock::async;
using namespace asio::experimental::awaitable_operators;
using boost::system::error_code;
using examples::as_tuple;
using std::chrono::milliseconds;

namespace {

using Reading = std::int32_t;

constexpr std::array<const char*, 3> names = {"north", "east", "south"};

struct Settings {
    std::vector<std::string> brokers;
    bool each = false;
    std::uint32_t readings = 40;
    std::uint32_t pause_ms = 1;
    std::uint32_t idle_ms = 1000;
    std::uint32_t heartbeat_ms = 1000;
};

/// What is known of a station.
struct Station {
    std::string name;
    std::string queue_name;
    std::string broker;
    std::uint32_t readings = 0;
    Reading coldest = std::numeric_limits<Reading>::max();
    Reading warmest = std::numeric_limits<Reading>::min();
    error_code ec;  // why no more came, if that was not its end

    void add(Reading degrees)
    {
        ++readings;
        coldest = std::min(coldest, degrees);
        warmest = std::max(warmest, degrees);
    }
};

using Stations = std::vector<Station>;
using Queues = std::vector<async::Queue<Reading>>;

void note(const std::string& line)
{
    std::cerr << "async_fan_in: " + line + "\n";
}

penstock::QueueOptions queue_options(penstock::Role role)
{
    penstock::QueueOptions options;
    options.maxsize = 10;
    options.role = role;
    options.ends_with_producers = true;
    return options;
}

/// A station; it could be anywhere, so it has a client of its own.
asio::awaitable<void> measure(const Station& station, std::uint32_t seed, const Settings& settings)
{
    async::Client client(co_await asio::this_coro::executor);
    co_await examples::connect(client, station.broker);
    const auto options = queue_options(penstock::Role::producer);
    auto queue = co_await client.async_queue<Reading>(station.queue_name, options);
    asio::steady_timer pause(co_await asio::this_coro::executor);
    const Reading warmth = 5 * static_cast<Reading>(seed) - 10;
    for (std::uint32_t i = 0; i < settings.readings; ++i) {
        const auto degrees = static_cast<Reading>((i * 7 + seed * 3) % 25) + warmth;
        auto [ec] = co_await queue.async_put(degrees, penstock::forever, as_tuple);
        if (ec == asio::error::operation_aborted) co_return;
        if (ec) co_return note(station.name + " can't put: " + ec.message());
        pause.expires_after(milliseconds(settings.pause_ms * (seed + 1)));
        auto [cancelled] = co_await pause.async_wait(as_tuple);
        if (cancelled) co_return;
    }
}

/// One wait at all queues. Its end is that of all of them, and so is an error.
asio::awaitable<error_code> take_any(Queues& queues, Stations& stations, const Settings& settings)
{
    std::vector<std::reference_wrapper<async::Queue<Reading>>> all(queues.begin(), queues.end());
    while (true) {
        auto [ec, any] =
            co_await async::async_get_any<Reading>(all, milliseconds(settings.idle_ms), as_tuple);
        if (ec == penstock::errc::eof) co_return error_code();
        if (ec == penstock::errc::empty) {
            note("nothing came");
        } else if (ec) {
            co_return ec;
        } else {
            stations[any.which].add(any.item.value);
        }
    }
}

/// A wait at one queue. What becomes of it is this station's affair.
asio::awaitable<void> take_one(async::Queue<Reading>& queue,
                               Station& station,
                               const Settings& settings)
{
    while (true) {
        auto [ec, degrees] = co_await queue.async_get(milliseconds(settings.idle_ms), as_tuple);
        if (ec == penstock::errc::eof) co_return;
        if (ec == penstock::errc::empty) {
            note("nothing came from " + station.name);
        } else if (ec) {
            station.ec = ec;
            co_return;
        } else {
            station.add(degrees);
        }
    }
}

asio::awaitable<error_code> take_each(Queues& queues, Stations& stations, const Settings& settings)
{
    co_await (take_one(queues[0], stations[0], settings) &&
              take_one(queues[1], stations[1], settings) &&
              take_one(queues[2], stations[2], settings));
    co_return error_code();
}

asio::awaitable<void> tell_how_far(const Stations& stations, const Settings& settings)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (true) {
        timer.expires_after(milliseconds(settings.heartbeat_ms));
        auto [cancelled] = co_await timer.async_wait(as_tuple);
        if (cancelled) co_return;
        std::string line = "so far";
        for (const Station& station : stations) {
            line += " " + station.name + " " + std::to_string(station.readings);
        }
        note(line);
    }
}

/// The consumer: with a client for each broker, and the stations spread over them.
asio::awaitable<void> consume(std::vector<async::Client>& clients,
                              Stations& stations,
                              const Settings& settings)
{
    for (std::size_t i = 0; i < clients.size(); ++i) {
        co_await examples::connect(clients[i], settings.brokers[i]);
    }
    Queues queues;
    const auto options = queue_options(penstock::Role::consumer);
    for (std::size_t i = 0; i < stations.size(); ++i) {
        async::Client& client = clients[i % clients.size()];
        queues.push_back(co_await client.async_queue<Reading>(stations[i].queue_name, options));
    }
    const bool each = settings.each || clients.size() > 1;
    // `||` waits for the first that ends without an exception. Neither throws, so that it is the
    // first that ends: an exception of the left one would be waited for in vain.
    auto takes =
        each ? take_each(queues, stations, settings) : take_any(queues, stations, settings);
    auto ended = co_await (std::move(takes) || tell_how_far(stations, settings));
    const error_code ec = ended.index() == 0 ? std::get<0>(ended) : error_code();
    if (ec) throw boost::system::system_error(ec);
}

bool print(const Stations& stations)
{
    bool well = true;
    for (const Station& station : stations) {
        std::string line = station.name + ": " + std::to_string(station.readings) + " readings";
        if (station.readings > 0) {
            line += ", " + std::to_string(station.coldest) + " to " +
                    std::to_string(station.warmest) + " degrees";
        }
        if (station.ec) line += ", then " + station.ec.message();
        examples::print(line);
        well = well && !station.ec;
    }
    return well;
}

asio::awaitable<void> run(Settings settings)
{
    const auto executor = co_await asio::this_coro::executor;
    std::vector<async::Client> clients;
    for (std::size_t i = 0; i < settings.brokers.size(); ++i) clients.emplace_back(executor);
    Stations stations;
    for (const std::string name : names) {
        Station station;
        station.name = name;
        station.queue_name = "async_fan_in:" + name + ":" + std::to_string(::getpid());
        station.broker = settings.brokers[stations.size() % clients.size()];
        stations.push_back(std::move(station));
    }
    std::vector<asio::awaitable<void>> tasks;
    for (std::uint32_t i = 0; i < stations.size(); ++i) {
        tasks.push_back(measure(stations[i], i, settings));
    }
    tasks.push_back(consume(clients, stations, settings));
    std::exception_ptr failure;
    try {
        co_await examples::until_signal(examples::all(std::move(tasks)));
    } catch (...) {
        failure = std::current_exception();  // to wait in here is not allowed
    }
    for (std::size_t i = 0; i < stations.size(); ++i) {
        co_await examples::remove(clients[i % clients.size()], stations[i].queue_name);
    }
    if (failure) std::rethrow_exception(failure);
    if (!print(stations)) throw std::runtime_error("not all came");
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Takes the readings of three stations from three queues as they come.",
                 "async_fan_in");
    Settings settings;
    app.add_option("--at", settings.brokers, "a broker; the stations are spread over them")
        ->option_text("URL");
    app.add_flag("--each", settings.each, "one get for each queue, where get_any would do");
    app.add_option("--readings", settings.readings, "of each station (default: 40)")
        ->check(CLI::Range(0, 1'000'000))
        ->option_text("N");
    for (const auto& [name, value, what] :
         {std::tuple("--pause", &settings.pause_ms, "between two of them (default: 1)"),
          std::tuple("--idle", &settings.idle_ms, "say that nothing came (default: 1000)"),
          std::tuple("--heartbeat", &settings.heartbeat_ms, "say how far it is (default: 1000)")}) {
        app.add_option(name, *value, what)->check(CLI::Range(1, 60'000))->option_text("MS");
    }
    try {
        app.parse(argc, argv);
        std::optional<examples::SomeBroker> broker;
        if (settings.brokers.empty()) settings.brokers.push_back(broker.emplace().address());
        return examples::run("async_fan_in", run(settings));
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
    } catch (const std::exception& error) {
        std::cerr << "async_fan_in: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
