#include "server/net/listener.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <chrono>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace penstock::net {

namespace {

/// Accepted in one turn, so that a storm of connections doesn't keep the others waiting.
constexpr int accept_turn_max = 64;
/// How long nobody is accepted when descriptors or memory have run out.
constexpr auto accept_pause = std::chrono::milliseconds(500);

}  // namespace

Listener::Listener(asio::any_io_executor executor,
                   const ListenSpec& spec,
                   OnAccept accept,
                   OnLog log)
    : socket_(spec),
      auth_(spec.auth),
      readable_(executor),
      pause_(executor),
      on_accept_(std::move(accept)),
      on_log_(std::move(log))
{
    readable_.assign(::dup(socket_.fd()));
}

void Listener::stop()
{
    boost::system::error_code ignored;
    readable_.close(ignored);
    pause_.cancel();
    socket_.stop();
}

void Listener::wait()
{
    readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](boost::system::error_code ec) {
                             if (!ec) accept_some();
                         });
}

void Listener::accept_some()
{
    for (int i = 0; i < accept_turn_max; ++i) {
        UniqueFd fd(::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd) {
            on_accept_(std::move(fd), *this);
            continue;
        }
        const int error = errno;
        if (error == EAGAIN || error == EWOULDBLOCK) break;
        const bool exhausted =
            error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
        if (!exhausted) continue;  // that one connection failed
        // The connection stays readable: without a pause this would spin.
        on_log_({session::LogLevel::error,
                 "accept_paused",
                 {{"listener", base::to_string(endpoint())},
                  {"error", std::generic_category().message(error)}}});
        pause_.expires_after(accept_pause);
        pause_.async_wait([this](boost::system::error_code ec) {
            if (!ec) wait();
        });
        return;
    }
    wait();
}

}  // namespace penstock::net
