// The life of a call: start, answer, abandon.

#include "client/src/protocol/session.hpp"
#include "common/base/assert.hpp"
#include "common/wire/bodies.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace penstock::protocol {

namespace {

/// The whole of a PUT of several is ok if all of its items are.
void sum_up(Answer& answer)
{
    const auto failed = std::ranges::find_if(answer.codes, [](auto ec) { return bool(ec); });
    if (failed != answer.codes.end()) answer.ec = *failed;
}

}  // namespace

CallId Session::start(Request request, base::TimePoint deadline)
{
    const CallId id = ++last_call_;
    const wire::HandleId closing = std::holds_alternative<wire::Close>(request)
                                       ? std::get<wire::Close>(request).handle
                                       : wire::HandleId{0};
    Call& call = calls_[id];
    call.request = std::move(request);
    call.deadline = deadline;
    call.n = call.unresolved = ops_of(call.request);
    if (call.n > 1) call.answer.codes.assign(call.n, unanswered);
    if (std::holds_alternative<wire::Put>(call.request)) {
        call.object = object_of(handle_of(call.request));
    }
    if (stage_ == Stage::ended || goodbye_wanted_) {
        answer(id, call, stage_ == Stage::ended && end_code_ ? end_code_ : errc::disconnected);
        answered_.pop_back();  // whoever starts it looks before he sleeps
        return id;
    }
    if (closing != 0) close_calls(closing);
    waiting_.push_back(id);
    return id;
}

/// CLOSE is about to be started: what its handle still has in here ends now. The broker ends what
/// it has itself; only GETs are taken back, so that no item is handed over after the close.
void Session::close_calls(wire::HandleId handle)
{
    std::vector<CallId> affected;
    for (const auto& [id, call] : calls_) {
        const bool is_close = std::holds_alternative<wire::Close>(call.request);
        if (uses(call.request, handle) && !is_close) affected.push_back(id);
    }
    for (const CallId id : affected) {
        Call& call = calls_.at(id);
        if (call.state == CallState::waiting) {
            std::erase(waiting_, id);
            answer(id, call, errc::closed);
        } else if (std::holds_alternative<wire::Get>(call.request) &&
                   (call.state == CallState::sent || call.state == CallState::held)) {
            // The operation goes on without the call, as an abandoned one.
            const CallId rest = ++last_call_;
            Call abandoned = std::exchange(call, Call());
            answer(id, call, errc::closed);
            by_op_[abandoned.op] = rest;
            calls_.emplace(rest, std::move(abandoned));
            abandon(rest);
        }
    }
    objects_.erase(handle);
}

bool Session::answered(CallId id) const
{
    const CallState state = calls_.at(id).state;
    return state == CallState::done || state == CallState::held;
}

bool Session::waiting(CallId id) const
{
    return calls_.at(id).state == CallState::waiting;
}

base::TimePoint Session::due(CallId id) const
{
    const Call& call = calls_.at(id);
    return call.wholly_written ? call.due : call.deadline;
}

Answer Session::take(CallId id)
{
    const auto entry = calls_.find(id);
    PENSTOCK_ASSERT(entry != calls_.end() && answered(id));
    Call& call = entry->second;
    Answer answer = std::move(call.answer);
    if (call.state == CallState::held) {
        acks_.add(call.op);
        by_op_.erase(call.op);
    }
    calls_.erase(entry);
    return answer;
}

bool Session::awaits_passed() const
{
    return std::ranges::any_of(calls_, [](const auto& entry) {
        const Call& call = entry.second;
        const auto* open = std::get_if<wire::Open>(&call.request);
        const bool of_pipe = open != nullptr && (open->kind == wire::Kind::pipe_left ||
                                                 open->kind == wire::Kind::pipe_right);
        return of_pipe && (call.state == CallState::sent || call.state == CallState::abandoned);
    });
}

std::vector<CallId> Session::take_answered()
{
    return std::exchange(answered_, {});
}

void Session::abandon(CallId id)
{
    const auto entry = calls_.find(id);
    PENSTOCK_ASSERT(entry != calls_.end());
    Call& call = entry->second;
    switch (call.state) {
        case CallState::waiting:
            std::erase(waiting_, id);
            calls_.erase(entry);
            return;
        case CallState::done:
            calls_.erase(entry);
            return;
        case CallState::abandoned:
            return;
        case CallState::sent:
        case CallState::held:
            break;
    }
    if (may_wait(call.request)) cancels_.push_back({{call.op, call.n}, true});
    std::erase(sending_, id);
    call.state = CallState::abandoned;
    if (call.result_begun) return;  // the rest of it is on its way
    call.answer.items.clear();
    call.items_ended = false;
    call.body_missing = 0;
}

