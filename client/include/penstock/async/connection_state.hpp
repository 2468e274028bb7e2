// ConnectionState: what a client tells of its connection.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace penstock::async {

enum class ConnectionState : std::uint8_t {
    connecting,  // async_connect has begun
    connected,   // the broker has let us in
    cut,         // it is over: by whom, the change's code says
};

/// What `Client::on_state` gives to its callback.
struct StateChange {
    ConnectionState state = ConnectionState::connecting;
    /// Of a cut: as async_connect, if that failed; else errc::disconnected or what the broker said
    /// at the end, or asio::error::operation_aborted after `close()`.
    boost::system::error_code ec;
    /// The same in a complete sentence for a log, which says what to do next where we know; else
    /// empty.
    std::string text;
};

using StateCallback = std::function<void(const StateChange&)>;

}  // namespace penstock::async
