// One process of a benchmark: connects, says "ready", waits for a line on stdin, does its part,
// checks what it gets, and writes what it measured as JSON.
//
//     bench_peer broker|relay ADDRESS ping|pong|produce|consume|close NUMBER PEERS COUNT SIZE
//
// NUMBER is its own among those of its role, PEERS how many there are of each role.
#include "tests/bench/line.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace penstock::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned consumers_from = 32;  // their numbers at the relay
constexpr std::size_t id_size = 8;

struct Task {
    bool at_relay = false;
    std::string address;
    std::string_view role;
    unsigned number = 0;
    unsigned peers = 1;
    std::uint64_t count = 0;
    std::size_t size = 0;
};

[[nodiscard]] std::int64_t nanoseconds(Clock::time_point at)
{
    return std::chrono::nanoseconds(at.time_since_epoch()).count();
}

/// The item number `i` of a producer: its id, then bytes that everybody can check.
class Items {
public:
    Items(unsigned producer, std::size_t size) : producer_(producer), item_(size)
    {
        if (size < id_size) throw std::runtime_error("an item has at least 8 bytes");
        for (std::size_t i = id_size; i < size; ++i) item_[i] = std::byte(i);
    }

    [[nodiscard]] const Bytes& item(std::uint64_t i)
    {
        const std::uint64_t id = std::uint64_t{producer_} << 32 | i;
        std::memcpy(item_.data(), &id, id_size);
        return item_;
    }

    /// Whether it is an item at all; then its id.
    [[nodiscard]] bool matches(const Bytes& other, std::uint64_t& id) const
    {
        if (other.size() != item_.size()) return false;
        std::memcpy(&id, other.data(), id_size);
        return std::equal(item_.begin() + id_size, item_.end(), other.begin() + id_size);
    }

private:
    unsigned producer_;
    Bytes item_;
};

/// Of all ids, in any order: two sets that differ have different sums, but for bad luck.
[[nodiscard]] std::uint64_t mixed(std::uint64_t id)
{
    id = (id ^ id >> 30) * 0xbf58'476d'1ce4'e5b9u;
    id = (id ^ id >> 27) * 0x94d0'49bb'1331'11ebu;
    return id ^ id >> 31;
}

class Run {
public:
    Run(const Task& task, Line& line) : task_(task), line_(line), items_(task.number, task.size) {}

    void go()
    {
        begin_ = Clock::now();
        if (task_.role == "ping") {
            ping();
        } else if (task_.role == "pong") {
            pong();
        } else if (task_.role == "produce") {
            produce();
        } else if (task_.role == "consume") {
            consume();
        } else {
            line_.close();
        }
        end_ = Clock::now();
    }

    void report()
    {
        const auto at = [this](double share) {
            if (times_.empty()) return std::int64_t{0};
            const auto i = static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1));
            return times_[i];
        };
        std::sort(times_.begin(), times_.end());
        std::printf(
            "{\"begin\": %lld, \"end\": %lld, \"count\": %llu, \"sum\": %llu, "
            "\"p50\": %lld, \"p99\": %lld}\n",
            static_cast<long long>(nanoseconds(begin_)),
            static_cast<long long>(nanoseconds(end_)),
            static_cast<unsigned long long>(done_),
            static_cast<unsigned long long>(sum_),
            static_cast<long long>(at(0.5)),
            static_cast<long long>(at(0.99)));
    }

private:
    void ping()
    {
        times_.reserve(task_.count);
        for (std::uint64_t i = 0; i < task_.count; ++i) {
            const Clock::time_point sent = Clock::now();
            line_.put(items_.item(i));
            const std::optional<Bytes> back = line_.get();
            times_.push_back(std::chrono::nanoseconds(Clock::now() - sent).count());
            if (!back || *back != items_.item(i))
                throw std::runtime_error("another item came back");
            count(i);
        }
    }

    void pong()
    {
        for (std::uint64_t i = 0; i < task_.count; ++i) {
            const std::optional<Bytes> item = line_.get();
            if (!item) throw std::runtime_error("an item is missing");
            line_.put(*item);
        }
    }

    void produce()
    {
        for (std::uint64_t i = 0; i < task_.count; ++i) {
            const Bytes& item = items_.item(i);
            line_.put(item);
            count(std::uint64_t{task_.number} << 32 | i);
        }
    }

    void consume()
    {
        std::vector<std::uint64_t> next(task_.peers, 0);  // of each producer
        unsigned ended = 0;
        while (ended < (task_.at_relay ? task_.peers : 1)) {
            const std::optional<Bytes> item = line_.get();
            if (!item) {
                ++ended;
                continue;
            }
            std::uint64_t id = 0;
            if (!items_.matches(*item, id)) throw std::runtime_error("an item has changed");
            const std::uint64_t producer = id >> 32;
            const std::uint64_t i = id & UINT32_MAX;
            if (producer >= next.size() || i < next[producer]) {
                throw std::runtime_error("an item came out of its order");
            }
            next[producer] = i + 1;
            count(id);
        }
    }

    void count(std::uint64_t id)
    {
        ++done_;
        sum_ += mixed(id);
    }

    const Task& task_;
    Line& line_;
    Items items_;
    Clock::time_point begin_;
    Clock::time_point end_;
    std::vector<std::int64_t> times_;
    std::uint64_t done_ = 0;
    std::uint64_t sum_ = 0;
};

std::unique_ptr<Line> line_for(const Task& task)
{
    const bool ping = task.role == "ping";
    if (ping || task.role == "pong") {
        const unsigned own = ping ? 0 : 1;
        if (task.at_relay) {
            return line_at_relay(task.address, {.own = own, .first = 1 - own, .confirmed = false});
        }
        return ping ? line_at_broker(task.address, "there", "back")
                    : line_at_broker(task.address, "back", "there");
    }
    if (task.role == "consume") {
        if (task.at_relay)
            return line_at_relay(task.address, {.own = consumers_from + task.number});
        return line_at_broker(task.address, "", "jobs");
    }
    if (task.role != "produce" && task.role != "close") throw std::runtime_error("no such role");
    if (task.at_relay) {
        return line_at_relay(
            task.address,
            {.own = task.number, .first = consumers_from, .n = task.peers, .confirmed = true});
    }
    return line_at_broker(task.address, "jobs", "");
}

std::uint64_t number_in(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size()) {
        throw std::runtime_error("not a number: " + std::string(text));
    }
    return value;
}

void run(const Task& task)
{
    const std::unique_ptr<Line> line = line_for(task);
    std::puts("ready");
    std::fflush(stdout);
    if (std::getchar() == EOF) throw std::runtime_error("nobody said go");
    Run run(task, *line);
    run.go();
    // At the relay each producer says by itself that it has ended.
    if (task.at_relay && task.role == "produce") line->close();
    run.report();
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv)
{
    using penstock::bench::number_in;
    try {
        if (argc != 8)
            throw std::runtime_error("seven arguments, please; see tests/bench/peer.cpp");
        penstock::bench::Task task;
        task.at_relay = std::string_view(argv[1]) == "relay";
        task.address = argv[2];
        task.role = argv[3];
        task.number = static_cast<unsigned>(number_in(argv[4]));
        task.peers = static_cast<unsigned>(number_in(argv[5]));
        task.count = number_in(argv[6]);
        task.size = number_in(argv[7]);
        penstock::bench::run(task);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_peer: %s\n", error.what());
        return 1;
    }
}
