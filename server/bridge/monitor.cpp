#include "server/bridge/monitor.hpp"

#include "server/bridge/running_monitor.hpp"

#include <utility>

namespace penstock::bridge {

Monitor::Monitor(asio::io_context& io, MonitorOptions options, MonitorLog log)
    : running_(std::make_shared<Running>(io, std::move(options), std::move(log)))
{}

Monitor::~Monitor()
{
    running_->stop_now();
}

const std::string& Monitor::address() const
{
    return running_->address();
}

std::string Monitor::url(Role role) const
{
    return running_->url(role);
}

const std::string& Monitor::token_file() const
{
    return running_->token_file();
}

void Monitor::start()
{
    running_->start();
}

void Monitor::stop(std::function<void()> done)
{
    running_->stop(std::move(done));
}

}  // namespace penstock::bridge
