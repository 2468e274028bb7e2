#include "server/net/connection.hpp"

#include "server/net/peer_info.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <span>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace penstock::net {

namespace {

/// Entries of one gathered write.
constexpr std::size_t gather_max = 64;
/// Written to one peer in one turn, so that a fast reader doesn't keep the others waiting.
constexpr std::size_t write_turn_max = 1024 * 1024;

/// One descriptor beside the bytes of a message.
class PassedControl {
public:
    void attach(msghdr& message, int descriptor)
    {
        message.msg_control = space_.data();
        message.msg_controllen = space_.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptor);
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }

private:
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> space_{};
};

}  // namespace

Connection::Connection(asio::any_io_executor executor,
                       Accepted accepted,
                       session::PeerId peer,
                       ConnectionOwner& owner)
    : socket_(executor),
      peer_(peer),
      owner_(owner),
      is_tcp_(accepted.is_tcp),
      owner_pidfd_(std::move(accepted.owner)),
      owner_process_(executor)
{
    socket_.assign(accepted.socket.release());
}

void Connection::wait_readable()
{
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](boost::system::error_code ec) {
                           if (!ec && !self->closed_) self->on_readable();
                       });
}

void Connection::on_readable()
{
    session::Engine& engine = owner_.engine();
    if (engine.status(peer_) != session::PeerStatus::open) return discard_input();
    const std::span<std::byte> buffer = engine.recv_buffer(peer_);
    // Plain read: descriptors that a peer sends along are closed by the kernel.
    const ssize_t size = ::read(socket_.native_handle(), buffer.data(), buffer.size());
    if (size > 0) {
        engine.received(peer_, static_cast<std::size_t>(size), owner_.now());
        owner_.engine_ran();
        return read_on();
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        engine.received(peer_, 0, owner_.now());  // gives the buffer back
        return wait_readable();
    }
    close();
    owner_.engine_ran();
}

/// First what the engine has left over, behind everybody else whose turn it is; then the socket.
void Connection::read_on()
{
    if (closed_) return;
    if (!owner_.engine().has_input(peer_)) return wait_readable();
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
        if (self->closed_) return;
        self->owner_.engine().received(self->peer_, 0, self->owner_.now());
        self->owner_.engine_ran();
        self->read_on();
    });
}

void Connection::discard_input()
{
    // Closing a TCP socket with unread input resets it, and the peer would never read our GOODBYE.
    std::array<std::byte, 16 * 1024> ignored;
    const ssize_t size = ::read(socket_.native_handle(), ignored.data(), ignored.size());
    if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR))) return wait_readable();
    close();
    owner_.engine_ran();
}

void Connection::wait_writable()
{
    waiting_to_write_ = true;
    socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                       [self = shared_from_this()](boost::system::error_code ec) {
                           self->waiting_to_write_ = false;
                           if (ec || self->closed_) return;
                           self->pump();
                           self->owner_.engine_ran();
                       });
}

bool Connection::write_some()
{
    std::array<std::span<const std::byte>, gather_max> parts;
    std::array<iovec, gather_max> entries;
    session::Engine& engine = owner_.engine();
    const session::Outbox::NextWrite next = engine.next_write(peer_);
    std::size_t n = engine.output(peer_).gather(parts);
    std::size_t room = next.size_max;
    for (std::size_t i = 0; i < n; ++i) {
        entries[i] = {const_cast<std::byte*>(parts[i].data()), std::min(parts[i].size(), room)};
        room -= entries[i].iov_len;
        if (room == 0) n = i + 1;
    }
    msghdr message{};
    message.msg_iov = entries.data();
    message.msg_iovlen = n;
    PassedControl control;
    if (next.socket >= 0) control.attach(message, next.socket);
    const ssize_t size = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    if (size >= 0) {
        engine.written(peer_, static_cast<std::size_t>(size));
        if (is_tcp_ && !std::exchange(awaits_answer_, true)) owner_.awaits_answer(peer_);
        return true;
    }
    if (errno == EINTR) return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
        // Too many sockets on their way to clients that don't take them; the peer may well live.
        if (errno == ETOOMANYREFS) {
            close();
            return false;
        }
        // The peer is gone, but its last ACK may lie in our input: read that to its end first.
        write_failed_ = true;
        return false;
    }
    wait_writable();
    return false;
}

