// DirectEnd: the end of a pipe that is a connected stream socket: an io::MessageSocket on its
// user's executor.
#pragma once

#include "client/src/async/handle.hpp"
#include "client/src/async/pipe_end.hpp"
#include "client/src/async/readiness.hpp"
#include "client/src/io/descriptor.hpp"
#include "client/src/io/message_socket.hpp"

#include <penstock/options.hpp>

#include <cstdint>
#include <memory>
#include <system_error>
#include <vector>

namespace penstock::async::detail {

class DirectEnd final : public PipeEnd, public Follower {
public:
    /// Takes a connected stream socket over. `name`: keeps its name at a broker.
    DirectEnd(asio::any_io_executor executor,
              io::Descriptor socket,
              PipeOptions options = {},
              io::Directions directions = {},
              std::shared_ptr<Handle> name = nullptr);

    void send(Bytes bytes, ContentType content_type, Duration timeout, PipeHandler to) override;
    void split() override;
    void close(Half half) override;
    /// Its calls complete with operation_aborted.
    void client_closed() override;

private:
    [[nodiscard]] std::vector<PipeCallPtr> drop_calls() override;
    void serve(PipeLine& line) override;
    void give_up(PipeCall& call, std::error_code& ec) override;
    void serve_senders();
    void serve_receivers();
    /// False: wait.
    [[nodiscard]] bool serve_receiver(PipeCall& call);
    [[nodiscard]] bool serve_poll();
    [[nodiscard]] bool wait(PipeLine& line, Readiness& readiness, std::error_code& ec);
    void end_now(Half half, std::error_code why);

    io::MessageSocket io_;
    const std::shared_ptr<Handle> name_;
    std::uint64_t split_by_ = 0;  // the process; 0: it is not split
    bool closed_ = false;
    PipeLine sending_;
    Readiness input_;
    Readiness room_;
};

}  // namespace penstock::async::detail
