// PipeDialler: connects to a listener of pipes and shakes hands with it.
#pragma once

#include "client/src/async/dialler.hpp"
#include "client/src/async/pending.hpp"
#include "client/src/async/readiness.hpp"
#include "client/src/io/descriptor.hpp"
#include "client/src/io/dial.hpp"
#include "client/src/io/dial_pipe.hpp"
#include "common/base/time.hpp"

#include <penstock/async/dial.hpp>

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>

namespace penstock::async::detail {

class DialTarget {
public:
    DialTarget(asio::any_io_executor where, std::string_view address, const DialOptions& options)
        : executor(std::move(where)),
          dialling(io::prepare_dial(address, options)),
          timeout(options.timeout),
          uid(options.peer_uid),
          message_size_max(options.message_size_max)
    {}

    const asio::any_io_executor executor;
    const io::PipeDialling dialling;
    const Duration timeout;
    const std::optional<std::uint32_t> uid;
    const std::size_t message_size_max;
};

struct DialResult {
    std::error_code ec;
    std::shared_ptr<PipeEnd> end = nullptr;
};

/// Once. It keeps itself as long as it waits for something.
class PipeDialler : public std::enable_shared_from_this<PipeDialler> {
public:
    using Handler = asio::any_completion_handler<void(DialResult)>;

    PipeDialler(std::shared_ptr<const DialTarget> target, Handler handler);
    /// The handler is called later, and its cancellation slot is used.
    void start();

private:
    void begin();
    void dialled(io::Dialled found);
    void shake_hands();
    void complete(DialResult result);

    const std::shared_ptr<const DialTarget> target_;
    Strand strand_;
    PendingHandler<DialResult> pending_;
    base::TimePoint deadline_{};
    std::weak_ptr<Dialler> dialler_;  // which keeps this
    asio::steady_timer timer_;
    io::Descriptor socket_;
    std::optional<io::DialledHandshake> handshake_;
    Readiness input_;
    Readiness room_;
};

}  // namespace penstock::async::detail
