#include "client/src/io/handshake_io.hpp"

#include "client/src/io/socket_peer.hpp"

#include <penstock/error.hpp>

#include <cerrno>
#include <cstddef>
#include <span>
#include <sys/socket.h>

namespace penstock::io {

namespace {

using State = HandshakeTurn::State;
using Progress = protocol::DirectHandshake::State;

bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

HandshakeTurn gone(const std::string& why)
{
    return {State::failed, errc::disconnected, why};
}

}  // namespace

HandshakeTurn go_on(protocol::DirectHandshake& handshake, int socket, bool tcp)
{
    while (true) {
        const std::span<const std::byte> output = handshake.output();
        const bool failed = handshake.state() == Progress::failed;
        if (!output.empty()) {
            const ssize_t size =
                ::send(socket, output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (size >= 0) {
                handshake.output_sent(static_cast<std::size_t>(size));
                continue;
            }
            if (errno == EINTR) continue;
            // That it failed need not arrive.
            if (!failed && would_block(errno)) return {State::awaits_room, {}, {}};
            if (!failed) return gone(std::generic_category().message(errno));
        }
        if (failed) return {State::failed, errc::refused, std::string(handshake.reason())};
        if (handshake.state() == Progress::done) return {State::done, {}, {}};

        const std::span<std::byte> room = handshake.recv_buffer();
        // Descriptors that come along are closed by the system: plain recv() takes none.
        const ssize_t size = ::recv(socket, room.data(), room.size(), MSG_DONTWAIT);
        if (size > 0) {
            handshake.recv_advance(static_cast<std::size_t>(size));
            if (tcp) acknowledge_at_once(socket);
            continue;
        }
        if (size == 0) return gone("the other side closed the connection during the handshake");
        if (errno == EINTR) continue;
        if (would_block(errno)) return {State::awaits_input, {}, {}};
        return gone(std::generic_category().message(errno));
    }
}

}  // namespace penstock::io
