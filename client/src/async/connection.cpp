#include "client/src/async/connection.hpp"

#include "client/src/protocol/timeout.hpp"

#include <penstock/error.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <variant>
#include <vector>

namespace penstock::async::detail {

namespace {

using protocol::failed;
using protocol::Session;

base::TimePoint now()
{
    return std::chrono::steady_clock::now();
}

}  // namespace

Connection::Connection(asio::any_io_executor executor)
    : executor_(std::move(executor)),
      strand_(asio::make_strand(executor_)),
      readiness_(strand_),
      timer_(strand_)
{}

void Connection::connect(io::Connecting prepared, ConnectOptions options, AnswerHandler handler)
{
    const base::TimePoint deadline = protocol::deadline_after(now(), options.timeout);
    const auto pending = std::make_shared<Pending>(std::move(handler), executor_);
    auto slot = asio::get_associated_cancellation_slot(pending->handler);
    if (slot.is_connected()) {
        slot.assign([weak = weak_from_this()](asio::cancellation_type /*all the same*/) {
            if (const auto self = weak.lock()) self->close();
        });
    }
    asio::post(
        strand_,
        [self = shared_from_this(),
         pending,
         deadline,
         uid = options.broker_uid,
         prepared = std::move(prepared)]() mutable {
            const bool again = self->dialler_ != nullptr;
            if (self->closed_ || again || prepared.ec) {
                const std::error_code why =
                    self->closed_ ? aborted()
                    : again       ? std::error_code(make_error_code(asio::error::already_connected))
                                  : prepared.ec;
                return self->complete(pending, failed(why));
            }
            self->connecting_ = pending;
            pending->deadline = deadline;
            self->dialler_ = std::make_shared<Dialler>(self->strand_, prepared.endpoint, deadline);
            self->dialler_->start(
                uid,
                [weak = self->weak_from_this(), session = std::move(prepared.session)](
                    std::error_code ec, io::Descriptor socket) mutable {
                    if (const auto open = weak.lock()) {
                        open->dialled(ec, std::move(socket), std::move(session));
                    }
                });
        });
}

void Connection::dialled(std::error_code ec,
                         io::Descriptor socket,
                         protocol::SessionOptions session)
{
    if (ec) return end(ec);
    const int fd = socket.get();
    io_.emplace(std::move(socket), std::move(session));
    readiness_.assign(fd);
    arm_timer();
    wait_for_input();
    run();
}

/// The broker has let us in, or not.
void Connection::finish_connecting()
{
    if (!connecting_ || !io_) return;
    const Session& session = io_->session();
    if (session.stage() == Session::Stage::handshake || session.stage() == Session::Stage::welcome)
        return;
    std::uint64_t number = 0;
    std::memcpy(&number, session.token().data(), sizeof(number));
    session_number_ = number;
    complete(std::exchange(connecting_, nullptr), failed(session.end_code()));
}

void Connection::call(protocol::Request request,
                      Duration timeout,
                      AnswerHandler handler,
                      std::shared_ptr<io::Descriptor> passed)
{
    const auto pending = std::make_shared<Pending>(std::move(handler), executor_);
    pending->deadline = protocol::deadline_after(now(), timeout);
    pending->passed = std::move(passed);
    auto slot = asio::get_associated_cancellation_slot(pending->handler);
    if (slot.is_connected()) {
        // Weak: the handler may own the slot.
        slot.assign([weak = weak_from_this(),
                     waits = std::weak_ptr(pending)](asio::cancellation_type type) {
            const auto self = weak.lock();
            const auto found = waits.lock();
            if (!self || !found) return;
            if (at_once(type)) (void)found->decide(Pending::Fate::cancelled);
            asio::post(self->strand_, [self, found, type] { self->cancel(found, type); });
        });
    }
    asio::post(strand_,
               [self = shared_from_this(), pending, request = std::move(request)]() mutable {
                   self->start(pending, std::move(request));
               });
}

void Connection::start(const PendingPtr& pending, protocol::Request request)
{
    if (!pending->handler) return;  // cancelled already
    if (closed_ || !io_)
        return complete(pending, failed(closed_ ? aborted() : std::error_code(errc::disconnected)));
    pending->id = io_->session().start(std::move(request), pending->deadline);
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
        io_->session().abandon(pending->id);
        calls_.erase(pending->id);
        complete(pending, failed(aborted()));
    }
    run();
}

void Connection::complete(const PendingPtr& pending, protocol::Answer answer)
{
    pending->id = 0;
    detail::complete<protocol::Answer>(executor_, *pending, std::move(answer));
}

/// Items are acknowledged when they have been given to the handler: until then they can return.
void Connection::deliver(const PendingPtr& pending, protocol::Answer answer)
{
    const auto settled = [self = shared_from_this(),
                          id = pending->id](const protocol::Answer* back) {
        const bool taken = back == nullptr;
        asio::post(self->strand_, [self, id, taken] { self->delivered(id, taken); });
    };
    detail::deliver(executor_, pending, std::move(answer), failed(aborted()), settled);
}