Answer Session::give_up(CallId id, std::error_code why)
{
    const Call& call = calls_.at(id);
    if (!why) {
        const bool written = call.state != CallState::waiting;
        const bool doubtful = is_doubtful(call.request) && written;
        const bool is_ping = std::holds_alternative<wire::Ping>(call.request);
        why = is_ping ? errc::timed_out : (doubtful ? errc::in_doubt : errc::disconnected);
    }
    Answer answer = failed(why);
    answer.codes = call.answer.codes;
    std::ranges::replace(answer.codes, make_error_code(unanswered), why);
    abandon(id);
    return answer;
}

void Session::cancel(CallId id)
{
    Call& call = calls_.at(id);
    if (call.state == CallState::waiting) {
        std::erase(waiting_, id);
        answer(id, call, errc::cancelled);
    } else if (call.state == CallState::sent && may_wait(call.request)) {
        cancels_.push_back({{call.op, call.n}, false});
    }
}

void Session::forget(CallId id)
{
    Call& call = calls_.at(id);
    if (call.state == CallState::done) {
        calls_.erase(id);
    } else {
        call.forgotten = true;
    }
}

void Session::deadline_passed(CallId id)
{
    Call& call = calls_.at(id);
    if (call.state != CallState::waiting || !std::holds_alternative<wire::Put>(call.request))
        return;
    if (stage_ != Stage::live) return;
    // An earlier PUT to the same queue that is still on its way says nothing about room there.
    const bool on_its_way = std::ranges::any_of(
        sending_, [&](CallId other) { return calls_.at(other).object == call.object; });
    if (on_its_way || admission_.admits(call)) return;
    std::erase(waiting_, id);
    answer(id, call, errc::full);
}

void Session::answer(CallId id, Call& call, std::error_code ec)
{
    call.state = CallState::done;
    std::vector<std::error_code> codes = std::move(call.answer.codes);
    call.answer = {};
    call.answer.ec = ec;
    for (std::error_code& code : codes) {
        if (code == unanswered) code = ec;
    }
    call.answer.codes = std::move(codes);
    sum_up(call.answer);
    answered_.push_back(id);
}

/// All of a GET's item is here.
void Session::hold(CallId id, Call& call)
{
    if (goodbye_wanted_) {
        // Its ACK could not go out any more: it returns to its place with the session's end.
        by_op_.erase(call.op);
        return answer(id, call, errc::disconnected);
    }
    call.state = CallState::held;
    call.answer.op = call.op;
    answered_.push_back(id);
}

/// The broker is done with `call`, and its answer is complete; an ACK says that we know.
void Session::resolve(CallId id, Call& call)
{
    by_op_.erase(call.op);
    std::erase(sending_, id);
    admission_.resolved(call);
    if (call.n > 1) {
        sum_up(call.answer);  // its ACKs went out one by one
    } else if (is_kept(call.request)) {
        acks_.add(call.op);
    }

    const bool opened = std::holds_alternative<wire::Open>(call.request) && !call.answer.ec;
    const wire::HandleId handle = handle_of(call.request);
    if (opened) {
        const auto body = wire::decode_open_body(call.answer.body.to_bytes());
        if (!body) return violation("an answer to open that can't be read");
        objects_[handle] = body->object;
        if (body->transport == wire::Transport::descriptor) {
            const bool wanted = call.state != CallState::abandoned && !call.forgotten;
            passed_.push_back(wanted ? id : CallId{0});
            call.answer.ack_now = true;  // until then the broker counts the socket as on its way
        }
    }
    if (call.state != CallState::abandoned && !call.forgotten) {
        call.state = CallState::done;
        answered_.push_back(id);
        return;
    }
    const bool unwanted = opened && call.state == CallState::abandoned;
    calls_.erase(id);
    if (unwanted) forget(start(wire::Close{.handle = handle}, base::no_deadline));
}

std::uint64_t Session::object_of(wire::HandleId handle) const
{
    // Until OPEN is answered the handle stands for its queue; no object has such a number.
    const auto entry = objects_.find(handle);
    return entry != objects_.end() ? entry->second : wire::read_id_bit | handle;
}

}  // namespace penstock::protocol
