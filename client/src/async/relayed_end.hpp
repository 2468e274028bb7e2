// RelayedEnd: the end of a pipe that the broker relays: PUT at this end, GET at the other.
#pragma once

#include "client/src/async/handle.hpp"
#include "client/src/async/pipe_end.hpp"
#include "client/src/protocol/relayed_messages.hpp"

#include <penstock/options.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <system_error>
#include <vector>

namespace penstock::async::detail {

/// It asks the broker once at a time, for the front of its line; one that is cancelled then is
/// called off, and what it brings nevertheless is for the next one.
class RelayedEnd final : public PipeEnd {
public:
    explicit RelayedEnd(std::shared_ptr<Handle> handle, PipeOptions options = {});

    void send(Bytes bytes, ContentType content_type, Duration timeout, PipeHandler to) override;
    void close(Half half) override;

private:
    [[nodiscard]] std::vector<PipeCallPtr> drop_calls() override;
    void serve(PipeLine& line) override;
    void give_up(PipeCall& call, std::error_code& ec) override;
    [[nodiscard]] PipeResult at_the_end(PipeCall::Kind kind, std::error_code why) const;
    void ask(const PipeCallPtr& call);
    void answered(protocol::Answer answer);
    void end_half(wire::ShutdownHow half);

    const std::shared_ptr<Handle> handle_;
    const std::size_t size_max_;
    std::atomic<bool> sending_ended_ = false;
    std::atomic<bool> receiving_ended_ = false;
    protocol::RelayedMessages here_;
    PipeCallPtr asked_for_;
    const std::shared_ptr<asio::cancellation_signal> call_off_;  // what it asks
};

}  // namespace penstock::async::detail
