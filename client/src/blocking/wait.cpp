#include "client/src/blocking/pipe_end.hpp"
#include "client/src/blocking/poll_time.hpp"
#include "client/src/blocking/waitable.hpp"
#include "client/src/complete_error.hpp"

#include <penstock/error.hpp>
#include <penstock/wait.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <string>
#include <utility>

namespace penstock {

namespace {

using std::chrono::steady_clock;

/// What `wait` is given, polled together. Ends what it began.
class Waiting {
public:
    // What is begun must not get lost because there is no memory to remember it.
    explicit Waiting(std::size_t size)
    {
        members_.reserve(size);
        fds_.reserve(descriptors_each * size);
        owners_.reserve(descriptors_each * size);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting()
    {
        for (const Member& member : members_) {
            if (member.what != nullptr) member.what->end_wait();
        }
    }

    void add_descriptor(int fd, std::error_code& ec)
    {
        if (fd < 0) {
            ec = std::make_error_code(std::errc::bad_file_descriptor);
            return;
        }
        watch(fd);
        members_.push_back({});
    }

    void add(blocking::Waitable* what, std::error_code& ec)
    {
        if (what == nullptr) {
            ec = errc::closed;
            return;
        }
        const auto begun = what->begin_wait(ec);
        if (ec) return;
        for (const int fd : begun.descriptors) {
            if (fd >= 0) watch(fd);
        }
        members_.push_back({what, begun.ready});
        any_ready_ = any_ready_ || begun.ready;
    }

    /// False when the time is over. `which` failed if `ec` is set.
    [[nodiscard]] bool poll(base::TimePoint deadline, std::size_t& which, std::error_code& ec)
    {
        do {
            const int timeout = any_ready_ ? 0 : blocking::poll_timeout_ms(deadline);
            const int count = ::poll(fds_.data(), fds_.size(), timeout);
            // A signal is not the caller's business: it waits on.
            if (count < 0 && errno != EINTR) {
                which = members_.size();
                ec = errno == EINVAL ? make_error_code(errc::too_many)
                                     : std::error_code(errno, std::system_category());
            }
            if (count > 0) look(which, ec);
            if (ec || any_ready_) return any_ready_;
        } while (deadline == base::no_deadline ||
                 (deadline != base::immediate && steady_clock::now() < deadline));
        return false;
    }

    [[nodiscard]] std::vector<std::size_t> ready() const
    {
        std::vector<std::size_t> indexes;
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (members_[i].ready) indexes.push_back(i);
        }
        return indexes;
    }

private:
    static constexpr std::size_t descriptors_each = 2;

    struct Member {
        blocking::Waitable* what = nullptr;  // null: a descriptor
        bool ready = false;
    };

    /// Of the member that comes next.
    void watch(int fd)
    {
        fds_.push_back({fd, POLLIN, 0});
        owners_.push_back(members_.size());
    }

    void look(std::size_t& which, std::error_code& ec)
    {
        for (std::size_t i = 0; i < fds_.size() && !ec; ++i) {
            Member& member = members_[owners_[i]];
            if (fds_[i].revents == 0 || member.ready) continue;
            which = owners_[i];
            if (member.what != nullptr) {
                member.ready = member.what->ready(ec);
            } else if ((fds_[i].revents & POLLNVAL) != 0) {
                ec = std::make_error_code(std::errc::bad_file_descriptor);
            } else {
                member.ready = true;
            }
            any_ready_ = any_ready_ || member.ready;
        }
    }

    std::vector<Member> members_;
    std::vector<pollfd> fds_;
    std::vector<std::size_t> owners_;  // of each of fds_
    bool any_ready_ = false;
};

}  // namespace

namespace detail {

std::shared_ptr<blocking::Waitable> PipeEndHandle::waitable() const
{
    if (closed()) return nullptr;
    return end_;
}

}  // namespace detail

Waitable::Waitable(int fd) noexcept : fd_(fd), is_fd_(true) {}
Waitable::Waitable(std::shared_ptr<blocking::Waitable> what) noexcept : what_(std::move(what)) {}
Waitable::~Waitable() = default;
Waitable::Waitable(const Waitable& other) = default;
Waitable& Waitable::operator=(const Waitable& other) = default;
Waitable::Waitable(Waitable&& other) noexcept = default;
Waitable& Waitable::operator=(Waitable&& other) noexcept = default;

std::vector<std::size_t> wait(std::span<const Waitable> list,
                              Duration timeout,
                              std::error_code& ec,
                              std::size_t& which)
{
    ec.clear();
    which = 0;
    if (list.empty() && timeout == forever) {
        ec = std::make_error_code(std::errc::invalid_argument);
        return {};
    }
    const base::TimePoint deadline = blocking::deadline_of(timeout);
    Waiting waiting(list.size());
    for (which = 0; which < list.size(); ++which) {
        const Waitable& member = list[which];
        if (member.is_fd_) {
            waiting.add_descriptor(member.fd_, ec);
        } else {
            waiting.add(member.what_.get(), ec);
        }
        if (ec) return {};
    }
    if (!waiting.poll(deadline, which, ec) || ec) return {};
    return waiting.ready();
}

std::vector<std::size_t> wait(std::span<const Waitable> list, Duration timeout)
{
    std::size_t which = 0;
    std::error_code ec;
    std::vector<std::size_t> ready = wait(list, timeout, ec, which);
    if (!ec) return ready;
    if (ec == std::errc::invalid_argument && list.empty()) {
        throw CompleteError(ec, "wait: there is nothing to wait for");
    }
    const std::string what =
        which < list.size() ? "wait for number " + std::to_string(which) : std::string("wait");
    if (ec == errc::closed) throw CompleteError(ec, what + ": it is closed");
    if (ec == errc::unsupported)
        throw CompleteError(
            ec, what + ": this end only sends, or a broker relays it, which wait can't yet");
    if (ec == errc::too_many) {
        throw CompleteError(ec, what + ": more descriptors than the process may have");
    }
    throw_error(ec, what);
}

}  // namespace penstock
