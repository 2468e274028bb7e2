// The part of a connection that moves bytes: its begin, its input and output, its end.
#include "client/src/async/answered.hpp"
#include "client/src/async/connection.hpp"
#include "client/src/io/clock.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

namespace {

using io::now;
using protocol::failed;
using protocol::Session;

/// So long a closed session waits for the broker to agree.
constexpr std::chrono::seconds close_time_max{2};

}  // namespace

void Connection::connect(io::Connecting prepared, ConnectOptions options, AnswerHandler handler)
{
    const auto pending = std::make_shared<Pending>(std::move(handler), executor_);
    pending->deadline = protocol::deadline_after(now(), options.timeout);
    on_cancel(pending->handler,
              pending,
              [weak = weak_from_this()](const PendingPtr& found, auto /*all the same*/) {
                  const auto self = weak.lock();
                  if (!self) return;
                  asio::post(self->strand_, [self, found] { self->cancel_connect(found); });
              });
    asio::post(strand_,
               [self = shared_from_this(),
                pending,
                uid = options.broker_uid,
                prepared = std::move(prepared)]() mutable {
                   self->begin(pending, std::move(prepared), uid);
               });
}

/// One that never was the one that connects does no harm to it.
void Connection::cancel_connect(const PendingPtr& pending)
{
    if (!pending->handler) return;
    if (pending == connecting_) return close();
    complete(pending, failed(aborted()));
}

void Connection::begin(const PendingPtr& pending,
                       io::Connecting prepared,
                       std::optional<std::uint32_t> broker_uid)
{
    if (!pending->handler) return;  // cancelled already
    if (closed_) return complete(pending, failed(aborted()));
    if (inherited()) return complete(pending, failed(errc::forked));
    if (dialler_) {
        const std::error_code live = make_error_code(asio::error::already_connected);
        return complete(pending, failed(ended_ ? std::error_code(errc::disconnected) : live));
    }
    states_->tell({.state = ConnectionState::connecting, .ec = {}, .text = {}});
    connecting_ = pending;
    where_ = prepared.where;
    dialler_ = std::make_shared<Dialler>(strand_, prepared.endpoint, pending->deadline);
    if (prepared.ec) {
        // Not in this turn, so that it is told before async_connect completes: of two changes at
        // once the second one would be told later.
        asio::post(
            strand_,
            [self = shared_from_this(),
             ec = prepared.ec,
             text = std::move(prepared.text)]() mutable { self->fail(ec, std::move(text)); });
        return;
    }
    if (prepared.socket) {  // not in this turn either
        asio::post(strand_, [self = shared_from_this(), prepared = std::move(prepared)]() mutable {
            if (self->closed_) return;
            self->dialled(io::take_over(std::move(prepared.socket)), std::move(prepared.session));
        });
        return;
    }
    dialler_->start(broker_uid,
                    [weak = weak_from_this(),
                     session = std::move(prepared.session)](io::Dialled dialled) mutable {
                        if (const auto self = weak.lock()) {
                            self->dialled(std::move(dialled), std::move(session));
                        }
                    });
}

void Connection::dialled(io::Dialled dialled, protocol::SessionOptions session)
{
    if (dialled.ec) return fail(dialled.ec, io::dial_text(where_, dialled));
    broker_uid_ = dialled.peer_uid;
    const int fd = dialled.socket.get();
    std::error_code ec;
    try {
        io_.emplace(std::move(dialled.socket), std::move(session));
    } catch (const std::system_error& error) {  // no descriptors are left
        ec = error.code();
    }
    if (!ec) {
        error_code unwatched;
        readiness_.assign(fd, unwatched);
        ec = unwatched;
    }
    if (ec) return fail(ec, io::open_text(where_, ec, {}, broker_uid_));
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
    if (session.stage() == Session::Stage::ended) return;  // fail() tells
    std::uint64_t number = 0;
    std::memcpy(&number, session.token().data(), sizeof(number));
    session_number_ = number;
    states_->tell({.state = ConnectionState::connected, .ec = {}, .text = {}});
    complete(std::exchange(connecting_, nullptr), failed({}));
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
    if (!io_ || ended_) return;
    io_->write(now());
    if (io_->ended()) tell_cut();  // before what it ends completes
    take_answers();
    finish_connecting();
    complete_flushes();
    if (io_->wants_room() && !waits_for_room_) wait_for_room();
    if (io_->ended()) return fail(cut_code(), {});
    if (!closed_) arm_timer();
}

