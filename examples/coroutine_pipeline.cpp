// coroutine_pipeline: three stages, coroutines all, joined by two queues that hold four items each.
// One produces numbers, three workers count the Collatz steps of each, one collects.
//
//     $ build/examples/coroutine_pipeline
//     1000 numbers, by 3 workers
//     59542 steps together
//     871 takes most: 178
//
// It mirrors this, which prints the same lines:
//
//     import asyncio
//
//     def steps(n):
//         count = 0
//         while n != 1:
//             n = n // 2 if n % 2 == 0 else 3 * n + 1
//             count += 1
//         return count
//
//     async def produce(numbers):
//         for n in range(1, 1001):
//             await numbers.put(n)
//         for _ in range(3):
//             await numbers.put(None)
//
//     async def transform(numbers, results):
//         while (n := await numbers.get()) is not None:
//             await results.put((n, steps(n)))
//         await results.put(None)
//
//     async def collect(results):
//         found, working = [], 3
//         while working:
//             if (result := await results.get()) is None:
//                 working -= 1
//             else:
//                 found.append(result)
//         return found
//
//     async def main():
//         numbers, results = asyncio.Queue(4), asyncio.Queue(4)
//         async with asyncio.TaskGroup() as stages:
//             stages.create_task(produce(numbers))
//             for _ in range(3):
//                 stages.create_task(transform(numbers, results))
//             collected = stages.create_task(collect(results))
//         found = collected.result()
//         print(f"{len(found)} numbers, by 3 workers")
//         print(f"{sum(count for _, count in found)} steps together")
//         print("{} takes most: {}".format(*max(found, key=lambda result: result[1])))
//
//     asyncio.run(main())
//
// There each stage has to know how many come behind it, and puts a None for each. Here a queue ends
// when its last producer has closed it, also if that died. And each stage opens its queues by name,
// so it could as well be a program of its own, on another host.
//
// The broker is that of PENSTOCK_URL; without it the program has one inside. Ctrl-C ends all
// stages, and so does an error in one of them; the queues go in any case.
#include "examples/async_program.hpp"
#include "examples/process.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/queue.hpp>
#include <penstock/codec.hpp>
#include <penstock/error.hpp>
#include <penstock/options.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace async = penstock::async;

/// What a worker found.
struct Steps {
    std::uint32_t number = 0;
    std::uint32_t count = 0;
};

template <>
struct penstock::Codec<Steps> {
    static void encode(const Steps& steps, Bytes& out)
    {
        Codec<std::uint32_t>::encode(steps.number, out);
        Codec<std::uint32_t>::encode(steps.count, out);
    }

    static Steps decode(std::span<const std::byte> in, std::error_code& ec)
    {
        if (in.size() != 8) {
            ec = errc::bad_message;
            return {};
        }
        return {Codec<std::uint32_t>::decode(in.first(4), ec),
                Codec<std::uint32_t>::decode(in.subspan(4), ec)};
    }
};

namespace {

struct Settings {
    std::string numbers_name = "coroutine_pipeline:numbers:" + std::to_string(::getpid());
    std::string results_name = "coroutine_pipeline:results:" + std::to_string(::getpid());
    std::uint32_t numbers = 1000;
    std::int32_t workers = 3;
    std::int64_t room = 4;
    std::uint32_t pause_ms = 0;
    std::uint32_t refused = 0;
};

struct Totals {
    std::uint64_t numbers = 0;
    std::uint64_t steps = 0;
    Steps most;

