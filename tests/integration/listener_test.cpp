// Listener and dial, and what becomes of the address.
#include "tests/support/daemon.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/penstock.hpp>

#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using penstock::dial;
using penstock::errc;
using penstock::Listener;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::open_descriptors;
using penstock::support::RawPeer;
using penstock::support::TemporaryFolder;

namespace {

constexpr std::string_view the_key = "a key for these tests only";
constexpr auto patience = 30s;  // against hanging

using Pipe = penstock::Connection<std::string>;

/// Where a test listens.
struct Place {
    const char* name;
    bool tcp;
    std::string_view key;
};

class Places : public ::testing::TestWithParam<Place> {
protected:
    [[nodiscard]] std::string address() const
    {
        return GetParam().tcp ? "tcp:127.0.0.1:0" : "unix:" + folder_.path() + "/s";
    }
    [[nodiscard]] Listener listen() const { return Listener(address(), {.key = GetParam().key}); }
    [[nodiscard]] Pipe dial_it(const Listener& listener) const
    {
        return dial<std::string>(listener.address(), {.timeout = patience, .key = GetParam().key});
    }

    TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Listener,
                         Places,
                         ::testing::Values(Place{"Unix", false, {}},
                                           Place{"UnixWithAKey", false, the_key},
                                           Place{"Tcp", true, {}},
                                           Place{"TcpWithAKey", true, the_key}),
                         [](const auto& place) { return std::string(place.param.name); });

TEST_P(Places, BothSidesSendAndReceive)
{
    Listener listener = listen();
    std::thread other([&] {
        Pipe pipe = dial_it(listener);
        pipe.send("from the one who dials");
        EXPECT_EQ(pipe.recv(patience), "from the listener");
    });
    Pipe pipe = listener.accept<std::string>(patience);
    EXPECT_EQ(pipe.recv(patience), "from the one who dials");
    pipe.send("from the listener");
    other.join();
    EXPECT_THROW((void)pipe.recv(patience), penstock::EndOfFile);
    EXPECT_EQ(listener.failures(), 0u);
}

TEST_P(Places, SixtyFourPeersAtOnceAreAllServed)
{
    constexpr int count = 64;
    Listener listener = listen();
    std::vector<std::thread> others;
    for (int i = 0; i < count; ++i) {
        others.emplace_back([&, i] {
            Pipe pipe = dial_it(listener);
            pipe.send(std::to_string(i));
            EXPECT_EQ(pipe.recv(patience), "to " + std::to_string(i));
        });
    }
    std::vector<Pipe> pipes;
    for (int i = 0; i < count; ++i) pipes.push_back(listener.accept<std::string>(patience));
    for (Pipe& pipe : pipes) pipe.send("to " + pipe.recv(patience));
    for (std::thread& other : others) other.join();
    EXPECT_EQ(listener.failures(), 0u);
}

TEST_P(Places, SeveralThreadsInAcceptShareThePeers)
{
    constexpr int count = 32;
    Listener listener = listen();
    std::atomic<int> accepted = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            std::error_code ec;
            while (true) {
                Pipe pipe = listener.accept<std::string>(patience, ec);
                if (ec) break;
                if (++accepted == count) listener.close();
            }
            EXPECT_EQ(ec, errc::closed);
        });
    }
    std::vector<Pipe> pipes;
    for (int i = 0; i < count; ++i) pipes.push_back(dial_it(listener));
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(accepted, count);
}

TEST_P(Places, AcceptEndsAtItsDeadlineAndWhenItIsClosed)
{
    Listener listener = listen();
    std::error_code ec;
    EXPECT_TRUE(listener.accept<std::string>(0s, ec).closed());
    EXPECT_EQ(ec, errc::timed_out);
    (void)listener.accept<std::string>(-1s, ec);
    EXPECT_EQ(ec, errc::timed_out);
    (void)listener.accept<std::string>(20ms, ec);
    EXPECT_EQ(ec, errc::timed_out);
    std::thread closer([&] {
        std::this_thread::sleep_for(20ms);
        listener.close();
    });
    (void)listener.accept<std::string>(penstock::forever, ec);
    EXPECT_EQ(ec, errc::closed);
    closer.join();
    EXPECT_TRUE(listener.closed());
    EXPECT_EQ(listener.fileno(), -1);
    EXPECT_THROW((void)listener.accept<std::string>(), penstock::Error);
}

