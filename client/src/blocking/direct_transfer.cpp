// What a DirectEnd sends and receives.
#include "client/src/blocking/direct_call.hpp"
#include "client/src/blocking/direct_end.hpp"
#include "client/src/io/last_error.hpp"
#include "client/src/io/poll_time.hpp"
#include "client/src/io/socket_peer.hpp"
#include "client/src/protocol/message_reader.hpp"
#include "common/wire/frame_prefix.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace penstock::blocking {

namespace {

constexpr std::size_t gather_parts_max = 64;

/// What Python's pickle module writes: protocol 2 or later, and the opcode that ends it.
ContentType content_type_of_direct(std::span<const std::byte> bytes)
{
    const bool pickle = bytes.size() > 2 && bytes.front() == std::byte{0x80} &&
                        bytes[1] >= std::byte{2} && bytes[1] <= std::byte{5} &&
                        bytes.back() == std::byte{'.'};
    return pickle ? ContentType::pickle : ContentType::bytes;
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

bool DirectEnd::send(std::span<const std::byte> bytes,
                     ContentType /*there is no room for it*/,
                     Duration timeout,
                     std::error_code& ec)
{
    const base::TimePoint deadline = io::deadline_of(timeout);
    const Call call(*this, sending_, deadline, ec);
    if (!call) return false;
    if (bytes.size() > message_size_max_) {
        ec = errc::too_large;
        return false;
    }
    if (!rest_.empty() && !write_rest(deadline, ec)) return false;

    std::array<std::byte, wire::frame_prefix_size_max> prefix;
    const std::size_t prefix_size = wire::write_frame_prefix(prefix, bytes.size());
    // sendmsg takes const bytes through a pointer that is not.
    std::array<iovec, 2> parts{iovec{prefix.data(), prefix_size},
                               iovec{const_cast<std::byte*>(bytes.data()), bytes.size()}};
    const std::size_t sent = write(parts, deadline, ec);
    if (!ec) return true;
    if (sent == 0 || ec == errc::closed) return false;
    // Half a message must not stand before the next one.
    if (sent < prefix_size) rest_.append(std::span(prefix).subspan(sent, prefix_size - sent));
    rest_.append(bytes.subspan(sent < prefix_size ? 0 : sent - prefix_size));
    ec = errc::in_doubt;
    return false;
}

bool DirectEnd::write_rest(base::TimePoint deadline, std::error_code& ec)
{
    while (!rest_.empty() && !ec) {
        std::array<std::span<const std::byte>, gather_parts_max> spans;
        std::array<iovec, gather_parts_max> parts;
        const std::size_t count = rest_.gather(spans);
        for (std::size_t i = 0; i < count; ++i) {
            parts[i] = {const_cast<std::byte*>(spans[i].data()), spans[i].size()};
        }
        rest_.consume(write(std::span(parts).first(count), deadline, ec));
    }
    return !ec;
}

std::size_t DirectEnd::write(std::span<iovec> parts, base::TimePoint deadline, std::error_code& ec)
{
    std::size_t sent = 0;
    const int flags = MSG_NOSIGNAL | (may_block(deadline) ? 0 : MSG_DONTWAIT);
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
        if (errno == EAGAIN) {
            if (!wait_for(POLLOUT, sending_, deadline, ec)) return sent;
            continue;
        }
        ec = gone(errno) ? make_error_code(errc::closed) : io::last_error();
        return sent;
    }
    return sent;
}

detail::RawMessage DirectEnd::recv(Duration timeout, std::size_t maxlength, std::error_code& ec)
{
    detail::RawMessage message;
    (void)receive(timeout, maxlength, {}, message.bytes, ec);  // it doesn't fit into nothing
    message.content_type = content_type_of_direct(message.bytes);
    return message;
}

std::size_t DirectEnd::recv_into(std::span<std::byte> buffer,
                                 Duration timeout,
                                 detail::RawMessage& whole,
                                 std::error_code& ec)
{
    const std::size_t size = receive(timeout, detail::any_length, buffer, whole.bytes, ec);
    if (size <= buffer.size()) return size;
    whole.content_type = content_type_of_direct(whole.bytes);
    ec = errc::buffer_too_short;
    return 0;
}

std::size_t DirectEnd::receive(Duration timeout,
                               std::size_t maxlength,
                               std::span<std::byte> place,
                               Bytes& whole,
                               std::error_code& ec)
{
    const base::TimePoint deadline = io::deadline_of(timeout);
    const Call call(*this, receiving_, deadline, ec);
    if (!call) return 0;
    const bool complete = receive_whole(deadline, maxlength, place, ec);
    // Whoever ended it meanwhile takes out what is there: what was read may have a hole.
    const bool ended = receiving_.ended;
    if (ended) ec = errc::closed;
    if (!complete || ended) {
        reader_.set_aside();
        return 0;
    }
    const std::size_t size = reader_.size();
    whole = reader_.take();
    return size;
}

bool DirectEnd::receive_whole(base::TimePoint deadline,
                              std::size_t maxlength,
                              std::span<std::byte> place,
                              std::error_code& ec)
{
    while (!failed_) {
        switch (reader_.next(std::min(maxlength, message_size_max_), place)) {
            case protocol::MessageReader::Status::message:
                return true;
            case protocol::MessageReader::Status::need_more:
                if (!read(deadline, ec)) return false;
                break;
            case protocol::MessageReader::Status::too_long:
                ec = errc::too_large;
                fail_receiving();
                return false;
            case protocol::MessageReader::Status::bad_length:
                failed_ = errc::protocol;
                break;
        }
    }
    ec = failed_;
    return false;
}

void DirectEnd::fail_receiving()
{
    // As Python does it: an end that can send goes on sending.
    failed_ = sending_.possible ? errc::unsupported : errc::closed;
    if (!sending_.possible) close();
}

bool DirectEnd::read(base::TimePoint deadline, std::error_code& ec)
{
    const std::array<std::span<std::byte>, 2> rooms = reader_.rooms();
    std::array<iovec, 2> parts{iovec{rooms[0].data(), rooms[0].size()},
                               iovec{rooms[1].data(), rooms[1].size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = rooms[1].empty() ? 1 : 2;
    const int flags = may_block(deadline) ? 0 : MSG_DONTWAIT;
    // Where the last read found less than it had room for, there is most likely nothing yet.
    bool wait = flags != 0 && drained_ && deadline != base::immediate;
    while (true) {
        if (wait && !wait_for(POLLIN, receiving_, deadline, ec)) return false;
        // Descriptors that come along are closed by the kernel, since nobody asks for them.
        const ssize_t size = ::recvmsg(fd_, &message, flags);
        if (size > 0) {
            drained_ = reader_.advance(static_cast<std::size_t>(size));
            if (tcp_) io::acknowledge_at_once(fd_);
            return true;
        }
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) {
            wait = true;
            continue;
        }
        if (size < 0 && !gone(errno)) {
            ec = io::last_error();
        } else if (usable(receiving_, ec)) {
            ec = reader_.holds_any() ? errc::protocol : errc::eof;
        }
        return false;
    }
}

}  // namespace penstock::blocking
