// worker_pool: four processes take jobs from one queue and put their results into another; the
// parent joins the jobs. A job is to count the primes among 10,000 numbers.
//
//     build/server/penstockd &
//     build/examples/worker_pool
//
// It mirrors a Pool that shares a Manager's queues. This prints the same lines:
//
//     from math import isqrt
//     from multiprocessing import Manager, Pool
//
//     def is_prime(n):
//         return n > 1 and all(n % d for d in range(2, isqrt(n) + 1))
//
//     def work(jobs, results):
//         while (first := jobs.get()) is not None:
//             results.put((first, sum(is_prime(n) for n in range(first, first + 10_000))))
//             jobs.task_done()
//
//     if __name__ == "__main__":
//         with Manager() as manager, Pool(4) as pool:
//             jobs, results = manager.JoinableQueue(), manager.Queue()
//             for job in range(10):
//                 jobs.put(job * 10_000)
//             workers = [pool.apply_async(work, (jobs, results)) for _ in range(4)]
//             jobs.join()
//             for worker in workers:
//                 jobs.put(None)
//             for worker in workers:
//                 worker.get()
//             counts = sorted(results.get() for _ in range(10))
//         for first, primes in counts:
//             print(f"{first} to {first + 9_999}: {primes} primes")
//         print(f"together: {sum(primes for _, primes in counts)} primes")
//
// Where Python needs a None for each worker, the queue can be shut down here.
#include "examples/process.hpp"

#include <penstock/penstock.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

/// What a worker found.
struct Count {
    std::uint32_t first = 0;  // of the numbers
    std::uint32_t primes = 0;
};

template <>
struct penstock::Codec<Count> {
    static void encode(const Count& count, Bytes& out)
    {
        Codec<std::uint32_t>::encode(count.first, out);
        Codec<std::uint32_t>::encode(count.primes, out);
    }

    static Count decode(std::span<const std::byte> in, std::error_code& ec)
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

constexpr std::uint32_t numbers_per_job = 10'000;

struct Pool {
    std::string jobs_name = "worker_pool:jobs:" + std::to_string(::getpid());
    std::string results_name = "worker_pool:results:" + std::to_string(::getpid());
    unsigned workers = 4;
    std::uint32_t jobs = 10;
};

bool is_prime(std::uint32_t n)
{
    for (std::uint32_t d = 2; d * d <= n; ++d) {
        if (n % d == 0) return false;
    }
    return n > 1;
}

Count count_primes(std::uint32_t first)
{
    Count count{first, 0};
    for (std::uint32_t n = first; n < first + numbers_per_job; ++n) {
        if (is_prime(n)) ++count.primes;
    }
    return count;
}

void work(const Pool& pool)
{
    auto client = penstock::connect();
    auto jobs = client.joinable_queue<std::uint32_t>(pool.jobs_name);
    auto results = client.queue<Count>(pool.results_name);
    try {
        while (true) {
            results.put(count_primes(jobs.get()));
            jobs.task_done();
        }
    } catch (const penstock::ShutDown&) {
        // Everything is done: that is how a worker ends.
    }
}

/// Whether one of them ended before it was told to. Those that did are forgotten.
bool lost_one(std::vector<pid_t>& workers)
{
    return std::erase_if(workers,
                         [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == pid; }) > 0;
}

/// Waits for all jobs. A worker that dies may leave one unfinished for ever, so look after them.
void join(penstock::JoinableQueue<std::uint32_t>& jobs, std::vector<pid_t>& workers)
{
    std::error_code ec;
    while (!jobs.join(200ms, ec)) {
        if (ec != penstock::errc::timed_out) penstock::throw_error(ec, "join");
        if (lost_one(workers)) throw std::runtime_error("a worker died");
    }
}

void print_results(penstock::Queue<Count> results, std::uint32_t jobs)
{
    std::map<std::uint32_t, std::uint32_t> counts;  // they came in any order
    std::uint32_t together = 0;
    for (std::uint32_t i = 0; i < jobs; ++i) {
        const Count count = results.get_nowait();
        counts[count.first] = count.primes;
        together += count.primes;
    }
    for (const auto& [first, primes] : counts) {
        examples::print(std::to_string(first) + " to " +
                        std::to_string(first + numbers_per_job - 1) + ": " +
                        std::to_string(primes) + " primes");
    }
    examples::print("together: " + std::to_string(together) + " primes");
}

/// The parent's part, while the workers are there.
void lead(const Pool& pool, std::vector<pid_t>& workers)
{
    auto client = penstock::connect();
    auto jobs = client.joinable_queue<std::uint32_t>(pool.jobs_name);
    try {
        for (std::uint32_t job = 0; job < pool.jobs; ++job) jobs.put(job * numbers_per_job);
        join(jobs, workers);
        print_results(client.queue<Count>(pool.results_name), pool.jobs);
        jobs.shutdown();
    } catch (...) {
        std::error_code ignored;  // the first failure is the one to tell
        jobs.shutdown(true, ignored);
        throw;
    }
}

int run(const Pool& pool)
{
    {
        // If there is no broker, that is said once. Nothing may be open when it comes to fork().
        auto client = penstock::connect();
        (void)client.joinable_queue<std::uint32_t>(pool.jobs_name, {.open = penstock::Open::fresh});
        (void)client.queue<Count>(pool.results_name, {.open = penstock::Open::fresh});
    }
    std::vector<pid_t> workers;
    for (unsigned i = 0; i < pool.workers; ++i) {
        workers.push_back(examples::start([&] { work(pool); }));
    }
    (void)std::signal(SIGINT, SIG_IGN);  // Ctrl-C ends the workers; then here is tidied up
    int result = EXIT_SUCCESS;
    try {
        lead(pool, workers);
    } catch (const std::exception& error) {
        std::cerr << "worker_pool: " << error.what() << '\n';
        result = EXIT_FAILURE;
    }
    for (const pid_t worker : workers) {
        if (!examples::ended_well(worker)) result = EXIT_FAILURE;
    }
    auto client = penstock::connect();
    for (const std::string& name : {pool.jobs_name, pool.results_name}) {
        client.admin().remove(name);
    }
    return result;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app(
        "Counts primes with a pool of worker processes, which share a queue of jobs and "
        "one of results.",
        "worker_pool");
    Pool pool;
    app.add_option("--workers", pool.workers, "how many processes (default: 4)")
        ->check(CLI::Range(1, 64))
        ->option_text("N");
    app.add_option("--jobs", pool.jobs, "how often 10,000 numbers (default: 10)")
        ->check(CLI::Range(1, 100'000))
        ->option_text("N");
    try {
        app.parse(argc, argv);
        return run(pool);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
    } catch (const std::exception& error) {
        std::cerr << "worker_pool: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
