#include "client/src/blocking/named_ends.hpp"

#include "client/src/io/clock.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/error.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace penstock::blocking {

namespace {

using io::now;

Duration left_until(base::TimePoint deadline)
{
    return deadline == base::no_deadline ? forever : deadline - now();
}

/// Gives the turn back when the call is over, if it has it.
class TurnTaken {
public:
    TurnTaken(Turn& turn, base::TimePoint deadline) : turn_(turn), taken_(turn.take(deadline)) {}
    ~TurnTaken()
    {
        if (taken_) turn_.leave();
    }
    TurnTaken(const TurnTaken&) = delete;
    TurnTaken& operator=(const TurnTaken&) = delete;
    explicit operator bool() const { return taken_; }

private:
    Turn& turn_;
    const bool taken_;
};

}  // namespace

RelayedEnd::RelayedEnd(std::shared_ptr<Connection> connection,
                       std::shared_ptr<Handle> handle,
                       PipeOptions options)
    : connection_(std::move(connection)),
      handle_(std::move(handle)),
      options_(options),
      here_(options.message_size_max)
{}

bool RelayedEnd::usable(const std::atomic<bool>& ended, std::error_code& ec) const
{
    ec.clear();
    if (closed_ || ended) {
        ec = errc::closed;
    } else if (inherited()) {
        ec = errc::forked;
    }
    return !ec;
}

bool RelayedEnd::send(std::span<const std::byte> bytes,
                      ContentType content_type,
                      Duration timeout,
                      std::error_code& ec)
{
    if (!usable(sending_ended_, ec)) return false;
    if (bytes.size() > options_.message_size_max) {
        ec = errc::too_large;
        return false;
    }
    handle_->put(Bytes(bytes.begin(), bytes.end()), {content_type, std::nullopt}, timeout, ec);
    ec = protocol::to_pipe_code(ec);
    return !ec;
}

/// Something is here, or nothing more comes, or the time is over.
bool RelayedEnd::fill(base::TimePoint deadline, std::error_code& ec)
{
    if (here_.any()) return true;
    ec = here_.ended();
    if (ec) return false;
    std::vector<detail::RawItem> items =
        handle_->get_many(protocol::RelayedMessages::ahead_max, left_until(deadline), ec);
    ec = here_.add(std::move(items), ec);
    return !ec;
}

detail::RawMessage RelayedEnd::recv(Duration timeout, std::size_t maxlength, std::error_code& ec)
{
    if (!usable(receiving_ended_, ec)) return {};
    const base::TimePoint deadline = protocol::deadline_after(now(), timeout);
    const TurnTaken turn(receiving_, deadline);
    if (!turn) {
        ec = errc::timed_out;
        return {};
    }
    if (!fill(deadline, ec) || !usable(receiving_ended_, ec)) return {};
    return here_.take(maxlength, ec);
}

bool RelayedEnd::poll(Duration timeout, std::error_code& ec)
{
    if (!usable(receiving_ended_, ec)) return false;
    const base::TimePoint deadline = protocol::deadline_after(now(), timeout);
    const TurnTaken turn(receiving_, deadline);
    if (!turn) return false;  // another thread receives what there is
    if (fill(deadline, ec)) return true;
    if (ec == errc::timed_out) {
        ec.clear();
        return false;
    }
    if (ec == errc::closed || ec == errc::unsupported) return false;
    ec.clear();  // recv() says so at once
    return true;
}

int RelayedEnd::fileno() const noexcept
{
    return closed_ || inherited() ? -1 : connection_->fileno();
}

void RelayedEnd::close() noexcept
{
    if (closed_.exchange(true)) return;
    if (!inherited()) handle_->close();
}

void RelayedEnd::end_sending() noexcept
{
    if (inherited() || sending_ended_.exchange(true)) return;
    handle_->end_half(wire::ShutdownHow::sending);
    if (receiving_ended_) close();
}

void RelayedEnd::end_receiving() noexcept
{
    if (inherited() || receiving_ended_.exchange(true)) return;
    handle_->end_half(wire::ShutdownHow::receiving);
    if (sending_ended_) close();
}

int RelayedEnd::release(std::error_code& ec)
{
    ec = errc::unsupported;
    return -1;
}

std::string RelayedEnd::label() const
{
    return "pipe '" + handle_->name() + "'";
}

Waitable::Watch RelayedEnd::begin_wait(std::error_code& ec)
{
    Watch watch;
    if (usable(receiving_ended_, ec) && receiving_.try_take()) {
        watch.ready = here_.any() || here_.ended();
        receiving_.leave();
    }
    return watch;
}

bool RelayedEnd::ready(std::error_code& ec)
{
    return usable(receiving_ended_, ec);
}

PassedEnd::PassedEnd(std::shared_ptr<Handle> handle, std::shared_ptr<DirectEnd> end)
    : handle_(std::move(handle)), end_(std::move(end))
{}

bool PassedEnd::usable(std::error_code& ec) const
{
    ec.clear();
    if (closed_) {
        ec = errc::closed;
    } else if (inherited()) {
        ec = errc::forked;
    }
    return !ec;
}

bool PassedEnd::send(std::span<const std::byte> bytes,
                     ContentType content_type,
                     Duration timeout,
                     std::error_code& ec)
{
    return usable(ec) && end_->send(bytes, content_type, timeout, ec);
}

detail::RawMessage PassedEnd::recv(Duration timeout, std::size_t maxlength, std::error_code& ec)
{
    return usable(ec) ? end_->recv(timeout, maxlength, ec) : detail::RawMessage{};
}

std::size_t PassedEnd::recv_into(std::span<std::byte> buffer,
                                 Duration timeout,
                                 detail::RawMessage& whole,
                                 std::error_code& ec)
{
    return usable(ec) ? end_->recv_into(buffer, timeout, whole, ec) : 0;
}

bool PassedEnd::poll(Duration timeout, std::error_code& ec)
{
    return usable(ec) && end_->poll(timeout, ec);
}

int PassedEnd::fileno() const noexcept
{
    return closed_ || inherited() ? -1 : end_->fileno();
}

void PassedEnd::close() noexcept
{
    if (closed_.exchange(true)) return;
    if (inherited()) return;  // its socket was closed when the child was made
    end_->close();
    handle_->close();
}

void PassedEnd::end_sending() noexcept
{
    if (inherited()) return;
    end_->end_sending();
    if (end_->receiving_ended()) close();
}

void PassedEnd::end_receiving() noexcept
{
    if (inherited()) return;
    end_->end_receiving();
    if (end_->sending_ended()) close();
}

int PassedEnd::release(std::error_code& ec)
{
    // The name would be kept by nobody.
    ec = errc::unsupported;
    return -1;
}

Waitable::Watch PassedEnd::begin_wait(std::error_code& ec)
{
    return usable(ec) ? end_->begin_wait(ec) : Watch{};
}

}  // namespace penstock::blocking