TEST_P(Places, WhoIsThereIsReadyAtOnce)
{
    Listener listener = listen();
    std::atomic<bool> dialled = false;
    std::thread other([&] {
        Pipe pipe = dial_it(listener);
        dialled = true;
        pipe.send("hello");
        EXPECT_FALSE(pipe.recv(patience).empty());
    });
    // Tries without waiting, as a program with a loop of its own does.
    Pipe pipe;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (pipe.closed() && std::chrono::steady_clock::now() < until) {
        std::error_code ec;
        pipe = listener.accept<std::string>(0s, ec);
    }
    EXPECT_EQ(pipe.recv(patience), "hello");
    EXPECT_TRUE(dialled);
    pipe.send("hello, too");
    other.join();
}

TEST_P(Places, WhoHasComeIsDescribed)
{
    Listener listener = listen();
    EXPECT_TRUE(listener.last_accepted().address.empty());
    std::thread other([&] { EXPECT_THROW((void)dial_it(listener).recv(), penstock::EndOfFile); });
    listener.accept<std::string>(patience).close();
    other.join();
    const penstock::PeerInfo peer = listener.last_accepted();
    if (GetParam().tcp) {
        EXPECT_TRUE(peer.address.starts_with("tcp:127.0.0.1:")) << peer.address;
        EXPECT_FALSE(peer.uid);
    } else {
        EXPECT_EQ(peer.uid, ::geteuid());
        EXPECT_EQ(peer.pid, ::getpid());
    }
}

