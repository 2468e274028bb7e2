// The ends of pipes that a session has, or waits for. docs/protocol.md, section 3.6, OPEN.
#include "common/wire/bodies.hpp"
#include "server/session/session.hpp"

#include <iterator>
#include <utility>

namespace penstock::session {

namespace {

core::End to_end(wire::Kind kind)
{
    return kind == wire::Kind::pipe_left ? core::End::left : core::End::right;
}

}  // namespace

void Session::open_pipe(const wire::Header& header,
                        const wire::Open& open,
                        TimePoint now,
                        core::Completions& out)
{
    core::PipeParty party;
    party.end = to_end(*open.kind);
    party.op = {id_, header.op, 1};
    party.takes_descriptor = party_facts_.takes_descriptors && pipe_sockets_.available();
    party.uid = party_facts_.uid;
    party.user = account_.user();
    core::PipeSpec spec;
    spec.name = open.name;
    spec.may_create = may_create();
    opening_.emplace(header.op, Opening{open.handle, party.end});
    const base::TimePoint deadline = base::deadline_after(now, open.timeout_ms);
    const core::ObjectId object = broker_.open_pipe(party, spec, deadline, out);
    if (object == 0) return;
    ops_.set_object(header.op, object);
    if (!broker_.find_pipe(object)->paired()) charge_object();
}

/// CLOSE of a handle that isn't open: it may be one whose other side is not there yet.
void Session::close_opening(const wire::Header& header, HandleId handle, core::Completions& out)
{
    bool any = false;
    ops_.for_waiting(handle, [&](const OpRange& range) {
        if (range.kind != OpKind::open) return;
        cancel_waiting(range, core::Outcome::closed, out);
        any = true;
    });
    if (!any) return done(header.op, 1, Status::bad_handle);
    out.push_back({.who = {id_, header.op, 1}});
}

/// Completions of OPENs of pipes come here; true if it was one.
bool Session::complete_open(const core::Completion& completion)
{
    const OpId first = completion.who.first;
    const OpId end = first + completion.who.n;
    bool any = false;
    for (auto it = opening_.lower_bound(first); it != opening_.end() && it->first < end;) {
        any = true;
        const auto [op, opening] = *it;
        it = opening_.erase(it);
        if (completion.outcome == core::Outcome::ok) {
            has_end(op, opening, completion.object);
        } else {
            done(op, 1, to_status(completion.outcome));
        }
    }
    return any;
}

/// One direction of an end is over; CLOSE, but for that direction only.
void Session::shut_half(const wire::Header& header,
                        const wire::Shutdown& shutdown,
                        core::Completions& out)
{
    const bool sending = shutdown.how == wire::ShutdownHow::sending;
    const auto party = sending ? core::Party::producer : core::Party::consumer;
    const auto found = handles_.find(shutdown.handle);
    if (found == handles_.end()) return done(header.op, 1, Status::bad_handle);
    const Handle& handle = found->second;
    Status why = Status::unsupported;  // a queue has no such half
    if (!handle.end || line_of(handle, party, why) == nullptr) return done(header.op, 1, why);
    end_waits_of(shutdown.handle, sending ? OpKind::put : OpKind::get, out);
    broker_.find_pipe(handle.object)->leave(*handle.end, party, out);
    out.push_back({.who = {id_, header.op, 1}, .object = handle.object});  // after those
}

/// Both parties are there.
void Session::has_end(OpId op, const Opening& opening, core::ObjectId object)
{
    core::Pipe& pipe = *broker_.find_pipe(object);
    PassedSocketPtr socket;
    if (pipe.passes_descriptors()) {
        socket = pipe_sockets_.take(pipe);
        if (!socket) broker_.relay(pipe);  // the other isn't answered yet
    }
    Handle& handle = handles_[opening.handle];
    handle.object = object;
    handle.end = opening.end;
    wire::OpenBody body;
    body.boot = boot_;
    body.object = object;
    body.transport = socket ? wire::Transport::descriptor : wire::Transport::relay;
    const std::uint32_t uid = pipe.party(core::Pipe::other(opening.end)).uid;
    if (uid != core::no_uid) body.uid = uid;
    ops_.finish(op, 1, Status::ok);
    if (socket) passed_.insert(op);
    outbox_.result(op, Status::ok, wire::encode(body), std::move(socket));
}

/// The client has the sockets that came with these results, or never will.
void Session::forget_passed(OpId first, std::uint64_t n)
{
    const auto begin = passed_.lower_bound(first);
    const auto end = passed_.lower_bound(first + n);
    const auto gone = static_cast<std::uint64_t>(std::distance(begin, end));
    if (gone == 0) return;
    passed_.erase(begin, end);
    account_.give(Resource::passed_sockets, gone);
}

/// The line that the end puts to, or gets from; null, with the status to answer, where there is
/// none.
core::Queue* Session::line_of(const Handle& handle, core::Party party, Status& why) const
{
    core::Pipe& pipe = *broker_.find_pipe(handle.object);  // it lives as long as its ends
    core::Queue* line = party == core::Party::producer ? pipe.sends_to(*handle.end)
                                                       : pipe.receives_from(*handle.end);
    if (line == nullptr) why = Status::unsupported;  // it has a socket of its own
    return line;
}

}  // namespace penstock::session
