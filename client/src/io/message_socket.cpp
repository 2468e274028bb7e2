#include "client/src/io/message_socket.hpp"

#include "client/src/io/last_error.hpp"
#include "client/src/io/socket_peer.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace penstock::io {

namespace {

constexpr std::size_t gather_parts_max = 64;

bool is_tcp(int fd)
{
    int domain = 0;
    socklen_t size = sizeof(domain);
    if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return false;
    return domain == AF_INET || domain == AF_INET6;
}

/// After SHUT_RD, of a Unix socket: its other side is told by EPIPE, but not woken where it waits
/// for room, so it gets room. More than this such a socket doesn't hold.
void drain(int fd)
{
    constexpr int blocks_max = 1024;
    std::array<std::byte, std::size_t{16} * 1024> block;
    for (int i = 0; i < blocks_max; ++i) {
        if (::recv(fd, block.data(), block.size(), MSG_DONTWAIT) <= 0) return;
    }
}

/// What is left when so many bytes are written.
std::span<iovec> skip_written(std::span<iovec> parts, std::size_t bytes)
{
    while (!parts.empty() && bytes >= parts.front().iov_len) {
        bytes -= parts.front().iov_len;
        parts = parts.subspan(1);
    }
    if (!parts.empty()) {
        parts.front().iov_base = static_cast<std::byte*>(parts.front().iov_base) + bytes;
        parts.front().iov_len -= bytes;
    }
    return parts;
}

bool gone(int error)
{
    return error == EPIPE || error == ECONNRESET;
}

}  // namespace

// sendmsg takes const bytes through a pointer that is not.
OutgoingMessage::OutgoingMessage(std::span<const std::byte> bytes)
    : size_(bytes.size()),
      parts_{iovec{prefix_.data(), wire::write_frame_prefix(prefix_, bytes.size())},
             iovec{const_cast<std::byte*>(bytes.data()), bytes.size()}},
      unsent_(parts_)
{}

MessageSocket::MessageSocket(Descriptor socket,
                             PipeOptions options,
                             Directions directions,
                             std::span<const std::byte> received)
    : socket_(std::move(socket)),
      fd_(socket_.get()),
      tcp_(is_tcp(fd_)),
      directions_(directions),
      message_size_max_(options.message_size_max)
{
    if (tcp_) send_at_once(fd_);
    while (!received.empty()) {
        const std::span<std::byte> room = reader_.rooms()[0];
        const std::size_t size = std::min(room.size(), received.size());
        std::copy_n(received.begin(), size, room.begin());
        reader_.advance(size);
        received = received.subspan(size);
    }
}

MessageSocket::Step MessageSocket::send(OutgoingMessage& message,
                                        bool may_block,
                                        std::error_code& ec)
{
    if (message.size() > message_size_max_) {
        ec = errc::too_large;
        return Step::failed;
    }
    if (!rest_.empty()) {
        const Step step = write_rest(may_block, ec);
        if (step != Step::done) return step;
    }
    std::size_t sent = 0;
    const Step step = write(message.unsent_, sent, may_block, ec);
    message.begun_ = message.begun_ || sent > 0;
    return step;
}

void MessageSocket::break_off(OutgoingMessage& message, std::error_code& ec)
{
    if (!message.begun_ || ec == errc::closed) return;
    // Half a message must not stand before the next one.
    for (const iovec& part : message.unsent_) {
        rest_.append({static_cast<const std::byte*>(part.iov_base), part.iov_len});
    }
    ec = errc::in_doubt;
}

MessageSocket::Step MessageSocket::write_rest(bool may_block, std::error_code& ec)
{
    while (!rest_.empty()) {
        std::array<std::span<const std::byte>, gather_parts_max> spans;
        std::array<iovec, gather_parts_max> parts;
        const std::size_t count = rest_.gather(spans);
        for (std::size_t i = 0; i < count; ++i) {
            parts[i] = {const_cast<std::byte*>(spans[i].data()), spans[i].size()};
        }
        std::span<iovec> unsent = std::span(parts).first(count);
        std::size_t sent = 0;
        const Step step = write(unsent, sent, may_block, ec);
        rest_.consume(sent);
        if (step != Step::done) return step;
    }
    return Step::done;
}

MessageSocket::Step MessageSocket::write(std::span<iovec>& parts,
                                         std::size_t& sent,
                                         bool may_block,
                                         std::error_code& ec) const
{
    const int flags = MSG_NOSIGNAL | (may_block ? 0 : MSG_DONTWAIT);
    while (!(parts = skip_written(parts, 0)).empty()) {
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t size = ::sendmsg(fd_, &message, flags);
        if (size >= 0) {
            sent += static_cast<std::size_t>(size);
            parts = skip_written(parts, static_cast<std::size_t>(size));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN) return Step::would_block;
        ec = gone(errno) ? make_error_code(errc::closed) : last_error();
        return Step::failed;
    }
    return Step::done;
}

MessageSocket::Step MessageSocket::receive(std::size_t maxlength,
                                           std::span<std::byte> place,
                                           When when,
                                           std::error_code& ec)
{
    while (!failed_) {
        switch (reader_.next(std::min(maxlength, message_size_max_), place)) {
            case protocol::MessageReader::Status::message:
                return Step::done;
            case protocol::MessageReader::Status::need_more: {
                const Step step = read(when, ec);
                if (step != Step::done) return step;
                break;
            }
            case protocol::MessageReader::Status::too_long:
                ec = errc::too_large;
                // As Python does it: an end that can send goes on sending.
                failed_ = directions_.sends ? errc::unsupported : errc::closed;
                return Step::failed;
            case protocol::MessageReader::Status::bad_length:
                failed_ = errc::protocol;
                break;
        }
    }
    ec = failed_;
    return Step::failed;
}

MessageSocket::Step MessageSocket::read(When when, std::error_code& ec)
{
    // Where the last read found less than it had room for, there is most likely nothing yet.
    if (when == When::likely && drained_) return Step::would_block;
    const std::array<std::span<std::byte>, 2> rooms = reader_.rooms();
    std::array<iovec, 2> parts{iovec{rooms[0].data(), rooms[0].size()},
                               iovec{rooms[1].data(), rooms[1].size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = rooms[1].empty() ? 1 : 2;
    const int flags = when == When::block ? 0 : MSG_DONTWAIT;
    while (true) {
        // Descriptors that come along are closed by the kernel, since nobody asks for them.
        const ssize_t size = ::recvmsg(fd_, &message, flags);
        if (size > 0) {
            drained_ = reader_.advance(static_cast<std::size_t>(size));
            if (tcp_) acknowledge_at_once(fd_);
            return Step::done;
        }
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return Step::would_block;
        if (size < 0 && !gone(errno)) {
            ec = last_error();
        } else {
            ec = reader_.holds_any() ? errc::protocol : errc::eof;
        }
        return Step::failed;
    }
}

bool MessageSocket::readable() const
{
    pollfd entry{fd_, POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0;
}

void MessageSocket::shut_down(int how) const
{
    ::shutdown(fd_, how);
    if (how == SHUT_RD && !tcp_) drain(fd_);
}

/// Protocol 2 or later, and the opcode that ends it.
ContentType content_type_of_direct(std::span<const std::byte> bytes)
{
    const bool pickle = bytes.size() > 2 && bytes.front() == std::byte{0x80} &&
                        bytes[1] >= std::byte{2} && bytes[1] <= std::byte{5} &&
                        bytes.back() == std::byte{'.'};
    return pickle ? ContentType::pickle : ContentType::bytes;
}

}  // namespace penstock::io