TEST_P(Places, DescriptorsAreClosedOnExecAndNoneIsLeft)
{
    const auto before = open_descriptors();
    for (int i = 0; i < 100; ++i) {
        Listener listener = listen();
        Pipe pipe;
        std::thread other([&] { pipe = dial_it(listener); });
        const Pipe accepted = listener.accept<std::string>(patience);
        other.join();
        for (const int fd : {listener.fileno(), pipe.fileno(), accepted.fileno()}) {
            EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
        }
        if (i % 2 == 0) listener.close();
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Places, TheChildOfAForkLeavesTheListenerToItsParent)
{
    Listener listener = listen();
    const pid_t child = in_child([&] {
        std::error_code ec;
        (void)listener.accept<std::string>(patience, ec);
        if (ec != errc::forked || !listener.closed()) return 1;
        listener = Listener();
        return 0;
    });
    EXPECT_EQ(exit_code_of(child), 0);
    std::thread other([&] { dial_it(listener).send("still there"); });
    EXPECT_EQ(listener.accept<std::string>(patience).recv(patience), "still there");
    other.join();
}

TEST_P(Places, AnAcceptedPipeGoesToAChild)
{
    Listener listener = listen();
    std::thread other([&] { EXPECT_EQ(dial_it(listener).recv(patience), "from the child"); });
    Pipe pipe = listener.accept<std::string>(patience);
    const pid_t child = in_child([&] {
        pipe.send("from the child");
        return 0;
    });
    pipe.close();
    EXPECT_EQ(exit_code_of(child), 0);
    other.join();
}

class Path : public ::testing::Test {
protected:
    [[nodiscard]] static std::error_code error_of(const std::string& address,
                                                  penstock::ListenerOptions options = {})
    {
        std::error_code ec;
        const Listener listener(address, options, ec);
        EXPECT_EQ(listener.closed(), static_cast<bool>(ec));
        return ec;
    }

    TemporaryFolder folder_;
    const std::string path_ = folder_.path() + "/s";
    const std::string address_ = "unix:" + path_;
};

TEST_F(Path, ALivingListenerKeepsItAndDoesNotEvenNotice)
{
    Listener first(address_);
    EXPECT_EQ(error_of(address_), std::errc::address_in_use);
    std::error_code ec;
    (void)first.accept<std::string>(10ms, ec);
    EXPECT_EQ(ec, errc::timed_out);
    EXPECT_EQ(first.failures(), 0u);
}

TEST_F(Path, ADeadListenersSocketIsReplaced)
{
    const pid_t child = in_child([&] {
        const Listener listener(address_);
        ::_exit(0);  // no destructor: as if it were killed
        return 1;
    });
    EXPECT_EQ(exit_code_of(child), 0);
    ASSERT_TRUE(std::filesystem::exists(path_));
    Listener listener(address_);
    std::thread other([&] { dial<std::string>(address_).send("hello"); });
    EXPECT_EQ(listener.accept<std::string>(patience).recv(patience), "hello");
    other.join();
}

TEST_F(Path, OfManyWhoWantItOneGetsIt)
{
    for (int round = 0; round < 20; ++round) {
        (void)exit_code_of(in_child([&] {
            const Listener listener(address_);
            ::_exit(0);
            return 1;
        }));
        std::vector<Listener> listeners(8);
        std::vector<std::thread> threads;
        for (Listener& listener : listeners) {
            threads.emplace_back([&] {
                std::error_code ec;
                listener = Listener(address_, {}, ec);
            });
        }
        for (std::thread& thread : threads) thread.join();
        int open = 0;
        for (const Listener& listener : listeners) open += listener.closed() ? 0 : 1;
        EXPECT_EQ(open, 1);
    }
}

TEST_F(Path, AFileThatIsNoSocketStays)
{
    std::ofstream(path_) << "precious";
    EXPECT_EQ(error_of(address_), std::errc::address_in_use);
    EXPECT_TRUE(std::filesystem::is_regular_file(path_));
}

TEST_F(Path, ItsFileGoesWithIt)
{
    Listener listener(address_);
    EXPECT_TRUE(std::filesystem::is_socket(path_));
    listener.close();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Path, AFileThatTookItsPlaceStays)
{
    Listener listener(address_);
    std::filesystem::remove(path_);
    std::ofstream(path_) << "another's";
    listener.close();
    EXPECT_TRUE(std::filesystem::is_regular_file(path_));
}

TEST_F(Path, ItsModeIsWhatWasAskedForWhateverTheUmask)
{
    const auto mode = [this](const Listener&) {
        struct stat status {};
        EXPECT_EQ(::stat(path_.c_str(), &status), 0);
        return status.st_mode & 0777;
    };
    const mode_t before = ::umask(0);
    EXPECT_EQ(mode(Listener(address_)), 0600u);
    ::umask(0077);
    EXPECT_EQ(mode(Listener(address_, {.mode = 0660})), 0660u);
    ::umask(before);
}

TEST_F(Path, WhatCannotBeMeantIsInvalid)
{
    const auto invalid = std::errc::invalid_argument;
    for (const char* address : {"", "unix:", "unix:relative", "tcp:host", "unix:///tmp/x"}) {
        EXPECT_EQ(error_of(address), invalid) << address;
        std::error_code ec;
        EXPECT_TRUE(dial<std::string>(address, {}, ec).closed());
        EXPECT_EQ(ec, invalid) << address;
    }
    EXPECT_EQ(error_of(address_, {.key = ""}), invalid);
    EXPECT_EQ(error_of(address_, {.key_file = "/dev/null", .key = "x"}), invalid);
    EXPECT_EQ(error_of(address_, {.handshake_timeout = 0s}), invalid);
    EXPECT_EQ(error_of(address_, {.handshakes_max = 0}), invalid);
    EXPECT_EQ(error_of("tcp:0.0.0.0:0"), invalid) << "no key";
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_FALSE(error_of("tcp:0.0.0.0:0", {.key = the_key}));
    EXPECT_EQ(error_of("unix:/nowhere/at/all"), std::errc::no_such_file_or_directory);
}

TEST_F(Path, AKeyFileIsReadAsABrokersIs)
{
    const std::string file = folder_.write_key();
    Listener listener(address_, {.key_file = file});
    std::thread other([&] { dial<std::string>(address_, {.key = the_key}).send("hello"); });
    EXPECT_EQ(listener.accept<std::string>(patience).recv(patience), "hello");
    other.join();
    std::filesystem::permissions(file, std::filesystem::perms(0644));
    EXPECT_EQ(error_of("tcp:127.0.0.1:0", {.key_file = file}), std::errc::invalid_argument);
}

}  // namespace