void Connection::delivered(protocol::CallId id, bool taken)
{
    if (calls_.erase(id) == 0) return;  // see close()
    if (taken) {
        (void)io_->session().take(id);
    } else {
        io_->session().abandon(id);
    }
    run();
}

/// Before a handle is closed: the items that its handlers have are taken, those that are on their
/// way to them return. If they were left to delivered(), the session would have given back what
/// somebody has.
void Connection::settle(wire::HandleId handle)
{
    if (!io_) return;
    Session& session = io_->session();
    std::erase_if(calls_, [&](const auto& entry) {
        const auto& [id, pending] = entry;
        const bool on_its_way = !pending->handler;
        if (!on_its_way || !protocol::uses(session.request(id), handle)) return false;
        if (pending->decide(Pending::Fate::cancelled)) return false;
        if (pending->fate != Pending::Fate::delivered) return false;
        (void)session.take(id);
        return true;
    });
}

void Connection::send(protocol::Request request)
{
    asio::post(strand_, [self = shared_from_this(), request = std::move(request)]() mutable {
        if (const auto* closes = std::get_if<wire::Close>(&request)) {
            self->followers_.erase(closes->handle);
            self->settle(closes->handle);
        }
        if (self->closed_ || !self->io_) return;
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

void Connection::close()
{
    asio::post(strand_, [self = shared_from_this()] {
        if (std::exchange(self->closed_, true)) return;
        for (const auto& [handle, follower] : std::exchange(self->followers_, {})) {
            if (const auto there = follower.lock()) there->client_closed();
        }
        if (self->io_) {
            // What has been handed over is acknowledged; what waits is taken back.
            for (const auto& [id, pending] : self->calls_) {
                const bool on_its_way = !pending->handler;
                if (on_its_way && !pending->decide(Pending::Fate::cancelled) &&
                    pending->fate == Pending::Fate::delivered) {
                    (void)self->io_->session().take(id);
                } else {
                    self->io_->session().abandon(id);
                }
            }
            self->io_->session().goodbye();
            self->io_->write(now());
        }
        self->end(aborted());
    });
}

/// Nothing moves any more: calls end as the session did, or with `ec`.
void Connection::end(std::error_code ec)
{
    if (dialler_) dialler_->give_up();
    timer_.cancel();
    if (readiness_.is_open()) readiness_.release();
    if (connecting_) complete(std::exchange(connecting_, nullptr), failed(ec));
    auto calls = std::exchange(calls_, {});
    checks_.clear();
    for (auto& [id, pending] : calls) {
        if (pending->handler) complete(pending, failed(ec));
    }
    if (!io_) return;
    io_->session().connection_ended("closed");
    io_->link().shutdown();
    io_->close();
}

void Connection::wait_for_input()
{
    readiness_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [weak = weak_from_this()](error_code ec) {
                              const auto self = weak.lock();
                              if (ec || !self || !self->readiness_.is_open()) return;
                              self->io_->read();
                              self->run();
                              if (self->readiness_.is_open()) self->wait_for_input();
                          });
}

/// Writes what can be written, and tells those who are answered.
void Connection::run()
{
    if (!io_ || closed_) return;
    do {
        io_->write(now());
        take_answers();
        finish_connecting();
    } while (io_->wants_room() && !waits_for_room_ && (wait_for_room(), false));
    if (io_->ended()) {
        const std::error_code why = io_->session().end_code();
        end(why ? why : std::error_code(errc::disconnected));
        return;
    }
    arm_timer();
}

void Connection::wait_for_room()
{
    waits_for_room_ = true;
    readiness_.async_wait(asio::posix::stream_descriptor::wait_write,
                          [weak = weak_from_this()](error_code ec) {
                              const auto self = weak.lock();
                              if (!self) return;
                              self->waits_for_room_ = false;
                              if (!ec && self->readiness_.is_open()) self->run();
                          });
}

void Connection::take_answers()
{
    Session& session = io_->session();
    bool acknowledge = false;
    for (const protocol::CallId id : session.take_answered()) {
        const auto found = calls_.find(id);
        if (found == calls_.end()) continue;
        const PendingPtr pending = found->second;
        if (!pending->handler) continue;  // closed while its items were on their way: they return
        if (!session.look_at(id).items.empty()) {
            deliver(pending, session.look_at(id));
            continue;
        }
        calls_.erase(found);
        if (pending->passed) *pending->passed = io_->take_passed(id);
        protocol::Answer answer = session.take(id);
        acknowledge = acknowledge || answer.ack_now;
        if (answer.ec == errc::cancelled) answer.ec = aborted();
        complete(pending, std::move(answer));
    }
    if (acknowledge) io_->write(now());  // perhaps nobody calls again
}

}  // namespace penstock::async::detail
