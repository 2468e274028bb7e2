// A relayed pipe whose reader stops: its sender waits at --pipe-bytes-max, and however often it
// tries, the broker does not grow; when the reader goes on, all comes in order.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/shared_memory.hpp"

#include <penstock/penstock.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using penstock::Bytes;
using penstock::Client;
using penstock::errc;
using penstock::support::Daemon;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::look_again;
using penstock::support::mib;
using penstock::support::patience;
using penstock::support::sanitized;
using penstock::support::SharedArray;
using penstock::support::TemporaryFolder;

namespace {

using Sender = penstock::Sender<Bytes>;
using Receiver = penstock::Receiver<Bytes>;

constexpr std::size_t bytes_max = (sanitized ? 1 : 2) * mib;
/// What each message counts beside its bytes.
constexpr std::size_t overhead = 128;
constexpr std::size_t trying_threads = 4;
constexpr auto trying_time = 2s;
/// While the sender is held back: what an allocator may need for the tries.
constexpr std::size_t noise_max = 2 * mib;
/// A full pipe, with what the broker needs to manage it and has on its way.
constexpr std::size_t full_max = 3 * bytes_max;
constexpr unsigned child_lifetime_s = 120;

/// As many as go in while there is less than bytes_max: the last one may exceed it.
constexpr std::size_t count_at_limit(std::size_t size)
{
    return (bytes_max + size + overhead - 1) / (size + overhead);
}

/// The `number`th of those of a size.
Bytes message_of(std::size_t size, std::uint64_t number)
{
    return Bytes(size, static_cast<std::byte>(number % 251));
}

std::size_t resident_bytes(pid_t pid)
{
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    while (status >> word && word != "VmRSS:") {
    }
    std::size_t kib = 0;
    status >> kib;
    return kib * 1024;
}

/// Its parameter is the size of a message.
class PipeLimit : public ::testing::TestWithParam<std::size_t> {
protected:
    [[nodiscard]] Client connect() const
    {
        return penstock::connect(daemon_.address(), {.timeout = patience, .key_file = key_file_});
    }

    /// Sends until nothing goes in for a while, or far too many did; returns how many are.
    static std::size_t fill(Sender& sender, std::size_t size, std::size_t number)
    {
        std::error_code ec;
        const std::size_t too_many = number + 4 * count_at_limit(size);
        while (number < too_many && sender.send(message_of(size, number), 1s, ec)) ++number;
        EXPECT_EQ(ec, errc::timed_out);
        return number;
    }

    /// Several threads try again and again: that is refused, and costs the broker nothing.
    void expect_held_back(Sender& sender) const
    {
        const std::size_t before = resident_bytes(daemon_.pid());
        const auto end = std::chrono::steady_clock::now() + trying_time;
        std::atomic<std::size_t> tries = 0;
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < trying_threads; ++i) {
            threads.emplace_back([&, i] {
                const Bytes message(GetParam(), std::byte{0xff});
                for (std::error_code ec; std::chrono::steady_clock::now() < end; ++tries) {
                    EXPECT_FALSE(sender.send(message, std::chrono::milliseconds(i * 3), ec));
                    EXPECT_EQ(ec, errc::timed_out);
                }
            });
        }
        std::size_t largest = before;
        while (std::chrono::steady_clock::now() < end) {
            largest = std::max(largest, resident_bytes(daemon_.pid()));
            std::this_thread::sleep_for(look_again);
        }
        for (std::thread& thread : threads) thread.join();
        std::cout << tries << " tries; the broker has " << before / 1024 << " KiB, at most "
                  << largest / 1024 << " meanwhile\n";
        if (!sanitized) {
            EXPECT_LE(largest - before, noise_max);
        }
    }

    const TemporaryFolder folder_;
    const std::string key_file_ = folder_.write_key();
    const Daemon daemon_{"tcp:127.0.0.1:0",
                         {"--key-file", key_file_, "--pipe-bytes-max", std::to_string(bytes_max)}};
};

TEST_P(PipeLimit, AReaderThatDoesNotReceiveHoldsItsSenderBackAndThenGetsAllInOrder)
{
    const std::size_t size = GetParam();
    Client one = connect();
    Client other = connect();
    Sender sender;
    std::thread opener([&] { sender = one.pipe_sender<Bytes>("p", patience); });
    Receiver receiver = other.pipe_receiver<Bytes>("p", patience);
    opener.join();
    const std::size_t empty = resident_bytes(daemon_.pid());
    const std::size_t held = fill(sender, size, 0);
    EXPECT_EQ(held, count_at_limit(size));
    const std::size_t full = resident_bytes(daemon_.pid());
    std::cout << held << " messages; empty " << empty / 1024 << " KiB, full " << full / 1024
              << "\n";
    if (!sanitized) {
        EXPECT_LE(full - std::min(full, empty), full_max);
    }
    expect_held_back(sender);

    const std::size_t all = 2 * held;
    std::thread rest([&] {
        for (std::size_t i = held; i < all; ++i) sender.send(message_of(size, i), patience);
        sender.close();
    });
    for (std::size_t i = 0; i < all; ++i) {
        ASSERT_EQ(receiver.recv(patience), message_of(size, i)) << "message " << i;
    }
    rest.join();
    EXPECT_THROW((void)receiver.recv(patience), penstock::EndOfFile);
}

TEST_P(PipeLimit, AReaderThatIsStoppedWhileItReceivesHoldsItsSenderBackToo)
{
    const std::size_t size = GetParam();
    const SharedArray<std::atomic<std::size_t>> received(1);
    const pid_t child = in_child([&] {
        ::alarm(child_lifetime_s);
        Client client = connect();
        Receiver receiver = client.pipe_receiver<Bytes>("p", patience);
        std::error_code ec;
        for (std::size_t i = 0;; received[0] = ++i) {
            const auto message = receiver.recv(patience, ec);
            if (ec) return ec == errc::eof ? 0 : 1;
            if (*message != message_of(size, i)) return 2;
        }
    });
    Client client = connect();
    Sender sender = client.pipe_sender<Bytes>("p", patience);
    const std::size_t empty = resident_bytes(daemon_.pid());
    std::size_t sent = 0;
    for (; sent < 300 || received[0] < 200; ++sent) sender.send(message_of(size, sent), patience);
    ASSERT_EQ(::kill(child, SIGSTOP), 0);
    sent = fill(sender, size, sent);
    const std::size_t full = resident_bytes(daemon_.pid());
    std::cout << sent << " messages, " << received[0] << " received; empty " << empty / 1024
              << " KiB, full " << full / 1024 << "\n";
    // It may have been handed a pipe full, and so much again lies behind that.
    if (!sanitized) {
        EXPECT_LE(full - std::min(full, empty), 2 * full_max);
    }
    expect_held_back(sender);

    ASSERT_EQ(::kill(child, SIGCONT), 0);
    for (std::size_t i = 0; i < 300; ++i) sender.send(message_of(size, sent++), patience);
    sender.close();
    EXPECT_EQ(exit_code_of(child), 0);
    EXPECT_EQ(received[0], sent);
}

INSTANTIATE_TEST_SUITE_P(, PipeLimit, ::testing::Values(0, 1, 64 * 1024), [](const auto& size) {
    return std::to_string(size.param) + "Bytes";
});

}  // namespace
