// Peers of a Listener who are silent, slow, wrong or gone, and listeners like them: nobody else
// notices, and everything ends.
#include "tests/support/raw_peer.hpp"
#include "tests/support/temporary_folder.hpp"

#include <penstock/penstock.hpp>

#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using penstock::dial;
using penstock::errc;
using penstock::Listener;
using penstock::support::answer_to;
using penstock::support::framed;
using penstock::support::open_descriptors;
using penstock::support::RawPeer;
using penstock::support::TemporaryFolder;

namespace {

constexpr std::string_view the_key = "a key for these tests only";
constexpr auto patience = 30s;  // against hanging

using Pipe = penstock::Connection<std::string>;

class Peers : public ::testing::TestWithParam<bool> {
protected:
    [[nodiscard]] std::string address() const
    {
        return GetParam() ? "tcp:127.0.0.1:0" : "unix:" + folder_.path() + "/s";
    }
    [[nodiscard]] Listener listen(penstock::ListenerOptions options = {}) const
    {
        options.key = the_key;
        return Listener(address(), options);
    }

    /// An honest peer comes, and is served.
    static void pass_one(Listener& listener)
    {
        std::thread other([&] {
            Pipe pipe =
                dial<std::string>(listener.address(), {.timeout = patience, .key = the_key});
            pipe.send("honest");
        });
        EXPECT_EQ(listener.accept<std::string>(patience).recv(patience), "honest");
        other.join();
    }

    /// Drives the handshakes until so many have failed.
    static void fail(Listener& listener, std::uint64_t count)
    {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (listener.failures() < count && std::chrono::steady_clock::now() < until) {
            std::error_code ec;
            (void)listener.accept<std::string>(5ms, ec);
            EXPECT_EQ(ec, errc::timed_out);
        }
        EXPECT_EQ(listener.failures(), count);
    }

    TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Over, Peers, ::testing::Bool(), [](const auto& place) {
    return std::string(place.param ? "Tcp" : "Unix");
});

/// Each way to get it wrong.
const std::vector<std::function<void(RawPeer&)>> wrong = {
    [](RawPeer& peer) { peer.close(); },
    [](RawPeer& peer) { peer.say("hello"); },
    [](RawPeer& peer) { peer.say(""); },
    [](RawPeer& peer) { peer.write("GET / HTTP/1.1\r\n\r\n"); },
    [](RawPeer& peer) { peer.write("\xff\xff\xff\xff"); },
    [](RawPeer& peer) {
        peer.write(std::string(3, '\0'));
        peer.close();
    },
    [](RawPeer& peer) {
        peer.write(framed("#CHALLENGE#{sha256}" + std::string(40, 'x')) + framed("more"));
    },
};

TEST_P(Peers, OnesThatAreWrongAreCountedAndNobodyElseNotices)
{
    Listener listener = listen();
    std::uint64_t count = 0;
    for (const auto& be_wrong : wrong) {
        RawPeer peer(listener.address());
        be_wrong(peer);
        pass_one(listener);
        fail(listener, ++count);
        EXPECT_FALSE(listener.last_failure().empty());
    }
}

TEST_P(Peers, SilentOnesHoldNobodyUp)
{
    Listener listener = listen();
    std::vector<RawPeer> silent;
    for (int i = 0; i < 50; ++i) silent.emplace_back(listener.address());
    pass_one(listener);
    EXPECT_EQ(listener.failures(), 0u);
}

TEST_P(Peers, SilentOnesHaveADeadline)
{
    Listener listener = listen({.handshake_timeout = 50ms});
    const RawPeer peer(listener.address());
    fail(listener, 1);
    EXPECT_TRUE(peer.hear()->starts_with("#CHALLENGE#"));
    EXPECT_FALSE(peer.hear());
}

TEST_P(Peers, AByteNowAndThenBuysNoTime)
{
    Listener listener = listen({.handshake_timeout = 100ms});
    const RawPeer peer(listener.address());
    const std::string answer = framed(std::string(40, 'x'));
    std::error_code ec;
    for (std::size_t i = 0; i + 1 < answer.size() && listener.failures() == 0; ++i) {
        peer.write(answer.substr(i, 1));
        (void)listener.accept<std::string>(10ms, ec);
    }
    EXPECT_EQ(listener.failures(), 1u);
}

TEST_P(Peers, SlowOnesAreServedWhenTheyAreDone)
{
    Listener listener = listen();
    std::thread other([&] {
        const RawPeer peer(listener.address());
        const std::string answer = framed(answer_to(*peer.hear(), the_key));
        for (const char byte : answer) {
            peer.write(std::string(1, byte));
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_EQ(peer.hear(), "#WELCOME#");
        peer.say("#CHALLENGE#{sha256}" + std::string(40, 'x'));
        EXPECT_EQ(peer.hear(), answer_to("#CHALLENGE#{sha256}" + std::string(40, 'x'), the_key));
        // The last word and the first messages in one piece.
        peer.write(framed("#WELCOME#") + framed("first") + framed("second"));
        EXPECT_EQ(peer.hear(), "thanks");
    });
    Pipe pipe = listener.accept<std::string>(patience);
    EXPECT_EQ(pipe.recv(patience), "first");
    EXPECT_EQ(pipe.recv(patience), "second");
    pipe.send("thanks");
    other.join();
}

TEST_P(Peers, WhoAnswersWhileNobodyIsInAcceptIsNotTooLate)
{
    Listener listener = listen({.handshake_timeout = 50ms});
    const RawPeer peer(listener.address());
    std::error_code ec;
    (void)listener.accept<std::string>(10ms, ec);
    peer.say(answer_to(*peer.hear(), the_key));
    std::this_thread::sleep_for(100ms);
    (void)listener.accept<std::string>(0s, ec);
    EXPECT_EQ(peer.hear(), "#WELCOME#");
    EXPECT_EQ(listener.failures(), 0u);
}

TEST_P(Peers, TooManyAtOnceMakeTheOldestGo)
{
    Listener listener = listen({.handshakes_max = 4});
    std::vector<RawPeer> silent;
    std::error_code ec;
    for (int i = 0; i < 10; ++i) {
        silent.emplace_back(listener.address());
        (void)listener.accept<std::string>(1ms, ec);
    }
    fail(listener, 6);
    EXPECT_TRUE(silent[5].hear());
    EXPECT_FALSE(silent[5].hear());
    pass_one(listener);
}

TEST_P(Peers, ReflectionAndReplayAreRefused)
{
    Listener listener = listen();
    std::thread accepting([&] {
        std::error_code ec;
        (void)listener.accept<std::string>(patience, ec);
        EXPECT_EQ(ec, errc::closed);
    });
    const RawPeer first(listener.address());
    const std::string challenge = *first.hear();
    first.say(challenge);
    EXPECT_EQ(first.hear(), "#FAILURE#");

    const RawPeer second(listener.address());
    const std::string answer = answer_to(*second.hear(), the_key);
    const RawPeer third(listener.address());
    EXPECT_NE(*third.hear(), challenge);
    third.say(answer);
    EXPECT_EQ(third.hear(), "#FAILURE#");

    // Only who has answered is answered, and not with our own words.
    const RawPeer fourth(listener.address());
    const std::string own = *fourth.hear();
    fourth.say(answer_to(own, the_key));
    EXPECT_EQ(fourth.hear(), "#WELCOME#");
    fourth.say(own);
    EXPECT_EQ(fourth.hear(), "#FAILURE#");
    listener.close();
    accepting.join();
}

TEST_P(Peers, AnotherKeyIsRefusedOnBothSides)
{
    Listener listener = listen();
    std::thread other([&] {
        std::error_code ec;
        (void)dial<std::string>(listener.address(), {.timeout = patience, .key = "another"}, ec);
        EXPECT_EQ(ec, errc::refused);
        try {
            (void)dial<std::string>(listener.address(), {.timeout = patience, .key = "another"});
            ADD_FAILURE();
        } catch (const penstock::Error& error) {
            EXPECT_NE(std::string(error.what()).find("another key"), std::string::npos)
                << error.what();
        }
    });
    fail(listener, 2);
    other.join();
}

TEST_P(Peers, AKeyOnTheListenersSideAloneLetsNobodyIn)
{
    Listener listener = listen({.handshake_timeout = 100ms});
    Pipe pipe = dial<std::string>(listener.address());
    fail(listener, 1);
    EXPECT_TRUE(pipe.recv(patience).starts_with("#CHALLENGE#"));
    EXPECT_THROW((void)pipe.recv(patience), penstock::EndOfFile);
}

TEST_P(Peers, AKeyOnTheDiallersSideAloneEndsAtTheDeadline)
{
    Listener listener(address());
    try {
        (void)dial<std::string>(listener.address(), {.timeout = 100ms, .key = the_key});
        ADD_FAILURE();
    } catch (const penstock::Error& error) {
        EXPECT_EQ(error.code(), errc::timed_out);
        EXPECT_NE(std::string(error.what()).find("no key"), std::string::npos) << error.what();
    }
    // It was let in, since nothing was asked, and has gone.
    EXPECT_THROW((void)listener.accept<std::string>(patience).recv(patience), penstock::EndOfFile);
}

TEST_P(Peers, AListenerThatSaysSomethingElseIsRefusedAndOneThatClosesIsGone)
{
    Listener listener(address());
    std::thread other([&] {
        std::error_code ec;
        const penstock::DialOptions options{.timeout = patience, .key = the_key};
        (void)dial<std::string>(listener.address(), options, ec);
        EXPECT_EQ(ec, errc::refused);
        (void)dial<std::string>(listener.address(), options, ec);
        EXPECT_EQ(ec, errc::disconnected);
    });
    listener.accept<std::string>(patience).send("hello");
    listener.accept<std::string>(patience).close();
    other.join();
}

TEST_P(Peers, WaitIsReadyWhenAcceptReturnsAtOnceAndNotBefore)
{
    Listener listener = listen();
    const std::vector<std::size_t> none;
    EXPECT_EQ(penstock::wait({listener}, 0s), none);
    const RawPeer silent(listener.address());
    EXPECT_EQ(penstock::wait({listener}, 20ms), none);
    auto [ours, theirs] = penstock::pipe<std::string>();
    std::thread other([&] {
        dial<std::string>(listener.address(), {.timeout = patience, .key = the_key}).send("hello");
    });
    EXPECT_EQ(penstock::wait({ours, listener}, patience), (std::vector<std::size_t>{1}));
    std::error_code ec;
    EXPECT_EQ(listener.accept<std::string>(0s, ec).recv(patience), "hello");
    EXPECT_FALSE(ec);
    other.join();
    theirs.send("hello");
    EXPECT_EQ(penstock::wait({ours, listener}, patience), (std::vector<std::size_t>{0}));
    std::thread closing([&] {
        std::this_thread::sleep_for(20ms);
        listener.close();
    });
    (void)ours.recv();
    EXPECT_TRUE(penstock::wait({ours, listener}, patience, ec).empty());
    EXPECT_EQ(ec, errc::closed);
    closing.join();
    EXPECT_TRUE(penstock::wait({listener}, 0s, ec).empty());
    EXPECT_EQ(ec, errc::closed);
}

TEST_P(Peers, NobodyThereIsASystemsError)
{
    std::string where;
    {
        const Listener listener = listen();
        where = listener.address();
    }
    std::error_code ec;
    (void)dial<std::string>(where, {}, ec);
    EXPECT_EQ(ec.category(), std::system_category());
    EXPECT_TRUE(ec == std::errc::connection_refused || ec == std::errc::no_such_file_or_directory);
}

TEST_P(Peers, TwoThousandOfEachWrongKindLeaveNoDescriptor)
{
    constexpr int count = 2000;
    const auto before = open_descriptors();
    {
        Listener listener = listen({.handshakes_max = 16});
        std::uint64_t failed = 0;
        for (const auto& be_wrong : wrong) {
            for (int i = 0; i < count; ++i) {
                RawPeer peer(listener.address());
                be_wrong(peer);
                std::error_code ec;
                (void)listener.accept<std::string>(0s, ec);
            }
            failed += count;
            fail(listener, failed);
        }
        pass_one(listener);
        for (int i = 0; i < 20; ++i) {
            std::error_code ec;
            (void)dial<std::string>(
                listener.address(), {.timeout = 0s, .key = "another, and no time"}, ec);
            EXPECT_EQ(ec, errc::timed_out);
        }
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Peers, WithoutDescriptorsAcceptSaysSoAndGoesOnLater)
{
    Listener listener(address());
    Pipe pipe = dial<std::string>(listener.address());
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    const rlimit none{0, limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    std::error_code ec;
    (void)listener.accept<std::string>(patience, ec);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(ec, std::errc::too_many_files_open);
    pipe.send("hello");
    EXPECT_EQ(listener.accept<std::string>(patience).recv(patience), "hello");
}

}  // namespace
