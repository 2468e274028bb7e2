// Keeps many queues busy for a time, and writes how much went through them as JSON.
//
//     bench_busy ADDRESS QUEUES PAIRS SECONDS
//
// QUEUES queues, divided among PAIRS of threads with a client each: one puts an item into each of
// its queues in turn, the other gets them in the same order.
#include <penstock/client.hpp>
#include <penstock/error.hpp>
#include <penstock/queue.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace penstock::bench {
namespace {

using namespace std::chrono_literals;
using Items = Queue<std::string>;

constexpr std::int64_t maxsize = 100;
constexpr auto wait_max = 10s;

std::vector<Items> open(Client& client, std::size_t first, std::size_t last)
{
    std::vector<Items> queues;
    for (std::size_t i = first; i < last; ++i) {
        queues.push_back(
            client.queue<std::string>("busy-" + std::to_string(i), {.maxsize = maxsize}));
    }
    return queues;
}

class Load {
public:
    Load(std::string address, std::size_t queues, std::size_t pairs)
        : address_(std::move(address)), queues_(queues), pairs_(pairs)
    {}

    /// Items a second that were got.
    [[nodiscard]] double run(std::chrono::seconds time)
    {
        std::vector<std::jthread> threads;
        for (std::size_t pair = 0; pair < pairs_; ++pair) {
            const std::size_t first = queues_ * pair / pairs_;
            const std::size_t last = queues_ * (pair + 1) / pairs_;
            threads.emplace_back([this, first, last] { guarded([&] { put(first, last); }); });
            threads.emplace_back([this, first, last] { guarded([&] { get(first, last); }); });
        }
        while (ready_ < threads.size() && !failed_) std::this_thread::sleep_for(1ms);
        const std::uint64_t before = got_;
        const auto begin = std::chrono::steady_clock::now();
        std::this_thread::sleep_for(time);
        const std::uint64_t items = got_ - before;
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        stop_ = true;
        threads.clear();
        if (failed_) throw std::runtime_error("a client failed");
        return static_cast<double>(items) / took.count();
    }

private:
    template <class Body>
    void guarded(Body body)
    {
        try {
            body();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "bench_busy: %s\n", error.what());
            failed_ = stop_ = true;
        }
    }

    void put(std::size_t first, std::size_t last)
    {
        Client client = connect(address_);
        std::vector<Items> queues = open(client, first, last);
        ++ready_;
        const std::string item(64, 'x');
        while (!stop_) {
            for (Items& queue : queues) {
                std::error_code ec;
                queue.put(item, wait_max, ec);
                if (ec && !stop_) throw std::system_error(ec, "put");
            }
        }
        for (Items& queue : queues) queue.put("", wait_max);  // its getter may wait
    }

    void get(std::size_t first, std::size_t last)
    {
        Client client = connect(address_);
        std::vector<Items> queues = open(client, first, last);
        ++ready_;
        while (true) {
            for (Items& queue : queues) {
                if (queue.get(wait_max).empty()) return;
                ++got_;
            }
        }
    }

    const std::string address_;
    const std::size_t queues_;
    const std::size_t pairs_;
    std::atomic<std::size_t> ready_ = 0;
    std::atomic<std::uint64_t> got_ = 0;
    std::atomic<bool> stop_ = false;
    std::atomic<bool> failed_ = false;
};

std::size_t number(std::string_view text)
{
    std::size_t value = 0;
    const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || rest != text.data() + text.size() || value == 0) {
        throw std::invalid_argument("'" + std::string(text) + "' is not a number from 1 on");
    }
    return value;
}

int run(const std::vector<std::string>& arguments)
{
    if (arguments.size() != 4) {
        std::fputs("usage: bench_busy ADDRESS QUEUES PAIRS SECONDS\n", stderr);
        return 2;
    }
    Load load(arguments[0], number(arguments[1]), number(arguments[2]));
    const double rate =
        load.run(std::chrono::seconds(static_cast<std::int64_t>(number(arguments[3]))));
    std::printf("{\"items_per_second\": %.1f}\n", rate);
    return 0;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv)
{
    try {
        return penstock::bench::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_busy: %s\n", error.what());
        return 1;
    }
}
