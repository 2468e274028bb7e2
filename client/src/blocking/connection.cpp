#include "client/src/blocking/connection.hpp"

#include "client/src/io/clock.hpp"
#include "client/src/io/patience.hpp"
#include "client/src/protocol/timeout.hpp"

#include <penstock/error.hpp>

#include <chrono>
#include <cstring>
#include <deque>
#include <utility>
#include <variant>

namespace penstock::blocking {

namespace {

using io::now;
using protocol::Session;

constexpr std::chrono::seconds close_time_max{2};
constexpr std::chrono::seconds flush_time_max{10};

}  // namespace

Connection::Connection(io::Descriptor socket, protocol::SessionOptions options)
    : io_(std::move(socket), std::move(options)), session_(io_.session()), link_(io_.link())
{}

Connection::~Connection() = default;

std::error_code Connection::open(base::TimePoint deadline, std::string& text)
{
    Lock lock(mutex_);
    Waiter self;
    const std::uint64_t key = enter_other(self);
    while (session_.stage() == Session::Stage::handshake ||
           session_.stage() == Session::Stage::welcome) {
        if (now() >= deadline) {
            session_.connection_ended("the broker didn't answer in time");
            text = session_.end_text();
            leave(key);
            return errc::timed_out;
        }
        turn(lock, self, deadline);
    }
    leave(key);
    std::memcpy(&session_number_, session_.token().data(), sizeof(session_number_));
    text = session_.end_text();
    return session_.end_code();
}

protocol::Answer Connection::call(protocol::Request request,
                                  base::Duration timeout,
                                  protocol::Acknowledge acknowledge,
                                  io::Descriptor* socket)
{
    if (inherited()) return protocol::failed(errc::forked);
    const base::TimePoint deadline = protocol::deadline_after(now(), timeout);
    Lock lock(mutex_);
    const protocol::CallId id = session_.start(std::move(request), deadline);
    Waiter self;
    enter(id, self);
    write();
    protocol::Answer answer = finish(lock, id, self, deadline);
    io::Descriptor passed = io_.take_passed(id);
    if (socket != nullptr) *socket = std::move(passed);
    // Perhaps nobody calls again.
    if (answer.ack_now && acknowledge == protocol::Acknowledge::when_told) write();
    return answer;
}

void Connection::calls(const std::function<std::optional<protocol::Request>()>& next,
                       base::Duration timeout,
                       std::size_t ahead,
                       const std::function<void(protocol::Answer&&)>& done)
{
    const base::TimePoint deadline = protocol::deadline_after(now(), timeout);
    Waiter self;
    std::deque<protocol::CallId> started;
    bool more = true;
    Lock lock(mutex_);
    while (more || !started.empty()) {
        while (more && started.size() < ahead) {
            std::optional<protocol::Request> request = next();
            more = request.has_value();
            if (!more) break;
            started.push_back(session_.start(std::move(*request), deadline));
            enter(started.back(), self);
        }
        write();
        if (started.empty()) break;
        const protocol::CallId id = started.front();
        started.pop_front();
        done(finish(lock, id, self, deadline));
    }
}

/// Waits for the answer to a call that was started, and leaves it.
protocol::Answer Connection::finish(Lock& lock,
                                    protocol::CallId id,
                                    Waiter& self,
                                    base::TimePoint deadline)
{
    const bool is_ping = std::holds_alternative<wire::Ping>(session_.request(id));
    io::Patience patience(is_ping ? base::Duration::zero() : io::answer_margin);
    if (deadline != base::no_deadline) patience.begin(unsent());
    while (!session_.answered(id)) {
        const bool untold = session_.waiting(id) && !patience.deadline_told();
        const base::TimePoint until = untold ? deadline : patience.end(session_.due(id));
        if (now() < until) {
            turn(lock, self, until);
        } else if (untold) {
            patience.tell_deadline();
            session_.deadline_passed(id);
        } else if (!patience.goes_on(unsent(), now())) {
            break;
        }
    }

    const bool given_up = !session_.answered(id);
    protocol::Answer answer = given_up ? session_.give_up(id) : session_.take(id);
    if (given_up) write();  // perhaps nobody calls again
    leave(id);
    return answer;
}

wire::Grants Connection::grants()
{
    const Lock lock(mutex_);
    return session_.grants();
}

void Connection::send(protocol::Request request)
{
    if (inherited()) return;
    const Lock lock(mutex_);
    session_.forget(session_.start(std::move(request), now()));
    write();
    wake_answered();
}

std::error_code Connection::flush()
{
    if (inherited()) return errc::forked;
    Lock lock(mutex_);
    Waiter self;
    const std::uint64_t key = enter_other(self);
    const base::TimePoint until = now() + flush_time_max;
    session_.fill_output(now());
    const std::uint64_t target = session_.output_end();
    write();
    while (!ended() && session_.output_begin() < target && now() < until) {
        turn(lock, self, until);
    }
    const bool flushed = !ended() && session_.output_begin() >= target;
    leave(key);
    if (flushed) return {};
    return session_.end_code() ? session_.end_code() : errc::disconnected;
}

void Connection::close()
{
    if (inherited()) return;
    Lock lock(mutex_);
    Waiter self;
    const std::uint64_t key = enter_other(self);
    const base::TimePoint until = now() + close_time_max;
    session_.goodbye();
    wake_answered();
    while (!ended() && now() < until) turn(lock, self, until);
    session_.connection_ended("closed");
    wake_answered();
    leave(key);
    release_link();
}

wire::HandleId Connection::new_handle()
{
    const Lock lock(mutex_);
    return session_.new_handle();
}

std::size_t Connection::unsent() const
{
    return session_.output().size() + link_.unsent();
}

void Connection::enter(std::uint64_t key, Waiter& self)
{
    waiters_.emplace(key, &self);
}

std::uint64_t Connection::enter_other(Waiter& self)
{
    enter(++last_other_, self);
    return last_other_;
}

void Connection::leave(std::uint64_t key)
{
    waiters_.erase(key);
    // Somebody has to read on for those who still wait.
    if (leading_) return;
    if (!waiters_.empty()) {
        waiters_.begin()->second->wake.notify_one();
    } else {
        for (Watcher* watcher : watchers_) tell(*watcher);
    }
}

/// Waits for something to happen, until `until` at most: as leader, or asleep while another leads.
void Connection::turn(Lock& lock, Waiter& self, base::TimePoint until)
{
    write();
    if (!leading_) return lead(lock, until);
    have_output_written();
    if (until == base::no_deadline) {
        self.wake.wait(lock);
    } else {
        self.wake.wait_until(lock, until);
    }
}

/// By the leader, who may sleep until there is input.
void Connection::have_output_written()
{
    if (!io_.wants_room() || polls_output_) return;
    polls_output_ = true;
    link_.interrupt();
}

void Connection::lead(Lock& lock, base::TimePoint until)
{
    if (ended()) return;
    leading_ = true;
    polls_output_ = io_.wants_room();
    const bool for_output = polls_output_;
    lock.unlock();
    const io::Link::Ready ready = link_.wait(for_output, until);
    lock.lock();
    leading_ = false;
    if (ready.input && !ended()) io_.read();
    if (ready.output) write();
    wake_answered();
    if (ended()) release_link();
}

/// What the socket doesn't take is for the leader to write when it can.
void Connection::write()
{
    io_.write(now());
}

std::string Connection::farewell()
{
    if (inherited()) return {};
    const Lock lock(mutex_);
    return session_.farewell();
}

int Connection::fileno()
{
    const Lock lock(mutex_);
    return link_.fileno();
}

/// `but` knows.
void Connection::wake_answered(const Watcher* but)
{
    for (const protocol::CallId id : session_.take_answered()) {
        const auto waiter = waiters_.find(id);
        if (waiter != waiters_.end()) waiter->second->wake.notify_one();
        const auto watched = watched_.find(id);
        if (watched != watched_.end() && watched->second.watcher != but)
            tell(*watched->second.watcher);
    }
    // They wait for the output to drain or for the end: let them look.
    for (auto at = waiters_.lower_bound(other_waiters); at != waiters_.end(); ++at) {
        at->second->wake.notify_one();
    }
}

/// The session is over: says so to the other side, if there is something to say, and gives the
/// socket back, if no other thread polls it; else the last of those does.
void Connection::release_link()
{
    if (released_) return;
    write();
    link_.shutdown();
    if (leading_ || !watchers_.empty()) return;
    released_ = true;
    io_.close();
}

}  // namespace penstock::blocking
