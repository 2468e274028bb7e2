// work_queue: three processes take jobs from a queue whose items are theirs only until they say
// that they are done. One is killed in the middle of a job; another one gets that job, and sees
// that it is not the first to try.
//
//     build/server/penstockd &
//     build/examples/work_queue
//
// With a queue of Python's the job would be lost, and join() would wait for ever: there an item is
// gone with the process that got it.
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
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::int32_t deadly_job = 3;

struct Names {
    std::string jobs = "work_queue:jobs:" + std::to_string(::getpid());
    std::string results = "work_queue:results:" + std::to_string(::getpid());
};

struct Settings {
    Names names;
    unsigned workers = 3;
    std::int32_t jobs = 8;
};

void work(const Names& names)
{
    auto client = penstock::connect();
    auto jobs = client.joinable_queue<std::int32_t>(names.jobs);
    auto results = client.queue<std::string>(names.results);
    try {
        while (true) {
            const penstock::Item<std::int32_t> job = jobs.get_item();
            std::this_thread::sleep_for(20ms);  // it takes some time
            // What the out-of-memory killer does, or somebody who stumbles over a cable.
            if (job.value == deadly_job && job.attempts == 1) ::raise(SIGKILL);
            results.put(std::to_string(job.value) + " " + std::to_string(job.attempts));
            jobs.done(job);  // now, and not before, it is off the queue
        }
    } catch (const penstock::ShutDown&) {
        // Everything is done.
    }
}

void print_results(penstock::Queue<std::string> results)
{
    std::map<int, int> attempts;  // of each job; they came in any order
    while (const auto result = results.try_get()) {
        attempts[std::stoi(*result)] = std::stoi(result->substr(result->find(' ')));
    }
    for (const auto& [job, attempt] : attempts) {
        examples::print("job " + std::to_string(job) + ": done at attempt " +
                        std::to_string(attempt));
    }
}

void lead(const Settings& settings)
{
    auto client = penstock::connect();
    auto jobs = client.joinable_queue<std::int32_t>(settings.names.jobs);
    std::vector<std::int32_t> numbers;
    for (std::int32_t job = 0; job < settings.jobs; ++job) numbers.push_back(job);
    const penstock::PutReport report = jobs.put_many(numbers);
    if (!report) penstock::throw_error(report.ec, "put_many");
    jobs.join(60s);  // a job that was given up by its worker is waited for, too
    print_results(client.queue<std::string>(settings.names.results));
    jobs.shutdown();
}

int run(const Settings& settings)
{
    {
        // If there is no broker, that is said once. Nothing may be open when it comes to fork().
        auto client = penstock::connect();
        (void)client.joinable_queue<std::int32_t>(
            settings.names.jobs, {.open = penstock::Open::fresh, .until_task_done = true});
        (void)client.queue<std::string>(settings.names.results, {.open = penstock::Open::fresh});
    }
    std::vector<pid_t> workers;
    for (unsigned i = 0; i < settings.workers; ++i) {
        workers.push_back(examples::start([&] { work(settings.names); }));
    }
    (void)std::signal(SIGINT, SIG_IGN);  // Ctrl-C ends the workers; then here is tidied up
    int result = EXIT_SUCCESS;
    try {
        lead(settings);
    } catch (const std::exception& error) {
        std::cerr << "work_queue: " << error.what() << '\n';
        result = EXIT_FAILURE;
    }
    auto client = penstock::connect();
    for (const std::string& name : {settings.names.jobs, settings.names.results}) {
        client.admin().remove(name);  // also ends what still waits in them
    }
    const auto killed =
        std::ranges::count_if(workers, [](pid_t worker) { return !examples::ended_well(worker); });
    examples::print(std::to_string(killed) + " of " + std::to_string(settings.workers) +
                    " workers was killed");
    return result;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Shares jobs among worker processes, one of which is killed in the middle.",
                 "work_queue");
    Settings settings;
    app.add_option("--workers", settings.workers, "how many processes (default: 3)")
        ->check(CLI::Range(2, 64))
        ->option_text("N");
    app.add_option("--jobs", settings.jobs, "how many jobs (default: 8)")
        ->check(CLI::Range(deadly_job + 1, 100'000))
        ->option_text("N");
    try {
        app.parse(argc, argv);
        return run(settings);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : 2;
    } catch (const std::exception& error) {
        std::cerr << "work_queue: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
