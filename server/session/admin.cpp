// ADMIN: what an operator asks for. docs/protocol.md, section 3.6.
#include "common/wire/bodies.hpp"
#include "server/session/session.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

namespace penstock::session {

Verdict Session::admin(const wire::Header& header, const wire::Admin& admin, core::Completions& out)
{
    if (Verdict bad = record(header, {.kind = OpKind::admin})) return bad;
    if (admin.verb == wire::AdminVerb::kick) {
        kick_ = {header.op, admin.id};  // whoever asks for it knows the connections
        return std::nullopt;
    }
    core::Queue* queue = broker_.find(std::string_view(admin.name));
    // Another one may have taken the name since the operator looked.
    const bool is_meant = queue != nullptr && (admin.object == 0 || admin.object == queue->id());
    wire::AdminBody body;
    const Status status = is_meant ? change(*queue, admin, body, out) : Status::not_found;
    if (status != Status::ok) {
        done(header.op, 1, status);
        return std::nullopt;
    }
    ops_.finish(header.op, 1, Status::ok);
    outbox_.result(header.op, Status::ok, wire::encode(body));
    return std::nullopt;
}

Status Session::change(core::Queue& queue,
                       const wire::Admin& admin,
                       wire::AdminBody& body,
                       core::Completions& out)
{
    switch (admin.verb) {
        case wire::AdminVerb::purge:
            body.dropped = queue.purge(out);
            break;
        case wire::AdminVerb::remove:
            account_.give_for(queue.owner(), Resource::pending_bytes, queue_cost);
            account_.give_for(
                queue.owner(), Resource::objects, 1);  // the last: he may be forgotten
            body.dropped = *broker_.remove(admin.name, out);
            break;
        case wire::AdminVerb::pause:
            queue.pause(out);
            break;
        case wire::AdminVerb::resume:
            queue.resume(out);
            break;
        case wire::AdminVerb::move: {
            if (admin.to == admin.name) return Status::refused;
            const std::uint64_t most =
                admin.count == 0 ? std::numeric_limits<std::uint64_t>::max() : admin.count;
            const core::MoveResult result = broker_.move(admin.name, admin.to, most, out);
            body.moved = result.moved;
            return to_status(result.outcome);
        }
        case wire::AdminVerb::kick:  // see admin()
            break;
    }
    return Status::ok;
}

void Session::answer_kick(OpId op, Status status)
{
    done(op, 1, status);
}

}  // namespace penstock::session
