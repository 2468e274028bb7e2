// The child of a fork: its parent's clients are of no use to it, and it disturbs nobody.
#include "tests/support/broker_over.hpp"

#include <penstock/get_any.hpp>
#include <penstock/penstock.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using penstock::errc;
using penstock::support::BrokerOver;
using penstock::support::exit_code_of;
using penstock::support::in_child;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::TemporaryFolder;

namespace {

/// Of a child that hangs, or that a test which failed has left.
constexpr unsigned child_lifetime_s = 60;
constexpr int forks_beside_threads = 25;

using Queue = penstock::JoinableQueue<std::string>;

/// All that a client can be asked; the number of the first that is not errc::forked, from 1 on.
int first_not_forked(penstock::Client& client, Queue& queue, const penstock::Item<std::string>& got)
{
    using penstock::forever;
    const std::vector<std::string> two = {"a", "b"};
    const std::array<std::function<void(std::error_code&)>, 19> calls = {
        [&](auto& ec) { (void)queue.put("x", forever, ec); },
        [&](auto& ec) { (void)queue.get(forever, ec); },
        [&](auto& ec) { ec = queue.put_many(two).codes.back(); },
        [&](auto& ec) { (void)queue.get_many(2, forever, ec); },
        [&](auto& ec) { queue.done(got, ec); },
        [&](auto& ec) { queue.task_done(ec); },
        [&](auto& ec) { (void)queue.join(forever, ec); },
        [&](auto& ec) { queue.shutdown(false, ec); },
        [&](auto& ec) { (void)client.queue<std::string>("q", {}, ec); },
        [&](auto& ec) { (void)client.ping(1s, ec); },
        [&](auto& ec) { client.flush(ec); },
        [&](auto& ec) { (void)client.admin().list(ec); },
        [&](auto& ec) { (void)client.admin().remove("q", ec); },
        [&](auto& ec) { client.admin().pause("q", ec); },
        [&](auto& ec) { (void)client.admin().move("q", "r", 1, ec); },
        [&](auto& ec) { client.admin().kick(1, ec); },
        [&](auto& ec) {
            try {
                (void)queue.qsize();
            } catch (const penstock::Error& error) {
                ec = error.code();
            }
        },
        [&](auto& ec) {
            try {
                (void)queue.try_get();
            } catch (const penstock::Error& error) {
                ec = error.code();
            }
        },
        [&](auto& ec) {
            try {
                (void)penstock::get_any<std::string>({queue}, 1s);
            } catch (const penstock::Error& error) {
                ec = error.code();
            }
        },
    };
    for (std::size_t i = 0; i < calls.size(); ++i) {
        std::error_code ec;
        calls[i](ec);
        if (ec != errc::forked) return static_cast<int>(i) + 1;
    }
    return 0;
}

class Fork : public ::testing::TestWithParam<Over>, protected BrokerOver {
protected:
    Fork() : BrokerOver(GetParam()) {}

    void TearDown() override { EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), 0) << "only the broker"; }

    /// What a child can do that has connected for itself.
    [[nodiscard]] int use_a_client_of_its_own() const
    {
        auto client = connect();
        auto queue = client.queue<std::string>("children");
        queue.put("from a child");
        return queue.get(patience) == "from a child" ? 0 : 50;
    }
};

TEST_P(Fork, EachCallOfTheChildIsForkedAndTheParentNoticesNothing)
{
    auto client = connect();
    auto queue = client.joinable_queue<std::string>("q");
    queue.put("first");
    queue.put("second");
    const auto got = queue.get_item(patience);
    const pid_t child = in_child([&] {
        ::alarm(child_lifetime_s);
        const int wrong = first_not_forked(client, queue, got);
        queue.close();
        client.close();
        return wrong != 0 ? wrong : use_a_client_of_its_own();
    });
    EXPECT_EQ(exit_code_of(child), 0);
    // The child has not acknowledged for us.
    auto other = connect();
    EXPECT_EQ(other.admin().stat("q").assigned, 1u);
    EXPECT_EQ(queue.get(patience), "second");
    EXPECT_EQ(queue.qsize(), 0u);
    queue.task_done();
    queue.task_done();
    EXPECT_TRUE(std::system("true") == 0);
    EXPECT_NO_THROW(queue.join(patience));
}

TEST_P(Fork, AChildThatEndsAsUsualDestroysItsParentsClientsWithoutAWord)
{
    static std::optional<penstock::Client> client;
    static std::optional<Queue> queue;
    client.emplace(connect());
    queue.emplace(client->joinable_queue<std::string>("q"));
    const pid_t child = in_child([]() -> int {
        ::alarm(child_lifetime_s);
        std::exit(0);
    });
    EXPECT_EQ(exit_code_of(child), 0);
    const pid_t second = in_child([&] {
        ::alarm(child_lifetime_s);
        queue.reset();
        client.reset();
        return use_a_client_of_its_own();
    });
    EXPECT_EQ(exit_code_of(second), 0);
    queue->put("still there");
    EXPECT_EQ(queue->get(patience), "still there");
    queue.reset();
    client.reset();
}

