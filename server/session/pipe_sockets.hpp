// The sockets of pipes whose parties are both on this host: each is handed one end of a pair, and
// the broker steps aside. The shell makes the pairs; here it is said who gets one. Sans-IO.
#pragma once

#include "server/core/pipe.hpp"
#include "server/session/shares.hpp"

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>

namespace penstock::session {

/// A socket until it is sent; closed with this.
class PassedSocket {
public:
    virtual ~PassedSocket() = default;
    [[nodiscard]] virtual int descriptor() const = 0;
};
using PassedSocketPtr = std::unique_ptr<PassedSocket>;
using PassedSockets = std::pair<PassedSocketPtr, PassedSocketPtr>;

class SocketPairs {
public:
    virtual ~SocketPairs() = default;
    /// What is written to one is read from the other; null when the system has no more.
    [[nodiscard]] virtual PassedSockets make() = 0;
};

/// Sockets that were handed to clients which have not acknowledged them. The kernel counts those
/// that lie unread, and refuses more than a process may have open.
inline constexpr std::size_t passed_sockets_max = 512;

class PipeSockets {
public:
    /// Without `pairs` nobody is handed a socket.
    PipeSockets(Shares& shares, SocketPairs* pairs) : shares_(shares), pairs_(pairs) {}

    [[nodiscard]] bool available() const { return pairs_ != nullptr; }
    /// The socket of the first party of a pipe that asks, then that of the second. Null when the
    /// first can't have one: then both must do without. Each is on its user's account until the
    /// client acknowledges it or its session ends.
    [[nodiscard]] PassedSocketPtr take(const core::Pipe& pipe);

private:
    Shares& shares_;
    SocketPairs* pairs_;
    /// Of pipes of which one party has its socket; the other is answered in the same step.
    std::unordered_map<core::ObjectId, PassedSocketPtr> second_;
};

}  // namespace penstock::session
