// PipeEnd: one end of a pipe, in bytes: what the asynchronous Connection, Receiver and Sender stand
// on. All but what starts something runs on one strand.
//
// Those who receive are served in their order, one at a time: while a message is on its way to a
// handler the next one stays where it is, so that one whose receiver is cancelled then returns to
// its place.
#pragma once

#include "client/src/async/context.hpp"
#include "client/src/async/pipe_line.hpp"

#include <penstock/async/detail/pipe_end.hpp>

#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock::async::detail {

class PipeEnd : public std::enable_shared_from_this<PipeEnd>, private ContextMember {
public:
    explicit PipeEnd(asio::any_io_executor executor);
    PipeEnd(const PipeEnd&) = delete;
    PipeEnd& operator=(const PipeEnd&) = delete;
    virtual ~PipeEnd() = default;

    // From any thread; what they start completes later. The cancellation slots of the handlers are
    // used.

    [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
    virtual void send(Bytes bytes, ContentType content_type, Duration timeout, PipeHandler to) = 0;
    void recv(Duration timeout, std::optional<Half> ends_half, PipeHandler to);
    void poll(Duration timeout, PipeHandler to);
    /// From now on each half ends by itself.
    virtual void split() {}
    /// Its calls complete with errc::closed, those of that half or all.
    virtual void close(Half half) = 0;

protected:
    void start(PipeLine& line, PipeCallPtr call);
    /// Serves those who can be, gives up those whose time is over.
    void run(PipeLine& line);
    void complete(PipeCall& call, PipeResult result);
    /// The front of the receiving line gets it, unless it is cancelled before.
    void deliver(RawMessage message);
    /// The front of the line is done, or has failed.
    void complete_front(PipeLine& line, PipeResult result);
    /// All its calls complete so, and those that come.
    void end(PipeLine& line, std::error_code ec);

    /// The front of the line, and those behind it; those of a line that has ended are gone.
    virtual void serve(PipeLine& line) = 0;
    /// `call` is no longer in its line, for the reason `ec`.
    virtual void give_up(PipeCall& call, std::error_code& ec) = 0;

    /// The calls that wait, to be destroyed uncalled.
    [[nodiscard]] virtual std::vector<PipeCallPtr> drop_calls();

    const asio::any_io_executor executor_;
    Strand strand_;
    PipeLine receiving_;
    std::optional<RawMessage> returned_;  // comes before all others

private:
    void context_ended() override;
    void enter(PipeLine& line, const PipeCallPtr& call);
    void cancel(PipeLine& line, const PipeCallPtr& call);
};

}  // namespace penstock::async::detail