    void add(const Steps& steps_of_one)
    {
        ++numbers;
        steps += steps_of_one.count;
        // They come in any order, and of equal ones it is the smallest number.
        const bool more = steps_of_one.count > most.count;
        const bool first = steps_of_one.count == most.count && steps_of_one.number < most.number;
        if (numbers == 1 || more || first) most = steps_of_one;
    }
};

Steps count_steps(std::uint32_t number)
{
    Steps steps{number, 0};
    for (std::uint64_t n = number; n != 1; ++steps.count) n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    return steps;
}

/// A queue between two stages, for one of `producers` or for a consumer. It ends behind the last
/// item of the last producer, and not before all of them have come.
penstock::QueueOptions joint(const Settings& settings, penstock::Role role, std::int32_t producers)
{
    penstock::QueueOptions options;
    options.maxsize = settings.room;
    options.role = role;
    options.ends_with_producers = true;
    options.producers_expected = producers;
    return options;
}

/// The next item; none if no more will come.
template <class T>
asio::awaitable<std::optional<T>> next(async::Queue<T>& queue)
{
    auto [ec, item] = co_await queue.async_get(penstock::forever, examples::as_tuple);
    if (ec == penstock::errc::eof) co_return std::nullopt;
    if (ec) throw boost::system::system_error(ec);
    co_return item;
}

asio::awaitable<void> produce(async::Client& client, const Settings& settings)
{
    const auto out = joint(settings, penstock::Role::producer, 1);
    auto numbers = co_await client.async_queue<std::uint32_t>(settings.numbers_name, out);
    // Waits for room: it is never more than `room` ahead of the workers.
    for (std::uint32_t n = 1; n <= settings.numbers; ++n) co_await numbers.async_put(n);
}  // closes its end, and with that no more will come

asio::awaitable<void> transform(async::Client& client, const Settings& settings)
{
    const auto in = joint(settings, penstock::Role::consumer, 1);
    const auto out = joint(settings, penstock::Role::producer, settings.workers);
    auto numbers = co_await client.async_queue<std::uint32_t>(settings.numbers_name, in);
    auto results = co_await client.async_queue<Steps>(settings.results_name, out);
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (const std::optional<std::uint32_t> number = co_await next(numbers)) {
        if (*number == settings.refused) {
            throw std::runtime_error("a worker refuses " + std::to_string(*number));
        }
        if (settings.pause_ms > 0) {
            pause.expires_after(std::chrono::milliseconds(settings.pause_ms));
            co_await pause.async_wait(asio::use_awaitable);
        }
        co_await results.async_put(count_steps(*number));
    }
}

asio::awaitable<void> collect(async::Client& client, const Settings& settings, Totals& totals)
{
    const auto in = joint(settings, penstock::Role::consumer, settings.workers);
    auto results = co_await client.async_queue<Steps>(settings.results_name, in);
    while (const std::optional<Steps> steps = co_await next(results)) totals.add(*steps);
}

asio::awaitable<void> work(async::Client& client,
                           std::string address,
                           const Settings& settings,
                           Totals& totals)
{
    co_await examples::connect(client, address);
    std::vector<asio::awaitable<void>> stages;
    stages.push_back(produce(client, settings));
    for (std::int32_t i = 0; i < settings.workers; ++i) {
        stages.push_back(transform(client, settings));
    }
    stages.push_back(collect(client, settings, totals));
    co_await examples::all(std::move(stages));
}

void print(const Totals& totals, const Settings& settings)
{
    examples::print(std::to_string(totals.numbers) + " numbers, by " +
                    std::to_string(settings.workers) + " workers");
    examples::print(std::to_string(totals.steps) + " steps together");
    examples::print(std::to_string(totals.most.number) +
                    " takes most: " + std::to_string(totals.most.count));
}

asio::awaitable<void> run(std::string address, Settings settings)
{
    async::Client client(co_await asio::this_coro::executor);
    Totals totals;
    std::exception_ptr failure;
    try {
        co_await examples::until_signal(work(client, address, settings, totals));
    } catch (...) {
        failure = std::current_exception();  // to wait in here is not allowed
    }
    co_await examples::remove(client, settings.numbers_name);
    co_await examples::remove(client, settings.results_name);
    if (failure) std::rethrow_exception(failure);
    print(totals, settings);
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app(
        "Counts Collatz steps in three stages, which are coroutines joined by bounded queues.",
        "coroutine_pipeline");
    Settings settings;
    app.add_option("--numbers", settings.numbers, "how many (default: 1000)")
        ->check(CLI::Range(1, 100'000))
        ->option_text("N");
    app.add_option("--workers", settings.workers, "in the middle stage (default: 3)")
        ->check(CLI::Range(1, 64))
        ->option_text("N");
    app.add_option("--room", settings.room, "for how many items in each queue (default: 4)")
        ->check(CLI::Range(1, 100'000))
        ->option_text("N");
    app.add_option("--pause", settings.pause_ms, "of a worker, before each result (default: 0)")
        ->check(CLI::Range(0, 60'000))
        ->option_text("MS");
    app.add_option("--refuse", settings.refused, "the number at which a worker fails")
        ->option_text("NUMBER");
    try {
        app.parse(argc, argv);
        const examples::SomeBroker broker;
        return examples::run("coroutine_pipeline", run(broker.address(), settings));
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
    } catch (const std::exception& error) {
        std::cerr << "coroutine_pipeline: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
