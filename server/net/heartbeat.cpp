#include "server/net/heartbeat.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace penstock::net {

namespace {

constexpr base::Duration status_period = std::chrono::seconds(2);

}  // namespace

Heartbeat::Heartbeat(asio::any_io_executor executor, ServiceManager& manager, Status status)
    : manager_(manager), status_(std::move(status)), timer_(std::move(executor))
{
    // Half of what is allowed, as sd_watchdog_enabled(3) advises.
    period_ = status_period;
    if (manager_.watchdog()) period_ = std::min(period_, *manager_.watchdog() / 2);
}

void Heartbeat::start()
{
    if (manager_.listens()) beat();
}

void Heartbeat::stop()
{
    timer_.cancel();
}

void Heartbeat::beat()
{
    if (manager_.watchdog()) manager_.alive();
    tell_status();
    timer_.expires_after(period_);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) beat();
    });
}

void Heartbeat::tell_status()
{
    const base::TimePoint now = std::chrono::steady_clock::now();
    if (now < next_status_) return;
    next_status_ = now + status_period;
    std::string status = status_();
    if (status != told_) manager_.status(status);
    told_ = std::move(status);
}

}  // namespace penstock::net
