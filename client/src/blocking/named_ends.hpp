// The ends of pipes that have a name at a broker: one whose messages the broker relays, and one
// that was handed a socket. Both keep the name until they are closed, and are of no use to a child.
#pragma once

#include "client/src/blocking/direct_end.hpp"
#include "client/src/blocking/handle.hpp"
#include "client/src/blocking/pipe_end.hpp"
#include "client/src/blocking/turn.hpp"
#include "client/src/protocol/relayed_messages.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <system_error>

namespace penstock::blocking {

/// PUT at this end, GET at the other.
class RelayedEnd final : public PipeEnd, public io::ProcessBound {
public:
    RelayedEnd(std::shared_ptr<Connection> connection,
               std::shared_ptr<Handle> handle,
               PipeOptions options);

    bool send(std::span<const std::byte> bytes,
              ContentType content_type,
              Duration timeout,
              std::error_code& ec) override;
    [[nodiscard]] detail::RawMessage recv(Duration timeout,
                                          std::size_t maxlength,
                                          std::error_code& ec) override;
    [[nodiscard]] bool poll(Duration timeout, std::error_code& ec) override;
    [[nodiscard]] int fileno() const noexcept override;
    void close() noexcept override;
    [[nodiscard]] bool closed() const noexcept override { return closed_; }
    void split() noexcept override {}
    void end_sending() noexcept override;
    void end_receiving() noexcept override;
    [[nodiscard]] bool sending_ended() const noexcept override { return sending_ended_; }
    [[nodiscard]] bool receiving_ended() const noexcept override { return receiving_ended_; }
    [[nodiscard]] int release(std::error_code& ec) override;
    [[nodiscard]] std::string label() const override;
    /// In a child, instead of the destructor.
    void leave() noexcept {}

    [[nodiscard]] Watch begin_wait(std::error_code& ec) override;
    [[nodiscard]] bool ready(std::error_code& ec) override;
    void end_wait() noexcept override {}
    [[nodiscard]] const Handle* at_broker() const override { return handle_.get(); }

private:
    [[nodiscard]] bool usable(const std::atomic<bool>& ended, std::error_code& ec) const;
    [[nodiscard]] bool fill(base::TimePoint deadline, std::error_code& ec);

    const std::shared_ptr<Connection> connection_;
    const std::shared_ptr<Handle> handle_;
    const PipeOptions options_;
    std::atomic<bool> closed_ = false;
    std::atomic<bool> sending_ended_ = false;
    std::atomic<bool> receiving_ended_ = false;
    Turn receiving_;
    protocol::RelayedMessages here_;  // of the one whose turn it is
};

/// Sends and receives at its socket.
class PassedEnd final : public PipeEnd, public io::ProcessBound {
public:
    PassedEnd(std::shared_ptr<Handle> handle, std::shared_ptr<DirectEnd> end);

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
    [[nodiscard]] int fileno() const noexcept override;
    void close() noexcept override;
    [[nodiscard]] bool closed() const noexcept override { return closed_; }
    void split() noexcept override { end_->split(); }
    void end_sending() noexcept override;
    void end_receiving() noexcept override;
    [[nodiscard]] bool sending_ended() const noexcept override { return end_->sending_ended(); }
    [[nodiscard]] bool receiving_ended() const noexcept override { return end_->receiving_ended(); }
    [[nodiscard]] int release(std::error_code& ec) override;
    [[nodiscard]] std::string label() const override { return end_->label(); }
    void leave() noexcept {}

    [[nodiscard]] Watch begin_wait(std::error_code& ec) override;
    [[nodiscard]] bool ready(std::error_code& ec) override { return end_->ready(ec); }
    void end_wait() noexcept override { end_->end_wait(); }

private:
    [[nodiscard]] bool usable(std::error_code& ec) const;

    const std::shared_ptr<Handle> handle_;  // keeps the name
    const std::shared_ptr<DirectEnd> end_;
    std::atomic<bool> closed_ = false;
};

}  // namespace penstock::blocking
