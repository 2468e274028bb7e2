// Dialler: makes the connection that a session needs, one address after the other.
#pragma once

#include "client/src/io/dial.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>

namespace penstock::async::detail {

namespace asio = boost::asio;

/// All runs on the executor, which must not run two of its handlers at once.
class Dialler : public std::enable_shared_from_this<Dialler> {
public:
    using Done = std::function<void(io::Dialled)>;

    Dialler(const asio::any_io_executor& executor,
            base::Endpoint endpoint,
            base::TimePoint deadline);

    /// On a Unix socket the other side must be a process of this user, of root, or of `uid`. `done`
    /// is called once, later, unless it is given up before.
    void start(std::optional<std::uint32_t> uid, Done done);
    void give_up();

private:
    void try_unix();
    void resolve();
    void try_next();
    void connected(boost::system::error_code ec);
    void finish(io::Dialled dialled);

    const base::Endpoint endpoint_;
    const base::TimePoint deadline_;
    std::optional<std::uint32_t> uid_;
    Done done_;
    asio::ip::tcp::resolver resolver_;
    asio::ip::tcp::resolver::results_type found_;
    asio::ip::tcp::resolver::results_type::const_iterator next_;
    std::size_t left_ = 0;
    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;
    bool late_ = false;  // the address that is tried has had its time
    std::error_code last_error_;
};

}  // namespace penstock::async::detail
