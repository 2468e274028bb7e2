// The life of a DirectEnd, and waiting for it. What it sends and receives: direct_transfer.cpp.
#include "client/src/blocking/direct_end.hpp"

#include "client/src/blocking/direct_call.hpp"
#include "client/src/io/last_error.hpp"
#include "client/src/io/poll_time.hpp"
#include "client/src/io/process.hpp"

#include <penstock/error.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace penstock::blocking {

std::shared_ptr<DirectEnd> DirectEnd::make(io::Descriptor socket,
                                           PipeOptions options,
                                           io::Directions directions,
                                           std::string label,
                                           std::span<const std::byte> received,
                                           Children children)
{
    if (children == Children::inherit) socket.share_with_children();
    const auto destroy = [](DirectEnd* end) noexcept {
        // What another thread of the parent was in the middle of can't be taken apart.
        if (end->use_.torn()) {
            end->close();
        } else {
            delete end;
        }
    };
    return {
        new DirectEnd(std::move(socket), options, directions, std::move(label), received, children),
        destroy};
}

DirectEnd::DirectEnd(io::Descriptor socket,
                     PipeOptions options,
                     io::Directions directions,
                     std::string label,
                     std::span<const std::byte> received,
                     Children children)
    : io_(std::move(socket), options, directions, received),
      exclusive_(children == Children::are_without),
      label_(label.empty() ? "the pipe on descriptor " + std::to_string(io_.fd())
                           : std::move(label)),
      sending_(directions.sends),
      receiving_(directions.receives)
{}

bool DirectEnd::enter(std::error_code& ec)
{
    ec.clear();
    switch (use_.enter()) {
        case UseCount::Entry::entered:
            return true;
        case UseCount::Entry::closed:
            ec = errc::closed;
            return false;
        case UseCount::Entry::torn:
            ec = errc::forked;
            return false;
    }
    return false;
}

void DirectEnd::leave() noexcept
{
    if (use_.leave()) io_.close();
}

bool DirectEnd::usable(const Direction& direction, std::error_code& ec) const
{
    if (!closed() && !direction.ended) return true;
    ec = errc::closed;
    return false;
}

void DirectEnd::close() noexcept
{
    std::error_code ec;
    const bool entered = exclusive_ && enter(ec);  // so that it is open below
    switch (use_.close()) {
        case UseCount::Close::done:
            io_.close();
            break;
        case UseCount::Close::in_use:
            if (entered) io_.shut_down(SHUT_RDWR);
            sending_.wake.wake();
            receiving_.wake.wake();
            break;
        case UseCount::Close::again:
            break;
    }
    if (entered) leave();
}

void DirectEnd::split() noexcept
{
    split_by_ = io::process_number();
}

void DirectEnd::end_sending() noexcept
{
    end(sending_, SHUT_WR);
}

void DirectEnd::end_receiving() noexcept
{
    end(receiving_, SHUT_RD);
}

void DirectEnd::end(Direction& direction, int how) noexcept
{
    if (direction.ended.exchange(true)) return;
    std::error_code ec;
    if (enter(ec)) {
        // A child has a copy of both halves, which it never asked for.
        if (split_by_ == io::process_number()) io_.shut_down(how);
        leave();
    }
    direction.wake.wake();
    if (sending_.ended && receiving_.ended) close();
}

int DirectEnd::release(std::error_code& ec)
{
    if (!enter(ec)) return -1;
    const bool at_rest = io_.at_rest();
    leave();
    if (!at_rest) {
        ec = errc::unsupported;
        return -1;
    }
    if (use_.close() != UseCount::Close::done) {
        ec = errc::closed;
        return -1;
    }
    const int fd = io_.release();
    (void)::fcntl(fd, F_SETFD, 0);  // it can't fail for an open one
    return fd;
}

bool DirectEnd::wait_for(short events,
                         Direction& direction,
                         base::TimePoint deadline,
                         std::error_code& ec)
{
    if (deadline == base::immediate) {
        ec = errc::timed_out;
        return false;
    }
    const int wake = direction.wake.descriptor();
    if (wake < 0) {
        ec = io::last_error();
        return false;
    }
    while (usable(direction, ec)) {
        std::array<pollfd, 2> fds{pollfd{io_.fd(), events, 0}, pollfd{wake, POLLIN, 0}};
        const int count = ::poll(fds.data(), fds.size(), io::poll_timeout_ms(deadline));
        if (count < 0 && errno != EINTR) {
            ec = io::last_error();
            return false;
        }
        if (count > 0 && fds[0].revents != 0) return usable(direction, ec);
        if (count > 0 || deadline == base::no_deadline) continue;
        if (std::chrono::steady_clock::now() >= deadline) {
            ec = errc::timed_out;
            return false;
        }
    }
    return false;
}

bool DirectEnd::poll(Duration timeout, std::error_code& ec)
{
    const base::TimePoint deadline = io::deadline_of(timeout);
    const Call call(*this, receiving_, deadline, ec);
    bool found = false;
    if (call && io_.failed() == errc::unsupported) {
        ec = io_.failed();  // now it is an end that only sends
    } else if (call) {
        found = io_.has_input() ||
                (deadline == base::immediate ? io_.readable()
                                             : wait_for(POLLIN, receiving_, deadline, ec));
    }
    if (ec == errc::timed_out) ec.clear();
    return found;
}

Waitable::Watch DirectEnd::begin_wait(std::error_code& ec)
{
    if (!enter(ec)) return {};
    Watch watch;
    if (!receiving_.possible) {
        ec = errc::unsupported;
    } else if ((watch.descriptors = {io_.fd(), receiving_.wake.descriptor()})[1] < 0) {
        ec = io::last_error();
    } else if (usable(receiving_, ec) && receiving_.turn.try_take()) {
        watch.ready = io_.has_input();
        receiving_.turn.leave();
    }
    if (ec) leave();
    return watch;
}

bool DirectEnd::ready(std::error_code& ec)
{
    if (!usable(receiving_, ec)) return false;
    bool found = false;
    if (receiving_.turn.try_take()) {
        found = io_.has_input();
        receiving_.turn.leave();
    }
    return found || io_.readable();
}

void DirectEnd::end_wait() noexcept
{
    leave();
}

}  // namespace penstock::blocking
