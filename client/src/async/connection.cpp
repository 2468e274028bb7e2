#include "client/src/async/connection.hpp"

#include "client/src/io/clock.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/error.hpp>

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace penstock::async::detail {

namespace {

using io::now;
using protocol::failed;
using protocol::Session;

}  // namespace

Connection::Connection(asio::any_io_executor executor)
    : ContextMember(executor),
      executor_(std::move(executor)),
      strand_(asio::make_strand(executor_)),
      states_(std::make_shared<States>(executor_)),
      readiness_(strand_),
      alarm_(strand_)
{}

wire::Grants Connection::grants() const
{
    return io_ ? io_->session().grants() : wire::Grants();
}

void Connection::call(protocol::Request request,
                      Duration timeout,
                      AnswerHandler handler,
                      protocol::Acknowledge acknowledge,
                      std::shared_ptr<io::Descriptor> passed)
{
    call_until(protocol::deadline_after(now(), timeout),
               std::move(request),
               std::move(handler),
               acknowledge,
               std::move(passed));
}

void Connection::call_until(base::TimePoint deadline,
                            protocol::Request request,
                            AnswerHandler handler,
                            protocol::Acknowledge acknowledge,
                            std::shared_ptr<io::Descriptor> passed)
{
    const auto pending = std::make_shared<Pending>(std::move(handler), executor_);
    pending->deadline = deadline;
    pending->acknowledge = acknowledge;
    pending->passed = std::move(passed);
    on_cancel(pending->handler,
              pending,
              [weak = weak_from_this()](const PendingPtr& found, asio::cancellation_type type) {
                  const auto self = weak.lock();
                  if (!self) return;
                  if (at_once(type)) found->decide(Fate::cancelled);
                  asio::post(self->strand_, [self, found, type] { self->cancel(found, type); });
              });
    // A request of several keeps its place among those that were begun later.
    if (strand_.running_in_this_thread()) return start(pending, std::move(request));
    asio::post(strand_,
               [self = shared_from_this(), pending, request = std::move(request)]() mutable {
                   self->start(pending, std::move(request));
               });
}

void Connection::start(const PendingPtr& pending, protocol::Request request)
{
    if (!pending->handler) return;  // cancelled already
    if (closed_) return complete(pending, failed(aborted()));
    if (inherited()) return complete(pending, failed(errc::forked));
    // Until the broker has let us in nothing is asked of it.
    if (!io_ || connecting_) return complete(pending, failed(errc::disconnected));
    pending->id = io_->session().start(std::move(request), pending->deadline);
    if (io_->session().answered(pending->id)) {
        return complete(pending, io_->session().take(pending->id));
    }
    calls_.emplace(pending->id, pending);
    check_at(pending);
    run();
}

void Connection::cancel(const PendingPtr& pending, asio::cancellation_type type)
{
    if (!pending->handler) return;
    if (pending->id == 0) return complete(pending, failed(aborted()));
    if (!at_once(type)) {
        // Its answer says whether it came too late.
        io_->session().cancel(pending->id);
    } else {
        forget(calls_.find(pending->id));
        complete(pending, io_->session().give_up(pending->id, aborted()));
    }
    run();
}

void Connection::complete(const PendingPtr& pending, protocol::Answer answer)
{
    pending->id = 0;
    detail::complete<protocol::Answer>(executor_, *pending, std::move(answer));
}

/// Until they have been given to the handler, items can return.
void Connection::deliver(const PendingPtr& pending, protocol::Answer answer)
{
    const auto otherwise = [](Fate fate) { return failed(code_of(fate)); };
    const auto settled = [self = shared_from_this(),
                          id = pending->id](const protocol::Answer* back) {
        const bool taken = back == nullptr;
        asio::post(self->strand_, [self, id, taken] { self->delivered(id, taken); });
    };
    detail::deliver(executor_, pending, std::move(answer), otherwise, settled);
}

/// As in the blocking client items are acknowledged with what goes out next: whoever works on one
/// and dies meanwhile has not consumed it. But not so where somebody waits for that.
void Connection::delivered(protocol::CallId id, bool taken)
{
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;  // see call_back()
    const PendingPtr pending = found->second;
    forget(found);
    Session& session = io_->session();
    if (!taken) {
        session.abandon(id);
        return run();
    }
    const bool told = session.take(id).ack_now;
    const bool now = told && pending->acknowledge == protocol::Acknowledge::when_told;
    if (now || session.any_waiting()) run();
}

/// Of items on their way: what has been handed over is acknowledged, the others return.
void Connection::call_back(Fate why, wire::HandleId handle)
{
    Session& session = io_->session();
    for (auto at = calls_.begin(); at != calls_.end();) {
        const auto& [id, pending] = *at;
        const bool of_it = handle == all_handles || protocol::uses(session.request(id), handle);
        if (pending->handler || !of_it) {
            ++at;
            continue;
        }
        if (!pending->decide(why) && pending->fate == Fate::delivered) {
            (void)session.take(id);
        } else {
            session.abandon(id);
        }
        at = forget(at);
    }
}

void Connection::send(protocol::Request request)
{
    asio::post(strand_, [self = shared_from_this(), request = std::move(request)]() mutable {
        if (self->closed_ || self->ended_ || !self->io_ || self->inherited()) return;
        Session& session = self->io_->session();
        session.forget(session.start(std::move(request), now()));
        self->run();
    });
}

void Connection::follow(wire::HandleId handle, std::weak_ptr<Follower> follower)
{
    asio::post(strand_, [self = shared_from_this(), handle, follower = std::move(follower)] {
        const auto there = follower.lock();
        if (!there) return;
        if (self->closed_) return there->client_closed();
        self->followers_.emplace(handle, there);
    });
}

void Connection::close_handle(wire::HandleId handle)
{
    asio::post(strand_, [self = shared_from_this(), handle] {
        self->followers_.erase(handle);
        if (self->closed_ || self->ended_ || !self->io_ || self->inherited()) return;
        self->call_back(Fate::closed, handle);
        Session& session = self->io_->session();
        session.forget(session.start(wire::Close{.handle = handle}, now()));
        self->run();
    });
}

void Connection::flush(AnswerHandler handler)
{
    const auto pending = std::make_shared<Pending>(std::move(handler), executor_);
    on_cancel(pending->handler,
              pending,
              [weak = weak_from_this()](const PendingPtr& found, auto /*all the same*/) {
                  const auto self = weak.lock();
                  if (!self) return;
                  asio::post(self->strand_, [self, found] {
                      std::erase_if(self->flushes_,
                                    [&](const Flush& at) { return at.pending == found; });
                      if (found->handler) self->complete(found, failed(aborted()));
                  });
              });
    asio::post(strand_, [self = shared_from_this(), pending] {
        if (!pending->handler) return;  // cancelled already
        if (self->closed_) return self->complete(pending, failed(aborted()));
        if (self->inherited()) return self->complete(pending, failed(errc::forked));
        if (self->ended_ || !self->io_ || self->connecting_) {
            return self->complete(pending, failed(errc::disconnected));
        }
        Session& session = self->io_->session();
        session.fill_output(now());
        self->flushes_.push_back({session.output_end(), pending});
        self->run();
    });
}

void Connection::complete_flushes()
{
    const std::uint64_t written = io_->session().output_begin();
    for (auto at = flushes_.begin(); at != flushes_.end() && at->until <= written;) {
        complete(at->pending, failed({}));
        at = flushes_.erase(at);
    }
}

}  // namespace penstock::async::detail
