// Cancelling an asynchronous get, get_many or get_any at each stage of its life loses no item and
// doubles none.
#include "tests/support/async_over.hpp"
#include "tests/support/seed.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/get_any.hpp>
#include <penstock/async/queue.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using boost::system::error_code;
using penstock::support::AsyncOver;
using penstock::support::Over;
using penstock::support::patience;
using penstock::support::run_until;

namespace asio = boost::asio;
namespace async = penstock::async;

namespace {

constexpr int runs = 10'000;

/// How far the get has come when it is cancelled.
enum class Stage {
    not_sent,   // its request is not written
    in_flight,  // it is; whether the broker has read it nobody knows
    waiting,    // the broker has it, and no item for it
    assigned,   // the broker has given it an item, which is not read yet
    arrived,    // the item is here, and its handler does not run yet
};
constexpr std::array stages = {
    Stage::not_sent, Stage::in_flight, Stage::waiting, Stage::assigned, Stage::arrived};

enum class Kind { get, get_many, get_any };
constexpr std::array kinds = {Kind::get, Kind::get_many, Kind::get_any};

/// One thread drives everything, so that a get goes exactly as far as it is told to.
class AsyncCancel : public AsyncOver, public ::testing::TestWithParam<Over> {
protected:
    AsyncCancel() : AsyncOver(GetParam())
    {
        client_.async_connect(daemon_->address(), options(), [this](error_code failed) {
            EXPECT_FALSE(failed) << failed.message();
            client_.async_queue<int>("q", {}, [this](error_code ec, async::Queue<int> queue) {
                EXPECT_FALSE(ec) << ec.message();
                queue_ = std::move(queue);
            });
            client_.async_queue<int>("other", {}, [this](error_code ec, async::Queue<int> other) {
                EXPECT_FALSE(ec) << ec.message();
                other_ = std::move(other);
                opened_ = true;
            });
        });
        run_until(context_, [this] { return opened_; });
    }

    struct Get {
        Kind kind = Kind::get;
        asio::cancellation_signal signal;
        std::optional<error_code> ec;
    };

    void end(Get& get, error_code ec, const std::vector<int>& values)
    {
        EXPECT_FALSE(get.ec) << "completed twice";
        get.ec = ec;
        EXPECT_EQ(values.empty(), bool(ec));
        for (const int value : values) ++got_[value];
    }

    void start(Get& get)
    {
        const auto token = [&](auto handler) {
            return asio::bind_cancellation_slot(get.signal.slot(),
                                                asio::bind_executor(handlers_, std::move(handler)));
        };
        const auto values = [](error_code ec, int value) {
            return ec ? std::vector<int>() : std::vector<int>{value};
        };
        switch (get.kind) {
            case Kind::get:
                return queue_.async_get(patience, token([=, this, &get](error_code ec, int value) {
                                            end(get, ec, values(ec, value));
                                        }));
            case Kind::get_many:
                return queue_.async_get_many(
                    3, patience, token([this, &get](error_code ec, const std::vector<int>& all) {
                        end(get, ec, all);
                    }));
            case Kind::get_any:
                return async::async_get_any<int>(
                    {other_, queue_},
                    patience,
                    token([=, this, &get](error_code ec, const penstock::AnyItem<int>& any) {
                        end(get, ec, values(ec, any.item.value));
                    }));
        }
    }

    void put() { producer_queue_.put(next_++); }

    /// What returned is in the queue again; then nothing is.
    void drain()
    {
        wait_for_broker();
        while (const auto value = producer_queue_.try_get()) ++got_[*value];
    }

    /// The broker has answered something that was asked behind the get.
    void wait_for_broker()
    {
        bool answered = false;
        client_.async_ping(patience, [&](error_code ec, penstock::Duration) {
            EXPECT_FALSE(ec) << ec.message();
            answered = true;
        });
        run_until(context_, [&] { return answered; });
    }

    void bring_to(Stage stage, Get& get)
    {
        start(get);
        switch (stage) {
            case Stage::not_sent:
                return;
            case Stage::in_flight:
                context_.restart();
                context_.poll();
                return;
            case Stage::waiting:
                return wait_for_broker();
            case Stage::assigned:
                wait_for_broker();
                return put();
            case Stage::arrived:
                wait_for_broker();
                put();
                // Its answer comes before that of a later request.
                return wait_for_broker();
        }
    }

    void finish(Get& get)
    {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!get.ec) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline);
            context_.restart();
            context_.run_one_for(1ms);
            handlers_.restart();
            handlers_.poll();
        }
    }

    asio::io_context context_;
    asio::io_context handlers_;
    async::Client client_{context_.get_executor()};
    async::Queue<int> queue_;
    async::Queue<int> other_;
    bool opened_ = false;
    penstock::Client producer_ = connect();
    penstock::Queue<int> producer_queue_ = producer_.queue<int>("q");
    int next_ = 0;
    std::map<int, int> got_;
};

TEST_P(AsyncCancel, NothingIsLostOrDoubledAtAnyStage)
{
    const auto seed = penstock::support::printed_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::minstd_rand random(static_cast<std::minstd_rand::result_type>(seed));
    std::map<std::tuple<Kind, Stage, bool>, int> outcomes;  // with an item or without
    for (int i = 0; i < runs && !HasFailure(); ++i) {
        const Stage stage = stages[random() % stages.size()];
        const bool total = random() % 2 == 0;
        // So that some find an item at once, or several.
        const bool waits = random() % 2 == 0;
        if (waits) drain();
        for (auto left = waits ? 3 : random() % 3; left < 3; ++left) put();
        Get get;
        get.kind = kinds[random() % kinds.size()];
        bring_to(stage, get);
        get.signal.emit(total ? asio::cancellation_type::total : asio::cancellation_type::terminal);
        finish(get);
        if (get.ec) {
            ASSERT_TRUE(*get.ec == asio::error::operation_aborted || !*get.ec) << get.ec->message();
            ++outcomes[{get.kind, stage, !*get.ec}];
        }
        if (waits && stage <= Stage::waiting) {
            EXPECT_TRUE(*get.ec) << "there was nothing to get";
        }
        if (total && stage >= Stage::assigned) {
            EXPECT_FALSE(*get.ec) << "total cancellation comes too late";
        }
        if (!total) {
            EXPECT_TRUE(*get.ec) << "terminal cancellation never does";
        }
    }
    wait_for_broker();  // what it was told before has arrived
    // What came back is there, in its place; and no more than that.
    const int taken = static_cast<int>(got_.size());
    int last = -1;
    for (int left = next_ - taken; left > 0; --left) {
        const int value = producer_queue_.get(patience);
        EXPECT_GT(value, last) << "what returns keeps its place";
        last = value;
        ++got_[value];
    }
    EXPECT_FALSE(producer_queue_.try_get());
    EXPECT_EQ(static_cast<int>(got_.size()), next_);
    for (const auto& [value, times] : got_) ASSERT_EQ(times, 1) << value;
    for (const Kind kind : kinds) {
        for (const Stage stage : stages) EXPECT_TRUE(outcomes.contains({kind, stage, false}));
        EXPECT_TRUE(outcomes.contains({kind, Stage::arrived, true}));
    }
}

INSTANTIATE_TEST_SUITE_P(,
                         AsyncCancel,
                         ::testing::Values(Over::unix_socket, Over::tcp),
                         [](const auto& over) {
                             return over.param == Over::tcp ? "Tcp" : "UnixSocket";
                         });

}  // namespace
