// Opening the monitor's TCP socket.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace penstock::bridge {

/// "127.0.0.1:8700", "[::1]:8700".
[[nodiscard]] std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint);

/// `port_given`: no other will do. `insecure`: others may reach it. Throws std::runtime_error with
/// a text for the user.
[[nodiscard]] boost::asio::ip::tcp::acceptor listen(boost::asio::io_context& io,
                                                    const std::string& host,
                                                    std::uint16_t port,
                                                    bool port_given,
                                                    bool insecure);

/// A child of this process shall not have it.
void close_on_exec(int fd);

}  // namespace penstock::bridge