TEST_P(Fork, ChildrenOfAChildHaveNeitherClient)
{
    auto client = connect();
    auto queue = client.joinable_queue<std::string>("q");
    queue.put("item");
    const auto got = queue.get_item(patience);
    const pid_t child = in_child([&] {
        ::alarm(child_lifetime_s);
        auto own = connect();
        auto own_queue = own.joinable_queue<std::string>("q");
        const pid_t grandchild = in_child([&] {
            ::alarm(child_lifetime_s);
            if (const int wrong = first_not_forked(client, queue, got)) return wrong;
            return first_not_forked(own, own_queue, got);
        });
        const int code = exit_code_of(grandchild);
        own_queue.put("on it goes");
        return code;
    });
    EXPECT_EQ(exit_code_of(child), 0);
    EXPECT_EQ(queue.get(patience), "on it goes");
}

TEST_P(Fork, WhatOtherThreadsWereDoingDoesNotMatterToTheChild)
{
#ifdef __SANITIZE_ADDRESS__
    // Its allocator's locks stay locked in a child when another thread has one: the child hangs in
    // operator new, one run in some dozens. The system's allocator, and TSan's, see to that.
    GTEST_SKIP() << "with gcc 12's ASan no child of a process with busy threads can allocate";
#endif
    auto client = connect();
    auto queue = client.joinable_queue<std::string>("q");
    queue.put("item");
    const auto got = queue.get_item(patience);
    auto shared = std::make_unique<Queue>(client.joinable_queue<std::string>("busy"));
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    threads.emplace_back([&] { (void)client.queue<std::string>("never").get(); });
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            while (!stop) {
                shared->put("round");
                if (shared->get(patience) != "round") ++wrong;
                shared->task_done();
            }
        });
    }
    threads.emplace_back([&] {
        while (!stop) (void)connect().queue<std::string>("q");
    });
    for (int i = 0; i < forks_beside_threads; ++i) {
        const pid_t child = in_child([&] {
            ::alarm(child_lifetime_s);
            const int code = first_not_forked(client, queue, got);
            shared.reset();
            return code != 0 ? code : use_a_client_of_its_own();
        });
        ASSERT_EQ(exit_code_of(child), 0);
    }
    stop = true;
    client.queue<std::string>("never").put("now");
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST_P(Fork, TheBrokerSeesAParentsDeathThoughItsChildLivesOn)
{
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const pid_t parent = in_child([&] {
        auto client = connect();
        auto queue = client.queue<std::string>("q");
        if (queue.get(patience) != "item") return 1;
        const pid_t child = ::fork();
        if (child == 0) {
            ::alarm(child_lifetime_s);
            while (true) ::pause();
        }
        (void)!::write(pipe[1], &child, sizeof(child));
        ::pause();
        return 2;
    });
    auto client = connect();
    auto queue = client.queue<std::string>("q");
    queue.put("item");
    pid_t child = 0;
    ASSERT_EQ(::read(pipe[0], &child, sizeof(child)), static_cast<ssize_t>(sizeof(child)));
    kill(parent);
    const auto again = queue.get_item(patience);
    EXPECT_EQ(again.value, "item");
    EXPECT_EQ(again.attempts, 2);
    EXPECT_EQ(::kill(child, 0), 0) << "the child lives";
    ::kill(child, SIGKILL);
    for (const int end : pipe) ::close(end);
}

// _Fork() calls no handlers; the memory that the kernel wipes is all that tells.
TEST_P(Fork, AChildInWhichNoHandlerRanKnowsItAsWell)
{
    std::optional<penstock::Client> client = connect();
    std::optional<Queue> queue = client->joinable_queue<std::string>("q");
    queue->put("item");
    const auto got = queue->get_item(patience);
    const pid_t child = ::_Fork();
    if (child == 0) {
        ::alarm(child_lifetime_s);
        const int code = first_not_forked(*client, *queue, got);
        queue.reset();
        client.reset();
        ::_exit(code != 0 ? code : use_a_client_of_its_own());
    }
    EXPECT_EQ(exit_code_of(child), 0);
    queue->put("still there");
    EXPECT_EQ(queue->get(patience), "still there");
}

INSTANTIATE_TEST_SUITE_P(,
                         Fork,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

/// Listens, and says nothing.
class SilentListener {
public:
    SilentListener() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
        EXPECT_EQ(::listen(fd_, 1), 0);
    }
    SilentListener(const SilentListener&) = delete;
    SilentListener& operator=(const SilentListener&) = delete;
    ~SilentListener() { ::close(fd_); }
    [[nodiscard]] std::string path() const { return folder_.path() + "/s"; }
    [[nodiscard]] int accept() const { return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC); }

private:
    const TemporaryFolder folder_;
    int fd_;
};

TEST(ForkWhileConnecting, TheChildDoesNotKeepTheConnection)
{
    const SilentListener listener;
    std::error_code ec;
    std::thread connecting(
        [&] { (void)penstock::connect("unix:" + listener.path(), {.timeout = 1s}, ec); });
    const int accepted = listener.accept();
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(child_lifetime_s);
        while (true) ::pause();
    }
    connecting.join();
    EXPECT_EQ(ec, errc::timed_out);
    timeval limit{.tv_sec = 20, .tv_usec = 0};
    ASSERT_EQ(::setsockopt(accepted, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    char byte = 0;
    EXPECT_EQ(::read(accepted, &byte, 1), 0) << "its end";
    ::kill(child, SIGKILL);
    (void)exit_code_of(child);
    ::close(accepted);
}

}  // namespace
