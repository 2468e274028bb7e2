// One HTTP connection: reads one request within its limits, has it answered, and closes; or hands
// the socket on, when it becomes a WebSocket.
#pragma once

#include "server/bridge/http.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace penstock::bridge {

/// Its sessions keep it alive.
class HttpOwner {
public:
    using Reply = std::function<void(Response)>;

    /// Calls `reply` once, now or later; or gives back false: the socket is wanted, and
    /// `hand_on` gets it.
    [[nodiscard]] virtual bool requested(std::shared_ptr<const Request> request, Reply reply) = 0;
    virtual void hand_on(boost::asio::ip::tcp::socket socket,
                         std::shared_ptr<const Request> request) = 0;
    /// It has closed its socket, or handed it on.
    virtual void http_ended(const std::string& peer) = 0;

protected:
    ~HttpOwner() = default;
};

/// Lives as long as it has something to do. All runs on the socket's executor, one at a time.
void serve_http(boost::asio::ip::tcp::socket socket,
                std::string peer,
                std::shared_ptr<HttpOwner> owner);

}  // namespace penstock::bridge
