// One accepted socket: moves bytes between the kernel and the Engine, one read and one gathered
// write a turn. Decides nothing.
#pragma once

#include "server/net/unique_fd.hpp"
#include "server/session/engine.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <memory>
#include <optional>

namespace penstock::net {

namespace asio = boost::asio;

/// What a connection needs from the server that owns it.
class ConnectionOwner {
public:
    virtual ~ConnectionOwner() = default;
    [[nodiscard]] virtual session::Engine& engine() = 0;
    [[nodiscard]] virtual base::TimePoint now() const = 0;
    /// After every call of the engine: others may have output now.
    virtual void engine_ran() = 0;
    /// The connection has closed its socket; forget it.
    virtual void closed(session::PeerId peer) = 0;
    /// The connection was given bytes that its host has to acknowledge: look_for_answer() is due
    /// from time to time.
    virtual void awaits_answer(session::PeerId peer) = 0;
};

/// What was accepted.
struct Accepted {
    UniqueFd socket;
    bool is_tcp = false;
    UniqueFd owner;  // a pidfd of the process that connected; may be empty
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(asio::any_io_executor executor,
               Accepted accepted,
               session::PeerId peer,
               ConnectionOwner& owner);

    void start() { wait_readable(); }
    /// Ends the session of a TCP peer whose host has acknowledged nothing for so long. Returns
    /// whether something is still unacknowledged.
    [[nodiscard]] bool look_for_answer(base::Duration silence_max);
    /// Writes what the engine has for this peer, and closes when that was all.
    void pump();
    /// Closes at once.
    void close();

private:
    void wait_readable();
    void on_readable();
    void read_on();
    void discard_input();
    void wait_writable();
    [[nodiscard]] bool write_some();
    void follow_owner();
    void watch_owner();
    [[nodiscard]] bool owner_is_dead();
    void on_owner_dead();

    asio::posix::stream_descriptor socket_;
    const session::PeerId peer_;
    ConnectionOwner& owner_;
    const bool is_tcp_;
    UniqueFd owner_pidfd_;  // until HELLO tells whether to watch it
    asio::posix::stream_descriptor owner_process_;
    std::optional<base::TimePoint> unanswered_since_;
    bool awaits_answer_ = false;
    bool waiting_to_write_ = false;
    bool write_failed_ = false;
    bool write_side_shut_ = false;
    bool closed_ = false;
};

}  // namespace penstock::net
