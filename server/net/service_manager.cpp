#include "server/net/service_manager.hpp"

#include "server/net/environment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace penstock::net {

ServiceManager::ServiceManager()
{
    const std::string pid = take_variable("WATCHDOG_PID");
    const std::string period = take_variable("WATCHDOG_USEC");
    address_ = take_variable("NOTIFY_SOCKET");
    if (address_.empty()) return;
    sockaddr_un address{};
    const bool possible = (address_.front() == '/' || address_.front() == '@') &&
                          address_.size() < sizeof address.sun_path;
    if (!possible) throw std::runtime_error("NOTIFY_SOCKET: '" + address_ + "' is no address");
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!pid.empty() && positive_number(pid) != ::getpid()) return;  // the watchdog is another's
    if (const auto microseconds = positive_number(period)) {
        watchdog_ = std::chrono::microseconds(*microseconds);
    }
}

void ServiceManager::reloading()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t microseconds =
        std::int64_t{now.tv_sec} * 1'000'000 + std::int64_t{now.tv_nsec} / 1000;
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceManager::status(std::string_view text)
{
    send("STATUS=" + std::string(text));
}

void ServiceManager::send(std::string_view message)
{
    if (address_.empty()) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, address_.data(), address_.size());
    if (address_.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    // Nobody who reads it is no reason to stop serving, and neither is a full queue.
    (void)::sendto(socket_.get(),
                   message.data(),
                   message.size(),
                   MSG_NOSIGNAL,
                   reinterpret_cast<const sockaddr*>(&address),
                   size);
}

}  // namespace penstock::net
