// DirectEnd: the end of a pipe that is a connected stream socket, whose other end may be a program
// of ours or Python's. Its frames are those of section 1 of docs/protocol.md.
//
// The socket may be open in other processes, too: so its flags are left alone (O_NONBLOCK would be
// theirs as well), and closing an end shuts nothing down.
#pragma once

#include "client/src/blocking/pipe_end.hpp"
#include "client/src/blocking/turn.hpp"
#include "client/src/blocking/use_count.hpp"
#include "client/src/blocking/wake.hpp"
#include "client/src/io/descriptor.hpp"
#include "client/src/protocol/message_reader.hpp"
#include "common/base/byte_queue.hpp"
#include "common/base/time.hpp"

#include <penstock/options.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <sys/uio.h>
#include <system_error>

namespace penstock::blocking {

/// What an end can do, whatever its type says.
struct Directions {
    bool sends = true;
    bool receives = true;
};

enum class Children : std::uint8_t { inherit, are_without };

class DirectEnd final : public PipeEnd {
public:
    /// Takes a connected stream socket over; a child inherits it, unless `children` says that it is
    /// closed there. `received`: what was read from it already. `label`: for texts of exceptions;
    /// empty: one that names the descriptor.
    [[nodiscard]] static std::shared_ptr<DirectEnd> make(io::Descriptor socket,
                                                         PipeOptions options = {},
                                                         Directions directions = {},
                                                         std::string label = {},
                                                         std::span<const std::byte> received = {},
                                                         Children children = Children::inherit);
    ~DirectEnd() override = default;

    bool send(std::span<const std::byte> bytes,
              ContentType content_type,
              Duration timeout,
              std::error_code& ec) override;
    [[nodiscard]] detail::RawMessage recv(Duration timeout,
                                          std::size_t maxlength,
                                          std::error_code& ec) override;
    [[nodiscard]] std::size_t recv_into(std::span<std::byte> buffer,
                                        Duration timeout,
                                        detail::RawMessage& whole,
                                        std::error_code& ec) override;
    [[nodiscard]] bool poll(Duration timeout, std::error_code& ec) override;
    [[nodiscard]] int fileno() const noexcept override { return closed() ? -1 : fd_; }
    void close() noexcept override;
    [[nodiscard]] bool closed() const noexcept override { return use_.closed(); }
    void split() noexcept override;
    void end_sending() noexcept override;
    void end_receiving() noexcept override;
    [[nodiscard]] bool sending_ended() const noexcept override { return sending_.ended; }
    [[nodiscard]] bool receiving_ended() const noexcept override { return receiving_.ended; }
    [[nodiscard]] int release(std::error_code& ec) override;
    [[nodiscard]] std::string label() const override { return label_; }

    /// What another thread receives meanwhile, and reads ahead, wakes nobody who waits here.
    [[nodiscard]] Watch begin_wait(std::error_code& ec) override;
    [[nodiscard]] bool ready(std::error_code& ec) override;
    void end_wait() noexcept override;

private:
    struct Direction {
        bool possible = true;
        std::atomic<bool> ended = false;
        Wake wake;  // closed, or ended
        Turn turn;
    };
    /// A call under way, whose turn it is. While there is any the descriptor stays open.
    class Call;

    DirectEnd(io::Descriptor socket,
              PipeOptions options,
              Directions directions,
              std::string label,
              Children children);

    [[nodiscard]] bool enter(std::error_code& ec);
    void leave() noexcept;
    [[nodiscard]] bool usable(const Direction& direction, std::error_code& ec) const;
    void end(Direction& direction, int how) noexcept;
    /// Whether a call may wait in the system instead of wait_for(): where no other process has the
    /// socket, close() can wake it there.
    [[nodiscard]] bool may_block(base::TimePoint deadline) const
    {
        return exclusive_ && deadline == base::no_deadline;
    }
    [[nodiscard]] bool wait_for(short events,
                                Direction& direction,
                                base::TimePoint deadline,
                                std::error_code& ec);

    /// All of `parts`, or as much as the socket takes until `deadline`; returns how much that was.
    [[nodiscard]] std::size_t write(std::span<iovec> parts,
                                    base::TimePoint deadline,
                                    std::error_code& ec);
    [[nodiscard]] bool write_rest(base::TimePoint deadline, std::error_code& ec);

    /// The size of a message that is in `place`, or in `whole` if it doesn't fit there.
    [[nodiscard]] std::size_t receive(Duration timeout,
                                      std::size_t maxlength,
                                      std::span<std::byte> place,
                                      Bytes& whole,
                                      std::error_code& ec);
    [[nodiscard]] bool receive_whole(base::TimePoint deadline,
                                     std::size_t maxlength,
                                     std::span<std::byte> place,
                                     std::error_code& ec);
    /// Reads what there is, at least something.
    [[nodiscard]] bool read(base::TimePoint deadline, std::error_code& ec);
    void fail_receiving();

    /// For the one whose turn it is to receive: there is more, or nothing will come.
    [[nodiscard]] bool has_input() const { return reader_.holds_any() || failed_; }

    io::Descriptor socket_;
    const int fd_;
    const bool tcp_;
    const bool exclusive_;  // to this process
    const std::size_t message_size_max_;
    const std::string label_;
    UseCount use_;
    std::atomic<std::uint64_t> split_by_ = 0;  // the process; 0: it is not split

    Direction sending_;
    base::ByteQueue rest_;  // of a message whose time was over

    Direction receiving_;
    protocol::MessageReader reader_;
    std::error_code failed_;  // receiving has failed for good
    bool drained_ = false;    // the last read took all there was: wait before the next one
};

}  // namespace penstock::blocking
