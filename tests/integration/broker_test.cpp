// penstock::Broker: a broker inside this process.
#include "tests/support/broker_over.hpp"
#include "tests/support/pipes.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/broker.hpp>
#include <penstock/penstock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <pthread.h>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using penstock::Broker;
using penstock::BrokerError;
using penstock::errc;
using penstock::support::descriptors;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::patience;
using penstock::support::TemporaryFolder;

namespace {

std::string socket_of(const Broker& broker)
{
    return broker.address().substr(std::string("unix:").size());
}

std::string why_not(std::initializer_list<penstock::BrokerOption> options)
{
    try {
        const Broker broker(options);
    } catch (const BrokerError& error) {
        return error.what();
    }
    return "it runs";
}

volatile std::sig_atomic_t handled = 0;

TEST(EmbeddedBroker, ServesTheClientsOfItsProcessAndOfOthers)
{
    const Broker broker;
    const pid_t child = in_child([&broker] {
        ::alarm(60);
        penstock::Client client = penstock::connect(broker.address());
        client.queue<int>("q").put(42);
        return 0;
    });
    penstock::Client client = penstock::connect(broker.address(), {.timeout = patience});
    EXPECT_EQ(client.queue<int>("q").get(patience), 42);
    EXPECT_EQ(exit_code_of(child), 0);
}

TEST(EmbeddedBroker, IsPrivateAndLeavesNothingBehind)
{
    std::filesystem::path socket;
    {
        const Broker one;
        const Broker other;
        EXPECT_NE(one.address(), other.address());
        socket = socket_of(one);
        struct stat status {};
        ASSERT_EQ(::stat(socket.parent_path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0700U);
        EXPECT_TRUE(std::filesystem::exists(socket));
    }
    EXPECT_FALSE(std::filesystem::exists(socket.parent_path()));
}

TEST(EmbeddedBroker, TakesTheOptionsOfPenstockd)
{
    const TemporaryFolder folder;
    const std::string key_file = folder.write_key();
    const Broker broker({{"listen", "tcp:127.0.0.1:0"},
                         {"listen", "unix:" + folder.path() + "/s"},
                         {"key-file", key_file},
                         {"memory-max", "4MiB"}});
    ASSERT_EQ(broker.addresses().size(), 2U);
    EXPECT_EQ(broker.address(), broker.addresses().front());
    EXPECT_EQ(broker.address().substr(0, 14), "tcp:127.0.0.1:");
    EXPECT_NE(broker.address(), "tcp:127.0.0.1:0");
    penstock::Client client =
        penstock::connect(broker.address(), {.timeout = patience, .key_file = key_file});
    auto queue = client.queue<std::string>("q");
    const std::string block(std::size_t{1024} * 1024, 'x');
    std::error_code ec;
    int put = 0;
    while (queue.put(block, 0ms, ec)) ++put;
    EXPECT_EQ(ec, errc::no_memory);
    EXPECT_EQ(put, 3);
}

TEST(EmbeddedBroker, BadOptionsAreErrorsThatSayWhichAndWhy)
{
    EXPECT_EQ(why_not({{"memory-mux", "1"}}),
              "penstock::Broker: there is no option 'memory-mux'; did you mean 'memory-max'?");
    EXPECT_EQ(why_not({{"memory-max", "much"}}).substr(0, 29), "penstock::Broker: memory-max:");
    EXPECT_EQ(why_not({{"memory-max", "4MiB"}, {"memory-max", "4MiB"}}),
              "penstock::Broker: memory-max was given before; take one away");
    EXPECT_NE(why_not({{"monitor", "127.0.0.1:0"}}).find("serves no monitor; run penstockd"),
              std::string::npos);
    EXPECT_NE(why_not({{"listen", "tcp:127.0.0.1:0"}}).find("asks for a key"), std::string::npos);
    const TemporaryFolder folder;
    const std::string address = "unix:" + folder.path() + "/s";
    const Broker first({{"listen", address}});
    EXPECT_NE(why_not({{"listen", address}}), "it runs");
}

TEST(EmbeddedBroker, StopEndsItsClientsAndMayBeCalledAgain)
{
    Broker broker;
    penstock::Client client = penstock::connect(broker.address());
    auto queue = client.queue<int>("q");
    std::error_code ec;
    std::thread waits([&] { (void)queue.get(patience, ec); });
    std::this_thread::sleep_for(20ms);
    broker.stop();
    waits.join();
    EXPECT_EQ(ec, errc::disconnected);
    EXPECT_EQ(broker.address(), "");
    broker.stop();
    broker = Broker();
    EXPECT_EQ(penstock::connect(broker.address()).queue<int>("q").qsize(), 0U);
    Broker moved = std::move(broker);
    EXPECT_EQ(penstock::connect(moved.address()).queue<int>("q").qsize(), 0U);
}

TEST(EmbeddedBroker, SignalsAndLimitsAreTheProgramsOwn)
{
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit lowered{std::min<rlim_t>(before.rlim_cur, 512), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
    handled = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { handled = handled + 1; };
    struct sigaction old {};
    ASSERT_EQ(::sigaction(SIGTERM, &action, &old), 0);
    const Broker broker;
    penstock::Client client = penstock::connect(broker.address());
    // To the process, with this thread's blocked: no thread of the broker's takes it.
    sigset_t term;
    sigset_t mask;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &term, &mask), 0);
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    EXPECT_EQ(client.queue<int>("q").qsize(), 0U) << "the broker serves on";
    EXPECT_EQ(handled, 0);
    ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &mask, nullptr), 0);
    EXPECT_EQ(handled, 1);
    ::sigaction(SIGTERM, &old, nullptr);
    rlimit now{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
    EXPECT_EQ(now.rlim_cur, lowered.rlim_cur);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

/// Asio has one pipe for the signals of a process: it must not be among the broker's descriptors.
TEST(EmbeddedBroker, SignalsOfTheProgramsAsioArriveThere)
{
    const Broker broker;
    boost::asio::io_context context;
    boost::asio::signal_set signals(context, SIGUSR1);
    int got = 0;
    signals.async_wait([&got](boost::system::error_code, int number) { got = number; });
    ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
    context.run_for(patience);
    EXPECT_EQ(got, SIGUSR1);
}

TEST(EmbeddedBroker, InAChildThereIsNone)
{
    Broker broker;
    const pid_t child = in_child([&broker] {
        ::alarm(60);
        broker.stop();
        return broker.address().empty() ? 0 : 1;
    });
    EXPECT_EQ(exit_code_of(child), 0);
    EXPECT_TRUE(std::filesystem::exists(socket_of(broker)));
    EXPECT_EQ(penstock::connect(broker.address()).queue<int>("q").qsize(), 0U);
}

TEST(EmbeddedBroker, AChildThatLivesOnDoesNotHideItsDeath)
{
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "TSan takes the descriptors of all threads for those of one table";
#endif
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t parent = in_child([&ends] {
        ::alarm(60);
        const Broker broker;
        penstock::Client client = penstock::connect(broker.address());
        client.queue<int>("q").put(1);
        const pid_t survivor = ::fork();  // has whatever it inherited
        if (survivor == 0) {
            ::alarm(60);
            while (true) ::pause();
        }
        const std::string text = std::to_string(survivor) + ' ' + broker.address();
        if (::write(ends[1], text.data(), text.size()) < 0) return 1;
        while (true) ::pause();
    });
    ::close(ends[1]);
    std::array<char, 200> text{};
    ASSERT_GT(::read(ends[0], text.data(), text.size() - 1), 0);
    ::close(ends[0]);
    char* address = nullptr;
    const auto survivor = static_cast<pid_t>(std::strtol(text.data(), &address, 10));
    {
        penstock::Client client = penstock::connect(address + 1, {.timeout = patience});
        auto queue = client.queue<int>("q");
        EXPECT_EQ(queue.get(patience), 1);
        std::error_code ec;
        std::thread waits([&] { (void)queue.get(patience, ec); });
        std::this_thread::sleep_for(20ms);
        ASSERT_EQ(::kill(parent, SIGKILL), 0);
        waits.join();
        EXPECT_EQ(ec, errc::disconnected);
        // Its listener goes a moment after its connections: until then one is let in and cut.
        for (int i = 0; i < 1000 && ec == errc::disconnected; ++i) {
            (void)penstock::connect(address + 1, {.timeout = patience}, ec);
        }
        EXPECT_EQ(ec, std::errc::connection_refused) << ec.message();
    }
    EXPECT_EQ(exit_code_of(parent), -SIGKILL);
    ASSERT_EQ(::kill(survivor, SIGKILL), 0);
    const std::filesystem::path socket = std::string(address + 1).substr(5);
    std::filesystem::remove_all(socket.parent_path());
}

TEST(EmbeddedBroker, BrokersThatCameAndWentLeaveNoDescriptor)
{
    const auto round = [] {
        const Broker broker;
        penstock::Client client = penstock::connect(broker.address());
        client.queue<int>("q").put(1);
    };
    round();
    const std::size_t before = descriptors();
    for (int i = 0; i < 50; ++i) round();
    EXPECT_EQ(descriptors(), before);
}

}  // namespace
