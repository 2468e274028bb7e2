#include "client/src/async/relayed_end.hpp"

#include "client/src/async/answered.hpp"
#include "client/src/protocol/requests.hpp"

#include <penstock/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace penstock::async::detail {

RelayedEnd::RelayedEnd(std::shared_ptr<Handle> handle, PipeOptions options)
    : PipeEnd(handle->connection().executor()),
      handle_(std::move(handle)),
      size_max_(options.message_size_max),
      here_(size_max_),
      call_off_(std::make_shared<asio::cancellation_signal>())
{}

void RelayedEnd::send(Bytes bytes, ContentType content_type, Duration timeout, PipeHandler to)
{
    std::error_code ec;
    if (bytes.size() > size_max_) ec = errc::too_large;
    if (sending_ended_ || handle_->closed()) ec = errc::closed;
    if (ec) {
        PendingHandler<PipeResult> failed(std::move(to), executor_);
        return detail::complete<PipeResult>(executor_, failed, {.ec = ec});
    }
    auto then = [](auto&& handler, const protocol::Answer& answer) {
        std::move(handler)(PipeResult{.ec = protocol::to_pipe_code(answer.ec)});
    };
    handle_->connection().call(
        protocol::put_one(handle_->id(), std::move(bytes), {content_type, std::nullopt}),
        timeout,
        Answered(std::move(then), std::move(to), executor_));
}

std::vector<PipeCallPtr> RelayedEnd::drop_calls()
{
    std::vector<PipeCallPtr> all = PipeEnd::drop_calls();
    if (asked_for_) all.push_back(std::exchange(asked_for_, nullptr));
    return all;
}

void RelayedEnd::serve(PipeLine& line)
{
    while (!line.empty() && !line.delivers) {
        const PipeCallPtr call = line.front();
        const bool any = returned_ || here_.any();
        if (call->kind == PipeCall::Kind::poll && any) {
            complete_front(line, {.ec = {}, .message = {}, .ready = true});
        } else if (returned_) {
            deliver(*std::exchange(returned_, std::nullopt));
        } else if (any) {
            std::error_code ec;
            RawMessage message = here_.take(penstock::detail::any_length, ec);
            if (ec) {
                complete_front(line, {.ec = ec});
            } else {
                deliver(std::move(message));
            }
        } else if (here_.ended()) {
            complete_front(line, at_the_end(call->kind, here_.ended()));
        } else {
            if (!asked_for_) ask(call);
            return;
        }
    }
}

/// A poll says that recv() would fail at once; but for what is no end of the other side.
PipeResult RelayedEnd::at_the_end(PipeCall::Kind kind, std::error_code why) const
{
    if (kind != PipeCall::Kind::poll) return {.ec = why};
    if (why == errc::timed_out) return {};
    if (why == errc::closed || why == errc::unsupported || why == aborted()) return {.ec = why};
    return {.ec = {}, .message = {}, .ready = true};
}

void RelayedEnd::ask(const PipeCallPtr& call)
{
    Duration timeout = forever;
    if (call->deadline == base::immediate) {
        timeout = Duration::zero();
    } else if (call->deadline != base::no_deadline) {
        timeout = call->deadline - std::chrono::steady_clock::now();
    }
    asked_for_ = call;
    receiving_.forget_deadline(*call);
    // What nobody answers must not keep the end; but the signal must be there as long as the call.
    auto then = [weak = weak_from_this(), this, call_off = call_off_](protocol::Answer answer) {
        if (const auto self = weak.lock()) answered(std::move(answer));
    };
    handle_->connection().call(
        protocol::get_many(handle_->id(), protocol::RelayedMessages::ahead_max),
        timeout,
        asio::bind_cancellation_slot(call_off_->slot(),
                                     asio::bind_executor(strand_, std::move(then))));
}

void RelayedEnd::answered(protocol::Answer answer)
{
    const PipeCallPtr call = std::exchange(asked_for_, nullptr);
    std::vector<RawItem> items;
    items.reserve(answer.items.size());
    const std::uint64_t session = handle_->connection().session_number();
    for (const protocol::GotItem& got : answer.items) {
        items.push_back(protocol::to_item(got, answer.op, session));
    }
    const std::error_code ec = here_.add(std::move(items), answer.ec);
    if (ec && receiving_.holds(*call)) {
        receiving_.remove(*call);
        complete(*call, at_the_end(call->kind, ec));
    }
    run(receiving_);
}

void RelayedEnd::give_up(PipeCall& call, std::error_code& /*nothing of it was done*/)
{
    // Only as long as it brings nothing: that is for the next one.
    if (asked_for_.get() == &call) call_off_->emit(asio::cancellation_type::total);
}

void RelayedEnd::end_half(wire::ShutdownHow half)
{
    handle_->connection().send(wire::Shutdown{.handle = handle_->id(), .how = half});
}

void RelayedEnd::close(Half half)
{
    const bool ends_sending = half != Half::receiving && !sending_ended_.exchange(true);
    const bool ends_receiving = half != Half::sending && !receiving_ended_.exchange(true);
    if (sending_ended_ && receiving_ended_) {
        handle_->close();
    } else if (ends_sending) {
        end_half(wire::ShutdownHow::sending);
    } else if (ends_receiving) {
        end_half(wire::ShutdownHow::receiving);
    }
    if (!ends_receiving) return;
    asio::post(strand_, [self = shared_from_this(), this] {
        end(receiving_, errc::closed);
        if (asked_for_) call_off_->emit(asio::cancellation_type::total);
    });
}

}  // namespace penstock::async::detail