std::error_code Connection::cut_code() const
{
    const std::error_code& code = io_->session().end_code();
    return code ? code : errc::disconnected;
}

/// The broker, or the network, has ended the session.
void Connection::tell_cut()
{
    if (closed_) return;  // it is the answer to our goodbye
    const std::error_code why = cut_code();
    const std::string& text = io_->session().end_text();
    tell_end(why,
             connecting_ ? io::open_text(where_, why, text, broker_uid_)
                         : io::cut_text(where_, why, text));
}

void Connection::tell_end(std::error_code ec, std::string text)
{
    if (std::exchange(end_told_, true)) return;
    states_->tell({.state = ConnectionState::cut, .ec = to_boost(ec), .text = std::move(text)});
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
        if (!pending->handler) {
            // Its items were on their way to it; now the session has ended.
            pending->decide(Fate::cut);
            forget(found);
            (void)session.take(id);
            continue;
        }
        if (!session.look_at(id).items.empty()) {
            deliver(pending, session.look_at(id));
            continue;
        }
        forget(found);
        if (pending->passed) *pending->passed = io_->take_passed(id);
        protocol::Answer answer = session.take(id);
        acknowledge = acknowledge || answer.ack_now;
        const std::error_code cancelled = errc::cancelled;
        if (answer.ec == cancelled) answer.ec = aborted();
        std::ranges::replace(answer.codes, cancelled, aborted());
        complete(pending, std::move(answer));
    }
    if (acknowledge) io_->write(now());  // perhaps nobody calls again
}

void Connection::close()
{
    asio::post(strand_, [self = shared_from_this()] {
        if (std::exchange(self->closed_, true)) return;
        for (const auto& [handle, follower] : std::exchange(self->followers_, {})) {
            if (const auto there = follower.lock()) there->client_closed();
        }
        const bool live = self->io_ && !self->connecting_ && !self->ended_ && !self->inherited();
        if (!live) return self->end(aborted());
        // What has been handed over is acknowledged; what waits is taken back.
        self->call_back(Fate::cancelled, all_handles);
        for (auto& [id, pending] : std::exchange(self->calls_, {})) {
            self->complete(pending, self->io_->session().give_up(id, aborted()));
        }
        self->checks_.clear();
        self->io_->session().goodbye();
        // Only this keeps us alive then; and it ends with the context of our user's.
        self->alarm_.set(now() + close_time_max, [self] { self->end(aborted()); });
        self->run();
    });
}

/// The connection is over, and not because our user wanted it.
void Connection::fail(std::error_code ec, std::string text)
{
    if (closed_) return end(aborted());
    end(ec, std::move(text));
}

/// Nothing moves any more: what is under way ends with `ec`.
void Connection::end(std::error_code ec, std::string text)
{
    if (std::exchange(ended_, true)) return;
    if (dialler_) {
        dialler_->give_up();
        tell_end(ec, std::move(text));
    }
    alarm_.cancel();
    if (readiness_.is_open()) readiness_.release();
    if (connecting_) complete(std::exchange(connecting_, nullptr), failed(ec));
    for (auto& flush : std::exchange(flushes_, {})) complete(flush.pending, failed(ec));
    checks_.clear();
    if (io_) call_back(Fate::cut, all_handles);
    for (auto& [id, pending] : std::exchange(calls_, {})) complete(pending, failed(ec));
    if (!io_) return;
    io_->session().connection_ended("closed");
    if (!inherited()) io_->link().shutdown();
    io_->close();
}

void Connection::context_ended()
{
    if (inherited()) return;  // perhaps another thread of the parent was changing it
    const auto self = shared_from_this();
    closed_ = ended_ = true;
    const PendingPtr connecting = std::exchange(connecting_, nullptr);
    const auto calls = std::exchange(calls_, {});
    const auto flushes = std::exchange(flushes_, {});
}

void Connection::before_fork()
{
    if (readiness_.is_open()) readiness_.release();
}

void Connection::after_fork_in_parent()
{
    if (!io_ || ended_) return;
    readiness_.assign(io_->link().fileno());
    wait_for_input();
    if (waits_for_room_) wait_for_room();
}

}  // namespace penstock::async::detail
