#include "client/src/async/dialler.hpp"

#include "client/src/io/dial.hpp"
#include "client/src/io/socket_peer.hpp"

#include <penstock/error.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <iterator>
#include <string>
#include <utility>

namespace penstock::async::detail {

namespace {

using std::chrono::steady_clock;

/// How long to wait before asking a Unix listener again whose backlog is full.
constexpr std::chrono::milliseconds backlog_pause{10};

io::Dialled failed(std::error_code ec)
{
    io::Dialled dialled;
    dialled.ec = ec;
    return dialled;
}

}  // namespace

Dialler::Dialler(const asio::any_io_executor& executor,
                 base::Endpoint endpoint,
                 base::TimePoint deadline)
    : endpoint_(std::move(endpoint)),
      deadline_(deadline),
      resolver_(executor),
      socket_(executor),
      timer_(executor)
{}

void Dialler::start(std::optional<std::uint32_t> uid, Done done)
{
    uid_ = uid;
    done_ = std::move(done);
    if (endpoint_.family == base::Endpoint::Family::tcp) return resolve();
    // Not at once: `done` is called later.
    timer_.expires_at(steady_clock::now());
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) self->try_unix();
    });
}

void Dialler::give_up()
{
    done_ = nullptr;
    boost::system::error_code ignored;
    resolver_.cancel();
    timer_.cancel();
    socket_.close(ignored);
}

/// It never waits there but for a listener whose backlog is full: then a little later again.
void Dialler::try_unix()
{
    const base::TimePoint now = steady_clock::now();
    io::Dialled dialled = io::dial(endpoint_, now, uid_, io::Party::broker);
    if (dialled.ec != errc::timed_out || now >= deadline_) {
        return finish(std::move(dialled));
    }
    timer_.expires_at(std::min(deadline_, now + backlog_pause));
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) self->try_unix();
    });
}

void Dialler::resolve()
{
    timer_.expires_at(deadline_);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
        if (!ec) self->finish(failed(errc::timed_out));
    });
    resolver_.async_resolve(
        endpoint_.host,
        std::to_string(endpoint_.port),
        asio::ip::tcp::resolver::numeric_service,
        [self = shared_from_this()](boost::system::error_code ec, const auto& found) {
            if (!self->done_) return;
            if (ec) {
                auto dialled = failed(std::make_error_code(std::errc::address_not_available));
                dialled.text = "can't find the host: " + ec.message();
                return self->finish(std::move(dialled));
            }
            self->found_ = found;
            self->next_ = self->found_.begin();
            self->left_ = self->found_.size();
            self->last_error_ = std::make_error_code(std::errc::address_not_available);
            self->try_next();
        });
}

/// Each address gets its share of the time: one that swallows packets must not use up all.
void Dialler::try_next()
{
    if (next_ == found_.end()) return finish(failed(last_error_));
    const base::TimePoint now = steady_clock::now();
    if (now >= deadline_) return finish(failed(errc::timed_out));
    const base::TimePoint until = deadline_ == base::no_deadline
                                      ? deadline_
                                      : now + (deadline_ - now) / static_cast<std::int64_t>(left_);
    --left_;
    late_ = false;
    timer_.expires_at(until);
    timer_.async_wait([self = shared_from_this(), attempt = left_](boost::system::error_code ec) {
        if (ec || !self->done_ || self->left_ != attempt) return;
        self->late_ = true;
        boost::system::error_code ignored;
        self->socket_.close(ignored);
    });
    socket_ = asio::ip::tcp::socket(socket_.get_executor());
    socket_.async_connect((next_++)->endpoint(),
                          [self = shared_from_this()](boost::system::error_code ec) {
                              if (self->done_) self->connected(ec);
                          });
}

void Dialler::connected(boost::system::error_code ec)
{
    timer_.cancel();
    if (!ec) {
        boost::system::error_code why;
        const int fd = socket_.release(why);
        if (!why) {
            (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
            io::set_tcp_options(fd);
            io::Dialled dialled;
            dialled.socket = io::Descriptor::session_socket(fd);
            return finish(std::move(dialled));
        }
        ec = why;
    }
    last_error_ = late_ ? std::error_code(errc::timed_out) : std::error_code(ec);
    try_next();
}

void Dialler::finish(io::Dialled dialled)
{
    if (!done_) return;
    const Done done = std::exchange(done_, nullptr);
    timer_.cancel();
    resolver_.cancel();
    done(std::move(dialled));
}

}  // namespace penstock::async::detail
