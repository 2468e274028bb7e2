// What goes out, and when: acknowledgements before all else, calls as the grants allow, long puts
// in parts between other frames.

#include "client/src/protocol/session.hpp"
#include "client/src/protocol/timeout.hpp"
#include "common/base/assert.hpp"
#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace penstock::protocol {

void Session::append_payload(std::span<const std::byte> payload)
{
    const auto size = static_cast<std::uint32_t>(payload.size());
    const std::array<std::byte, wire::length_prefix_size> prefix{static_cast<std::byte>(size >> 24),
                                                                 static_cast<std::byte>(size >> 16),
                                                                 static_cast<std::byte>(size >> 8),
                                                                 static_cast<std::byte>(size)};
    output_.append(prefix);
    output_.append(payload);
}

void Session::output_written(std::size_t size)
{
    output_.consume(size);
    written_ += size;
}

void Session::fill_output(base::TimePoint now)
{
    if (stage_ != Stage::live) return;
    write_acks();
    write_cancels_and_pongs();
    if (goodbye_wanted_) {
        wire::encode_frame(output_, {}, wire::Goodbye{.code = wire::GoodbyeCode::done, .text = {}});
        stage_ = Stage::closing;
        return;
    }
    // Calls and parts take turns, so neither waits for the end of the other.
    bool more = true;
    while (more && output_.size() < output_ahead_max) {
        more = write_next_call(now);
        more = write_next_part(now) || more;
    }
}

void Session::write_acks()
{
    for (const base::IdRange& range : acks_.take_all(wire::range_n_max)) {
        const auto n = static_cast<std::uint16_t>(range.n);
        wire::encode_frame(output_, {.n = n, .op = range.first}, wire::Ack{});
        admission_.acknowledged(n);
    }
}

void Session::write_cancels_and_pongs()
{
    for (const auto& [range, give_back] : std::exchange(cancels_, {})) {
        // It may have been answered, and acknowledged just now: then there is nothing to cancel.
        if (!by_op_.contains(range.first)) continue;
        const auto n = static_cast<std::uint16_t>(range.n);
        wire::encode_frame(
            output_, {.n = n, .op = range.first}, wire::Cancel{.give_back = give_back});
    }
    if (output_.size() >= output_ahead_max) return;
    for (const std::uint64_t token : std::exchange(pongs_, {})) {
        wire::encode_frame(output_, {}, wire::Pong{token});
    }
}

bool Session::write_next_call(base::TimePoint now)
{
    // A PUT that is held back holds back later ones to the same queue, and nothing else.
    std::vector<std::uint64_t> held_back;
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
        Call& call = calls_.at(*at);
        const bool is_put = std::holds_alternative<wire::Put>(call.request);
        if (is_put && std::ranges::find(held_back, call.object) != held_back.end()) continue;
        if (!admission_.admits(call)) {
            if (is_put) held_back.push_back(call.object);
            continue;
        }
        const CallId id = *at;
        waiting_.erase(at);
        write_call(id, call, now);
        return true;
    }
    return false;
}

void Session::write_call(CallId id, Call& call, base::TimePoint now)
{
    wire::Header header;
    if (auto* ping = std::get_if<wire::Ping>(&call.request)) {
        ping->token = id;
        ping_ = id;
    } else {
        const bool is_read = std::holds_alternative<wire::Read>(call.request);
        header.op = is_read ? wire::read_id_bit | ++last_read_ : last_op_ + 1;
        if (!is_read) last_op_ += call.n;
        by_op_.emplace(header.op, id);
    }
    call.op = header.op;
    call.state = CallState::sent;
    admission_.written(call);
    set_timeout(call.request, timeout_ms_until(now, call.deadline));

    auto* put = std::get_if<wire::Put>(&call.request);
    if (put == nullptr) {
        std::visit([&](const auto& request) { wire::encode_frame(output_, header, request); },
                   call.request);
        call.due = call.deadline;
        call.wholly_written = true;
        return;
    }
    header.n = static_cast<std::uint16_t>(put->sizes.size());
    const base::Rope body = std::move(put->body);
    const std::size_t room = wire::put_body_room(header.n, put->priority.has_value());
    call.body_written = std::min(body.size(), room);
    put->body = body.part(0, call.body_written);
    wire::encode_frame(output_, header, *put);
    put->body = body;
    after_part(id, call, now);
}

bool Session::write_next_part(base::TimePoint now)
{
    if (sending_.empty()) return false;
    const CallId id = sending_.front();
    sending_.pop_front();
    Call& call = calls_.at(id);
    const base::Rope& body = std::get<wire::Put>(call.request).body;
    const std::size_t size = std::min(body.size() - call.body_written, wire::data_body_room);
    const wire::OpId last = call.op + call.n - 1;  // only the last item goes on behind its frame
    wire::encode_frame(output_, {.op = last}, wire::Data{body.part(call.body_written, size)});
    call.body_written += size;
    after_part(id, call, now);
    return true;
}

/// The broker measures a PUT's time from its last part on.
void Session::after_part(CallId id, Call& call, base::TimePoint now)
{
    const auto& put = std::get<wire::Put>(call.request);
    if (call.body_written < put.body.size()) {
        sending_.push_back(id);
        return;
    }
    call.wholly_written = true;
    call.due = base::no_deadline;
    if (put.timeout_ms != wire::timeout_forever_ms) {
        call.due = deadline_after(now, std::chrono::milliseconds(put.timeout_ms));
    }
}

}  // namespace penstock::protocol
