#include "client/src/blocking/broker_wait.hpp"
#include "client/src/blocking/pipe_end.hpp"
#include "client/src/blocking/waitable.hpp"
#include "client/src/complete_error.hpp"
#include "client/src/io/patience.hpp"
#include "client/src/io/poll_time.hpp"

#include <penstock/error.hpp>
#include <penstock/wait.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <utility>

namespace penstock {

namespace {

using std::chrono::steady_clock;

/// How long what is ready waits for brokers to say what else is.
constexpr std::chrono::seconds settle_time_max{1};

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
        const blocking::Handle* handle = begun.ready ? nullptr : what->at_broker();
        if (handle != nullptr) broker_of(*handle, ec).add(members_.size() - 1, *handle);
    }

    /// False when the time is over. `which` failed if `ec` is set.
    [[nodiscard]] bool poll(base::TimePoint deadline, std::size_t& which, std::error_code& ec)
    {
        for (const auto& broker : brokers_) broker->look();
        which = members_.size();
        while (true) {
            const bool settled = step_brokers(deadline, which, ec);
            if (ec) return false;
            const base::TimePoint until =
                settled ? (any_ready_ ? base::immediate : deadline) : answers_end(deadline);
            if (poll_descriptors(until, ec)) look(which, ec);
            if (ec) return false;
            if (settled && any_ready_) return true;
            if (!is_over(until)) continue;
            if (!settled && !any_ready_) ec = no_answer(which);
            return any_ready_ && !ec;
        }
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

    static bool is_over(base::TimePoint until)
    {
        return until == base::immediate ||
               (until != base::no_deadline && steady_clock::now() >= until);
    }

    /// Of the member that comes next.
    void watch(int fd)
    {
        fds_.push_back({fd, POLLIN, 0});
        owners_.push_back(members_.size());
    }

    blocking::BrokerWait& broker_of(const blocking::Handle& handle, std::error_code& ec)
    {
        for (const auto& broker : brokers_) {
            if (broker->is_at(*handle.connection())) return *broker;
        }
        brokers_.push_back(std::make_unique<blocking::BrokerWait>(handle.connection(), ec));
        return *brokers_.back();
    }

    /// Whether all brokers have said what is ready now. If nothing is, they are asked to tell when
    /// that changes.
    bool step_brokers(base::TimePoint deadline, std::size_t& which, std::error_code& ec)
    {
        bool settled = take_answers(which, ec);
        if (settled && !ec && !any_ready_ && deadline != base::immediate) {
            for (const auto& broker : brokers_) {
                if (!ec) broker->watch(deadline, ec);
            }
            if (!ec) settled = take_answers(which, ec);
        }
        return settled;
    }

    bool take_answers(std::size_t& which, std::error_code& ec)
    {
        fds_.resize(owners_.size());
        for (const auto& broker : brokers_) {
            const blocking::BrokerWait::Descriptors to_poll = broker->step();
            const auto events = static_cast<short>(to_poll.output ? POLLIN | POLLOUT : POLLIN);
            fds_.push_back({to_poll.socket, events, 0});
            fds_.push_back({to_poll.wake, POLLIN, 0});
            for (const std::size_t number : broker->take_ready()) is_ready(number, which, ec);
            if (!ec && broker->removed()) {
                which = *broker->removed();
                ec = errc::closed;
            }
        }
        return std::ranges::all_of(brokers_, [](const auto& broker) { return broker->settled(); });
    }

    /// Until when the brokers' answers are worth waiting for.
    base::TimePoint answers_end(base::TimePoint deadline)
    {
        if (any_ready_) {
            if (!settle_end_) settle_end_ = steady_clock::now() + settle_time_max;
            return *settle_end_;
        }
        if (deadline == base::immediate) {
            if (!begun_) begun_ = steady_clock::now();
            deadline = *begun_;
        }
        return protocol::deadline_after(deadline, io::answer_margin);
    }

    /// The broker owes it.
    [[nodiscard]] std::error_code no_answer(std::size_t& which) const
    {
        for (const auto& broker : brokers_) {
            if (const auto member = broker->unsettled()) which = *member;
        }
        return errc::disconnected;
    }

    /// Whether there is something to look at.
    bool poll_descriptors(base::TimePoint until, std::error_code& ec)
    {
        const int count = ::poll(fds_.data(), fds_.size(), io::poll_timeout_ms(until));
        // A signal is not the caller's business: it waits on.
        if (count < 0 && errno != EINTR) {
            ec = errno == EINVAL ? make_error_code(errc::too_many)
                                 : std::error_code(errno, std::system_category());
        }
        return count > 0;
    }

    /// Those of brokers are looked at by the next step.
    void look(std::size_t& which, std::error_code& ec)
    {
        for (std::size_t i = 0; i < owners_.size() && !ec; ++i) {
            Member& member = members_[owners_[i]];
            if (fds_[i].revents == 0) continue;
            if (member.ready) {
                fds_[i].fd = -1;  // else nobody sleeps until the brokers have answered
            } else if (member.what != nullptr) {
                is_ready(owners_[i], which, ec);
            } else if ((fds_[i].revents & POLLNVAL) != 0) {
                which = owners_[i];
                ec = std::make_error_code(std::errc::bad_file_descriptor);
            } else {
                any_ready_ = member.ready = true;
            }
        }
    }

    /// It may be.
    void is_ready(std::size_t number, std::size_t& which, std::error_code& ec)
    {
        if (ec) return;
        Member& member = members_[number];
        member.ready = member.what->ready(ec);
        if (ec) which = number;
        any_ready_ = any_ready_ || member.ready;
    }

    std::vector<Member> members_;
    std::vector<pollfd> fds_;          // the members', then those of brokers
    std::vector<std::size_t> owners_;  // of each of the members'
    std::vector<std::unique_ptr<blocking::BrokerWait>> brokers_;
    std::optional<base::TimePoint> begun_;
    std::optional<base::TimePoint> settle_end_;
    bool any_ready_ = false;
};

}  // namespace

namespace detail {

std::shared_ptr<blocking::Waitable> QueueHandle::waitable() const
{
    return handle_;
}

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
    const base::TimePoint deadline = io::deadline_of(timeout);
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
    if (ec == errc::unsupported) throw CompleteError(ec, what + ": this end only sends");
    if (ec == errc::too_many) {
        throw CompleteError(ec,
                            what +
                                ": more descriptors than the process may have, or more queues "
                                "than a client may wait for at once");
    }
    throw_error(ec, what);
}

}  // namespace penstock
