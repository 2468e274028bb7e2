// One WebSocket: reads the browser's messages, writes the frames that its Live gives, one at a
// time.
#pragma once

#include "server/bridge/access.hpp"
#include "server/bridge/commands.hpp"
#include "server/bridge/live.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>

namespace penstock::bridge {

class WebSocketSession;

/// Its sessions keep it alive, and with it the state.
class WebSocketOwner {
public:
    /// Have it done, and call `done` once.
    virtual void command(const WebSocketSession& session,
                         Command command,
                         std::function<void(Reply)> done) = 0;
    /// It said hello, or how often it wants to be told.
    virtual void pace_changed() = 0;
    virtual void websocket_ended(const WebSocketSession& session) = 0;

protected:
    ~WebSocketOwner() = default;
};

/// All runs on the socket's executor, one at a time.
class WebSocketSession {
public:
    virtual ~WebSocketSession() = default;
    /// The state is newer, or the broker's absence is.
    virtual void wake() = 0;
    /// Says goodbye, and closes.
    virtual void end(CloseCode code, std::string why, milliseconds retry) = 0;
    /// Closes at once.
    virtual void abort() = 0;
    [[nodiscard]] virtual std::optional<milliseconds> tick() const = 0;
    [[nodiscard]] virtual Role role() const = 0;
    [[nodiscard]] virtual const std::string& peer() const = 0;
};

struct WebSocketStart {
    std::string head;      // of the request, as it came
    std::string protocol;  // to agree to
    std::string peer;
    Role role{};
    std::string server;  // as Live wants it
};

/// It lives as long as its socket; the pointer is for the owner's list.
[[nodiscard]] std::shared_ptr<WebSocketSession> serve_websocket(
    boost::asio::ip::tcp::socket socket,
    WebSocketStart start,
    State& state,
    std::shared_ptr<WebSocketOwner> owner);

}  // namespace penstock::bridge
