#include "server/bridge/listen.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include <fcntl.h>
#include <stdexcept>

namespace penstock::bridge {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

[[noreturn]] void fail(const std::string& host, std::uint16_t port, const std::string& why)
{
    throw std::runtime_error("the monitor cannot listen on " + host + ":" + std::to_string(port) +
                             ": " + why);
}

tcp::endpoint resolved(asio::io_context& io, const std::string& host, std::uint16_t port)
{
    error_code ec;
    const asio::ip::address literal = asio::ip::make_address(host, ec);
    if (!ec) return {literal, port};
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(host, "", tcp::resolver::passive, ec);
    if (ec || found.empty()) fail(host, port, "there is no such host");
    return {found.begin()->endpoint().address(), port};
}

error_code try_listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint)
{
    error_code ec;
    error_code ignored;
    acceptor.close(ignored);
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) close_on_exec(acceptor.native_handle());
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
    return ec;
}

}  // namespace

std::string text_of(const tcp::endpoint& endpoint)
{
    const std::string address = endpoint.address().to_string();
    const std::string port = ":" + std::to_string(endpoint.port());
    return (endpoint.address().is_v6() ? "[" + address + "]" : address) + port;
}

tcp::acceptor listen(asio::io_context& io,
                     const std::string& host,
                     std::uint16_t port,
                     bool port_given,
                     bool insecure)
{
    tcp::endpoint endpoint = resolved(io, host, port);
    if (!insecure && !endpoint.address().is_loopback()) {
        fail(
            host,
            port,
            "others could reach it there, and nothing is encrypted; take 127.0.0.1 and `ssh -L` or "
            "a TLS proxy on this host, or say --insecure-monitor");
    }
    tcp::acceptor acceptor(io);
    error_code ec = try_listen(acceptor, endpoint);
    if (ec == asio::error::address_in_use && !port_given) {
        endpoint.port(0);
        ec = try_listen(acceptor, endpoint);
    }
    if (ec == asio::error::address_in_use) {
        fail(host, port, "something listens there already; choose another port with --monitor");
    }
    if (ec) fail(host, port, ec.message());
    return acceptor;
}

void close_on_exec(int fd)
{
    (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);  // it can't fail with a descriptor that is open
}

}  // namespace penstock::bridge
