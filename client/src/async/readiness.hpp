// Readiness: waits for a socket whose flags are not ours to change, since other processes may have
// it, too: Asio sets O_NONBLOCK on whatever it watches. So it watches an epoll set of ours instead,
// in which the socket is.
#pragma once

#include "client/src/async/pipe_line.hpp"
#include "client/src/io/descriptor.hpp"
#include "client/src/io/last_error.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <sys/epoll.h>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

/// On the strand. The set is made when somebody first waits.
class Readiness {
public:
    /// `events`: EPOLLIN or EPOLLOUT.
    Readiness(const Strand& strand, std::uint32_t events) : set_(strand), events_(events) {}

    /// Calls `done`, later, with an error when it was cancelled; it must call over() first. Nothing
    /// if somebody waits already. What it returns is why nobody can: no descriptors are left.
    template <class Done>
    [[nodiscard]] std::error_code wait(int fd, Done done)
    {
        if (waits_) return {};
        if (!set_.is_open()) {
            io::Descriptor made(::epoll_create1(EPOLL_CLOEXEC));
            epoll_event event{};
            event.events = events_;
            if (!made || ::epoll_ctl(made.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
                return io::last_error();
            }
            error_code ec;
            set_.assign(made.get(), ec);
            if (ec) return ec;
            (void)made.release();  // now Asio closes it
        }
        waits_ = true;
        set_.async_wait(asio::posix::stream_descriptor::wait_read, std::move(done));
        return {};
    }
    void over() { waits_ = false; }
    void cancel()
    {
        error_code ignored;
        if (waits_ && set_.is_open()) set_.cancel(ignored);
    }
    /// Before the socket is closed.
    void close()
    {
        error_code ignored;
        set_.close(ignored);
    }

private:
    asio::posix::stream_descriptor set_;
    const std::uint32_t events_;
    bool waits_ = false;
};

}  // namespace penstock::async::detail
