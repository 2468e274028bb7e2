#include "server/net/listener.hpp"

#include "server/session/events.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace penstock::net {

namespace {

/// Accepted in one turn, so that a storm of connections doesn't keep the others waiting.
constexpr int accept_turn_max = 64;
/// How long nobody is accepted when descriptors or memory have run out.
constexpr auto accept_pause = std::chrono::milliseconds(500);

UniqueFd open_spare()
{
    return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

Listener::Listener(
    asio::any_io_executor executor, const ListenSpec& spec, int backlog, OnAccept accept, OnLog log)
    : socket_(spec, backlog),
      auth_(spec.auth),
      spare_(open_spare()),
      readable_(executor),
      pause_(executor),
      on_accept_(std::move(accept)),
      on_log_(std::move(log))
{
    // Closed on exec, or a command of --run would keep our address open when we are gone.
    const int watched = ::fcntl(socket_.fd(), F_DUPFD_CLOEXEC, 0);
    if (watched < 0) {
        throw std::runtime_error("cannot watch " + base::to_string(socket_.endpoint()) + ": " +
                                 std::generic_category().message(errno));
    }
    readable_.assign(watched);
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
        if (error == EMFILE || error == ENFILE) {
            if (turn_one_away()) {
                log_exhausted(session::events::connection_refused, error);
                continue;
            }
        } else if (error != ENOBUFS && error != ENOMEM) {
            continue;  // that one connection failed
        }
        log_exhausted(session::events::accept_paused, error);
        return pause();
    }
    wait();
}

bool Listener::turn_one_away()
{
    // Who stays in the backlog would wait for ever, and keep the listener readable all the while.
    if (!spare_) return false;
    spare_.reset();
    UniqueFd fd(::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    const bool accepted = static_cast<bool>(fd);
    fd.reset();
    spare_ = open_spare();
    return accepted;
}

void Listener::pause()
{
    // A connection that can't be accepted stays readable: without a pause this would spin.
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        if (!spare_) spare_ = open_spare();
        wait();
    });
}

void Listener::log_exhausted(std::string_view event, int error)
{
    on_log_({session::LogLevel::error,
             event,
             {{"listener", base::to_string(endpoint())},
              {"error", std::generic_category().message(error)}}});
}

}  // namespace penstock::net
