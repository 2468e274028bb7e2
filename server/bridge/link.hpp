// Link: the bridge's session with the broker. Reads again and again what the browsers need, and
// connects anew when the broker was away.
#pragma once

#include "server/bridge/limits.hpp"
#include "server/bridge/mirror.hpp"

#include <penstock/async/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace penstock::bridge {

namespace asio = boost::asio;

/// Where the broker is, and who we are there.
struct BrokerPlace {
    std::string address;
    std::string key_file;
    /// Instead of an address: gives a socket that is connected to the broker, -1 if there is none.
    /// Asked again for each try.
    std::function<int()> open_socket{};
    std::string name = "monitor";
};

struct LinkCallbacks {
    std::function<void(Reading)> reading;
    /// Why there is no connection, in words.
    std::function<void(std::string)> away;
    std::function<void()> connected;
};

/// All runs on the executor, one at a time. Held by a shared pointer while it runs.
class Link : public std::enable_shared_from_this<Link> {
public:
    Link(asio::any_io_executor executor, BrokerPlace place, LinkCallbacks callbacks);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void start();
    /// Nothing is called back any more.
    void stop();
    /// How often to read, and whether rows are needed: else the figures are enough.
    void pace(milliseconds interval, bool rows);
    /// Reads now, with rows once.
    void read_now();
    /// Null while the broker is away.
    [[nodiscard]] async::Client* client() { return connected_ ? &*client_ : nullptr; }

private:
    asio::awaitable<void> run();
    asio::awaitable<std::string> serve();
    asio::awaitable<void> connect(boost::system::error_code& ec);
    asio::awaitable<void> read(Reading& reading, boost::system::error_code& ec);
    asio::awaitable<void> read_rows(Reading& reading, boost::system::error_code& ec);
    asio::awaitable<void> wait_for_turn(TimePoint began);
    void forget_versions();
    [[nodiscard]] std::string text_of(const boost::system::error_code& ec) const;
    [[nodiscard]] std::string where() const;
    void watch_out();

    asio::any_io_executor executor_;
    BrokerPlace place_;
    LinkCallbacks callbacks_;
    asio::steady_timer timer_;
    asio::steady_timer watchdog_;
    std::minstd_rand jitter_{std::random_device()()};
    std::optional<async::Client> client_;
    std::string cut_text_;
    bool connected_ = false;
    bool stopped_ = false;
    bool rows_ = false;
    bool now_ = false;
    milliseconds interval_ = tick_default;
    std::optional<std::array<std::byte, 16>> boot_;
    std::uint64_t queues_since_ = 0;
    std::uint64_t pipes_since_ = 0;
    std::uint64_t connections_since_ = 0;
    std::uint64_t events_since_ = 0;
};

}  // namespace penstock::bridge
