#include "client/src/async/pipe_end.hpp"

#include "client/src/io/poll_time.hpp"

#include <penstock/error.hpp>

#include <boost/asio/post.hpp>

namespace penstock::async::detail {

PipeEnd::PipeEnd(asio::any_io_executor executor)
    : ContextMember(executor),
      executor_(std::move(executor)),
      strand_(asio::make_strand(executor_)),
      receiving_(strand_)
{}

void PipeEnd::recv(Duration timeout, std::optional<Half> ends_half, PipeHandler to)
{
    auto call = std::make_shared<PipeCall>(
        PipeCall::Kind::recv, io::deadline_of(timeout), std::move(to), executor_);
    call->ends_half = ends_half;
    start(receiving_, std::move(call));
}

void PipeEnd::poll(Duration timeout, PipeHandler to)
{
    start(receiving_,
          std::make_shared<PipeCall>(
              PipeCall::Kind::poll, io::deadline_of(timeout), std::move(to), executor_));
}

void PipeEnd::start(PipeLine& line, PipeCallPtr call)
{
    on_cancel(call->handler,
              call,
              [end = weak_from_this(), &line](const PipeCallPtr& found, auto /*all alike*/) {
                  const auto self = end.lock();
                  if (!self) return;
                  found->decide(Fate::cancelled);
                  asio::post(self->strand_, [self, &line, found] { self->cancel(line, found); });
              });
    asio::post(strand_, [self = shared_from_this(), &line, call = std::move(call)] {
        self->enter(line, call);
    });
}

void PipeEnd::enter(PipeLine& line, const PipeCallPtr& call)
{
    if (!call->handler) return;  // cancelled already
    if (line.ended) return complete(*call, {.ec = line.ended});
    line.add(call);
    run(line);
}

void PipeEnd::cancel(PipeLine& line, const PipeCallPtr& call)
{
    if (!call->handler) return;  // completed, or else a message is on its way and returns
    line.remove(*call);
    std::error_code ec = aborted();
    give_up(*call, ec);
    complete(*call, {.ec = aborted()});
    run(line);
}

void PipeEnd::run(PipeLine& line)
{
    while (true) {
        serve(line);
        const std::vector<PipeCallPtr> due = line.take_due();
        if (due.empty()) break;
        for (const PipeCallPtr& call : due) {
            std::error_code ec = errc::timed_out;
            give_up(*call, ec);
            if (call->kind == PipeCall::Kind::poll) ec.clear();
            complete(*call, {.ec = ec});
        }
    }
    line.arm([weak = weak_from_this(), &line] {
        if (const auto self = weak.lock()) self->run(line);
    });
}

void PipeEnd::complete(PipeCall& call, PipeResult result)
{
    detail::complete<PipeResult>(executor_, call, std::move(result));
}

void PipeEnd::complete_front(PipeLine& line, PipeResult result)
{
    const PipeCallPtr call = line.front();
    line.remove(*call);
    const bool too_long = result.ec == errc::too_large && call->ends_half;
    complete(*call, std::move(result));
    // Where nothing else can be done the other side shall know, or it would send for ever.
    if (too_long) close(*call->ends_half);
}

void PipeEnd::deliver(RawMessage message)
{
    const PipeCallPtr call = receiving_.front();
    receiving_.remove(*call);
    receiving_.delivers = true;
    const auto settled = [self = shared_from_this()](PipeResult* back) {
        std::optional<RawMessage> returns;
        if (back != nullptr) returns = std::move(back->message);
        asio::post(self->strand_, [self, returns = std::move(returns)]() mutable {
            self->receiving_.delivers = false;
            if (returns) self->returned_ = std::move(returns);
            self->run(self->receiving_);
        });
    };
    detail::deliver(
        executor_,
        call,
        PipeResult{.ec = {}, .message = std::move(message)},
        [](Fate fate) { return PipeResult{.ec = code_of(fate)}; },
        settled);
}

void PipeEnd::end(PipeLine& line, std::error_code ec)
{
    if (line.ended) return;
    line.ended = ec;
    for (const PipeCallPtr& call : line.take_all()) complete(*call, {.ec = ec});
    line.arm(nullptr);
}

std::vector<PipeCallPtr> PipeEnd::drop_calls()
{
    receiving_.ended = aborted();
    return receiving_.take_all();
}

void PipeEnd::context_ended()
{
    const auto self = shared_from_this();
    const std::vector<PipeCallPtr> dropped = drop_calls();
}

}  // namespace penstock::async::detail
