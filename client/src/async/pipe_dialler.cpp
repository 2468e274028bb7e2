#include "client/src/async/pipe_dialler.hpp"

#include "client/src/async/answered.hpp"
#include "client/src/async/direct_end.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/error.hpp>

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace penstock::async::detail {

PipeDialler::PipeDialler(std::shared_ptr<const DialTarget> target, Handler handler)
    : target_(std::move(target)),
      strand_(asio::make_strand(target_->executor)),
      pending_(std::move(handler), target_->executor),
      timer_(strand_),
      input_(strand_, EPOLLIN),
      room_(strand_, EPOLLOUT)
{}

void PipeDialler::start()
{
    deadline_ = protocol::deadline_after(std::chrono::steady_clock::now(), target_->timeout);
    on_cancel(pending_.handler, shared_from_this(), [](const auto& self, auto /*all alike*/) {
        asio::post(self->strand_, [self] { self->complete({.ec = aborted()}); });
    });
    asio::post(strand_, [self = shared_from_this()] { self->begin(); });
}

void PipeDialler::begin()
{
    if (!pending_.handler) return;  // cancelled already
    if (target_->dialling.why.ec) return complete({.ec = target_->dialling.why.ec});
    const auto dialler = std::make_shared<Dialler>(strand_, target_->dialling.endpoint, deadline_);
    dialler_ = dialler;
    dialler->start(target_->uid, [self = shared_from_this()](io::Dialled found) {
        self->dialled(std::move(found));
    });
}

void PipeDialler::dialled(io::Dialled found)
{
    if (found.ec) return complete({.ec = found.ec});
    socket_ = std::move(found.socket);
    handshake_.emplace(socket_.get(), target_->dialling.legacy_md5, target_->dialling.key);
    if (deadline_ != base::no_deadline) {
        timer_.expires_at(deadline_);
        timer_.async_wait([self = shared_from_this()](error_code failed) {
            if (!failed && self->pending_.handler) {
                self->complete({.ec = self->handshake_->late().ec});
            }
        });
    }
    shake_hands();
}

void PipeDialler::shake_hands()
{
    using enum io::HandshakeTurn::State;
    const io::HandshakeTurn turn = handshake_->go_on();
    if (turn.state == failed) return complete({.ec = turn.ec});
    if (turn.state == done) {
        io::make_blocking(socket_.get());
        socket_.share_with_children();
        const PipeOptions options{.message_size_max = target_->message_size_max};
        return complete(
            {.ec = {},
             .end = std::make_shared<DirectEnd>(target_->executor, std::move(socket_), options)});
    }
    Readiness& readiness = turn.state == awaits_room ? room_ : input_;
    const std::error_code ec =
        readiness.wait(socket_.get(), [self = shared_from_this(), &readiness](error_code why) {
            readiness.over();
            if (!why && self->pending_.handler) self->shake_hands();
        });
    if (ec) complete({.ec = ec});
}

void PipeDialler::complete(DialResult result)
{
    if (!pending_.handler) return;
    if (const auto dialler = dialler_.lock()) dialler->give_up();
    timer_.cancel();
    input_.close();
    room_.close();
    socket_.reset();
    detail::complete<DialResult>(target_->executor, pending_, std::move(result));
}

std::shared_ptr<DialTarget> make_dial_target(asio::any_io_executor executor,
                                             std::string_view address,
                                             const DialOptions& options)
{
    return std::make_shared<DialTarget>(std::move(executor), address, options);
}

asio::any_io_executor executor_of(const DialTarget& target) noexcept
{
    return target.executor;
}

void start_dial(const std::shared_ptr<DialTarget>& target,
                HandlerOf<std::shared_ptr<PipeEnd>> handler)
{
    auto then = [](auto&& to, DialResult result) {
        std::move(to)(to_boost(result.ec), std::move(result.end));
    };
    std::make_shared<PipeDialler>(target,
                                  Answered(std::move(then), std::move(handler), target->executor))
        ->start();
}

}  // namespace penstock::async::detail
