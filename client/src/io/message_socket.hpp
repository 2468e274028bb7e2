// MessageSocket: a connected stream socket as the end of a pipe, whose other end may be a program
// of ours or Python's. Its frames are those of section 1 of docs/protocol.md. Both drivers stand on
// it; who waits for the socket, and how, is theirs.
//
// The socket may be open in other processes, too: so its flags are left alone (O_NONBLOCK would be
// theirs as well), and closing it shuts nothing down. One thread may send while another receives.
#pragma once

#include "client/src/io/descriptor.hpp"
#include "client/src/protocol/message_reader.hpp"
#include "common/base/byte_queue.hpp"
#include "common/wire/frame_prefix.hpp"

#include <penstock/codec.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/options.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/uio.h>
#include <system_error>

namespace penstock::io {

/// What an end can do, whatever its type says.
struct Directions {
    bool sends = true;
    bool receives = true;
};

/// A message on its way out. The bytes must outlive it.
class OutgoingMessage {
public:
    explicit OutgoingMessage(std::span<const std::byte> bytes);
    OutgoingMessage(const OutgoingMessage&) = delete;
    OutgoingMessage& operator=(const OutgoingMessage&) = delete;
    ~OutgoingMessage() = default;

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    friend class MessageSocket;

    const std::size_t size_;
    std::array<std::byte, wire::frame_prefix_size_max> prefix_;
    std::array<iovec, 2> parts_;
    std::span<iovec> unsent_;
    bool begun_ = false;
};

class MessageSocket {
public:
    MessageSocket(Descriptor socket,
                  PipeOptions options,
                  Directions directions,
                  std::span<const std::byte> received = {});

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] const Directions& directions() const { return directions_; }

    enum class Step : std::uint8_t {
        done,
        would_block,  // wait, then try again
        failed,       // `ec` says why
    };

    /// All of the message, behind the rest of one that was broken off. `may_block`: waits in the
    /// system. errc::too_large; closed: the other side is gone.
    [[nodiscard]] Step send(OutgoingMessage& message, bool may_block, std::error_code& ec);
    /// Sends no more of it, for the reason `ec`. If a part of it is sent the rest goes out with the
    /// next one: errc::in_doubt.
    void break_off(OutgoingMessage& message, std::error_code& ec);

    enum class When : std::uint8_t {
        now,
        likely,  // not where the last read took all there was: wait first
        block,   // waits in the system
    };
    /// Receives until there is a message: in `place` if it fits there, else take() it. errc::eof;
    /// too_large: it is longer than `maxlength` or the end's own limit, and receiving has ended for
    /// good; protocol: the other side broke off inside a message.
    [[nodiscard]] Step receive(std::size_t maxlength,
                               std::span<std::byte> place,
                               When when,
                               std::error_code& ec);
    /// Behind Step::done, and then no more: the message's size, and its bytes if they are not in
    /// `place`.
    [[nodiscard]] std::size_t size() const { return reader_.size(); }
    [[nodiscard]] Bytes take() { return reader_.take(); }
    /// `place` goes away, and no message is whole.
    void set_aside() { reader_.set_aside(); }
    /// Somebody has waited: the next read is worth a try.
    void is_readable() { drained_ = false; }

    /// receive() has something to do without waiting, as far as is known without asking the system.
    [[nodiscard]] bool has_input() const { return reader_.holds_any() || failed_; }
    /// The system's word for it.
    [[nodiscard]] bool readable() const;
    /// Receiving has failed for good.
    [[nodiscard]] const std::error_code& failed() const { return failed_; }
    /// No part of a message is here and not in the socket.
    [[nodiscard]] bool at_rest() const { return !has_input() && rest_.empty(); }

    /// One direction (SHUT_RD, SHUT_WR) or both, for all processes that have the socket.
    void shut_down(int how) const;
    void close() { socket_.reset(); }
    [[nodiscard]] int release() { return socket_.release(); }

private:
    [[nodiscard]] Step write(std::span<iovec>& parts,
                             std::size_t& sent,
                             bool may_block,
                             std::error_code& ec) const;
    [[nodiscard]] Step write_rest(bool may_block, std::error_code& ec);
    /// Reads what there is, at least something.
    [[nodiscard]] Step read(When when, std::error_code& ec);

    Descriptor socket_;
    const int fd_;
    const bool tcp_;
    const Directions directions_;
    const std::size_t message_size_max_;

    base::ByteQueue rest_;  // of a message that was broken off

    protocol::MessageReader reader_;
    std::error_code failed_;
    bool drained_ = false;  // the last read took all there was
};

/// What is known of bytes that come without a word about them: whether Python's pickle module wrote
/// them.
[[nodiscard]] ContentType content_type_of_direct(std::span<const std::byte> bytes);

}  // namespace penstock::io