void Connection::pump()
{
    if (closed_) return;
    session::Engine& engine = owner_.engine();
    if (engine.status(peer_) == session::PeerStatus::dead) return close();
    follow_owner();
    if (waiting_to_write_ || write_failed_) return;
    std::size_t written = 0;
    while (!engine.output(peer_).empty()) {
        const std::size_t before = engine.output(peer_).size();
        if (written > write_turn_max) return wait_writable();
        if (!write_some()) return;
        written += before;
    }
    if (engine.status(peer_) == session::PeerStatus::finished && !write_side_shut_) {
        write_side_shut_ = true;  // then read until the peer closes, or the engine's deadline
        ::shutdown(socket_.native_handle(), SHUT_WR);
    }
}

void Connection::follow_owner()
{
    if (!owner_pidfd_) return;
    switch (owner_.engine().owner(peer_)) {
        case session::Owner::undecided:
            return;
        case session::Owner::other:
            return owner_pidfd_.reset();
        case session::Owner::same:
            break;
    }
    owner_process_.assign(owner_pidfd_.release());
    watch_owner();
}

void Connection::watch_owner()
{
    owner_process_.async_wait(asio::posix::stream_descriptor::wait_read,
                              [self = shared_from_this()](boost::system::error_code ec) {
                                  if (ec || self->closed_) return;
                                  if (!self->owner_is_dead()) return self->watch_owner();
                                  self->on_owner_dead();
                              });
}

/// A wait may end without a cause: Asio hands an event that was meant for a descriptor which is
/// closed already to the one that has its place since. A socket that is read finds nothing then;
/// here it would end a client that is alive.
bool Connection::owner_is_dead()
{
    pollfd process{owner_process_.native_handle(), POLLIN, 0};
    return ::poll(&process, 1, 0) > 0;
}

void Connection::on_owner_dead()
{
    // Its last ACK may lie in our input. Not a byte more than that: a child may go on for ever.
    session::Engine& engine = owner_.engine();
    int available = 0;
    if (::ioctl(socket_.native_handle(), FIONREAD, &available) != 0) available = 0;
    auto left = static_cast<std::size_t>(available);
    const auto execute = [&](std::size_t size) {
        engine.received(peer_, size, owner_.now());
        while (engine.has_input(peer_)) engine.received(peer_, 0, owner_.now());
    };
    if (engine.has_input(peer_)) execute(0);
    while (left > 0 && engine.status(peer_) == session::PeerStatus::open) {
        const std::span<std::byte> buffer = engine.recv_buffer(peer_);
        const std::size_t wanted = std::min(buffer.size(), left);
        const ssize_t size = ::read(socket_.native_handle(), buffer.data(), wanted);
        execute(size > 0 ? static_cast<std::size_t>(size) : 0);
        if (size <= 0) break;
        left -= static_cast<std::size_t>(size);
    }
    engine.owner_died(peer_, owner_.now());
    owner_.engine_ran();
}

bool Connection::look_for_answer(base::Duration silence_max)
{
    if (closed_) return false;
    const Unacknowledged state = unacknowledged_of(socket_.native_handle());
    awaits_answer_ = state.any;
    if (!state.unanswered) {
        unanswered_since_.reset();
        return awaits_answer_;
    }
    // What was sent a moment ago after a long silence has its time, too.
    const base::TimePoint now = owner_.now();
    if (!unanswered_since_) unanswered_since_ = now;
    if (std::min(state.silence_for, now - *unanswered_since_) < silence_max) return true;
    owner_.engine().unreachable(peer_, now);
    return false;
}

void Connection::close()
{
    if (closed_) return;
    closed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    owner_pidfd_.reset();
    owner_process_.close(ignored);
    owner_.engine().disconnected(peer_, owner_.now());
    owner_.closed(peer_);
}

}  // namespace penstock::net
