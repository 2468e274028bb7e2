// DirectEnd: the end of a pipe that is a connected stream socket: an io::MessageSocket for threads
// that wait.
#pragma once

#include "client/src/blocking/pipe_end.hpp"
#include "client/src/blocking/turn.hpp"
#include "client/src/blocking/use_count.hpp"
#include "client/src/blocking/wake.hpp"
#include "client/src/io/descriptor.hpp"
#include "client/src/io/message_socket.hpp"
#include "common/base/time.hpp"

#include <penstock/options.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>

namespace penstock::blocking {

enum class Children : std::uint8_t { inherit, are_without };

class DirectEnd final : public PipeEnd {
public:
    /// Takes a connected stream socket over; a child inherits it, unless `children` says that it is
    /// closed there. `received`: what was read from it already. `label`: for texts of exceptions;
    /// empty: one that names the descriptor.
    [[nodiscard]] static std::shared_ptr<DirectEnd> make(io::Descriptor socket,
                                                         PipeOptions options = {},
                                                         io::Directions directions = {},
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
    [[nodiscard]] int fileno() const noexcept override { return closed() ? -1 : io_.fd(); }
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
        explicit Direction(bool can) : possible(can) {}
        const bool possible;
        std::atomic<bool> ended = false;
        Wake wake;  // closed, or ended
        Turn turn;
    };
    /// A call under way, whose turn it is. While there is any the descriptor stays open.
    class Call;

    DirectEnd(io::Descriptor socket,
              PipeOptions options,
              io::Directions directions,
              std::string label,
              std::span<const std::byte> received,
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

    io::MessageSocket io_;
    const bool exclusive_;  // to this process
    const std::string label_;
    UseCount use_;
    std::atomic<std::uint64_t> split_by_ = 0;  // the process; 0: it is not split
    Direction sending_;
    Direction receiving_;
};

}  // namespace penstock::blocking
