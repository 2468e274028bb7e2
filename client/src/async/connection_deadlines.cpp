// The part of a connection that asks the clock: calls whose answer the broker owes.
#include "client/src/async/connection.hpp"
#include "client/src/io/clock.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <chrono>
#include <variant>

namespace penstock::async::detail {

namespace {

using io::now;
using protocol::Session;

/// A call is not looked at again sooner.
constexpr std::chrono::milliseconds look_again{1};

}  // namespace

std::size_t Connection::unsent() const
{
    return io_->session().output().size() + io_->link().unsent();
}

/// When the clock has to be asked about a call; never, if it has for ever.
base::TimePoint Connection::next_check(Pending& pending)
{
    const Session& session = io_->session();
    if (!pending.patience) {
        const bool is_ping = std::holds_alternative<wire::Ping>(session.request(pending.id));
        pending.patience.emplace(is_ping ? base::Duration::zero() : io::answer_margin);
        if (pending.deadline != base::no_deadline) pending.patience->begin(unsent());
    }
    const bool untold = session.waiting(pending.id) && !pending.patience->deadline_told();
    return untold ? pending.deadline : pending.patience->end(session.due(pending.id));
}

void Connection::check_at(const PendingPtr& pending)
{
    if (pending->deadline == base::no_deadline) return;
    look_at(*pending, std::max(next_check(*pending), pending->deadline));
}

void Connection::look_at(Pending& pending, base::TimePoint when)
{
    pending.looked_at = when;
    checks_.emplace(when, pending.id);
}

Connection::Calls::iterator Connection::forget(Calls::iterator at)
{
    const auto& [id, pending] = *at;
    if (pending->looked_at) checks_.erase({*pending->looked_at, id});
    return calls_.erase(at);
}

void Connection::arm_timer()
{
    std::optional<base::TimePoint> next;
    if (connecting_) next = connecting_->deadline;
    if (!checks_.empty()) next = std::min(next.value_or(base::no_deadline), checks_.begin()->first);
    // One that comes too early does no harm; most calls are answered long before their time.
    if (!next || *next == base::no_deadline || alarm_.comes_by(*next)) return;
    alarm_.set(next, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->alarm_.over();
        self->look_at_deadlines();
    });
}

void Connection::look_at_deadlines()
{
    if (closed_ || ended_ || !io_) return;
    const base::TimePoint time = now();
    if (connecting_ && time >= connecting_->deadline) {
        return fail(errc::timed_out, io::open_text(where_, errc::timed_out, {}, broker_uid_));
    }
    Session& session = io_->session();
    while (!checks_.empty() && checks_.begin()->first <= time) {
        const protocol::CallId id = checks_.begin()->second;
        checks_.erase(checks_.begin());
        const auto found = calls_.find(id);
        const PendingPtr pending = found->second;
        pending->looked_at.reset();
        if (!pending->handler) continue;  // its items are on their way to it
        if (session.waiting(id) && !pending->patience->deadline_told()) {
            pending->patience->tell_deadline();
            session.deadline_passed(id);
        } else if (time >= next_check(*pending) && !pending->patience->goes_on(unsent(), time)) {
            forget(found);
            complete(pending, session.give_up(id));
            continue;
        }
        const base::TimePoint next = next_check(*pending);
        if (next != base::no_deadline) look_at(*pending, std::max(next, time + look_again));
    }
    run();
}

}  // namespace penstock::async::detail
