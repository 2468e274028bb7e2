// What comes in. Everything that the broker says is checked: it may be a stranger's program.

#include "client/src/protocol/session.hpp"
#include "client/src/protocol/status.hpp"
#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace penstock::protocol {

void Session::recv_advance(std::size_t size)
{
    decoder_.recv_advance(size);
    while (stage_ != Stage::ended) {
        const wire::DecodeResult result = decoder_.next();
        switch (result.status) {
            case wire::DecodeStatus::frame:
                on_payload(result.payload);
                break;
            case wire::DecodeStatus::need_more:
                return;
            case wire::DecodeStatus::payload_too_big:
                return violation("a frame larger than the limit");
            case wire::DecodeStatus::bad_length:
                return violation("a frame of negative length");
        }
    }
}

void Session::on_payload(const base::Slice& payload)
{
    if (stage_ == Stage::handshake) return on_handshake(payload.span());
    const wire::DecodedFrame decoded = wire::decode_frame(payload, wire::Sender::broker);
    if (const auto* error = std::get_if<wire::CodecError>(&decoded)) return violation(error->text);
    const auto& frame = std::get<wire::Frame>(decoded);
    if (stage_ == Stage::welcome) return on_greeting(frame);
    on_frame(frame);
}

void Session::on_frame(const wire::Frame& frame)
{
    std::visit([&](const auto& message) { on(frame.header, message); }, frame.message);
}

template <class T>
void Session::on(const wire::Header&, const T&)
{
    violation("a frame of a type that has no place here");
}

void Session::on(const wire::Header&, const wire::Goodbye& message)
{
    const std::string text = message.text.empty() ? "the broker said goodbye" : message.text;
    if (stage_ != Stage::closing) farewell_ = message.text;
    Held held = Held::return_to_broker;
    switch (message.code) {
        case wire::GoodbyeCode::protocol:
            return end(errc::protocol, text);
        case wire::GoodbyeCode::shutting_down:
            held = Held::stay;  // nobody else can get them: the broker's queues end with it
            break;
        case wire::GoodbyeCode::done:  // by an operator
        case wire::GoodbyeCode::timed_out:
        case wire::GoodbyeCode::internal:
            break;
    }
    end(stage_ == Stage::closing ? std::error_code() : errc::disconnected, text, held);
}

void Session::on(const wire::Header&, const wire::Bye&)
{
    if (stage_ != Stage::closing) return violation("bye without a goodbye");
    end({}, "closed");
}

void Session::on(const wire::Header&, const wire::Ping& message)
{
    if (pongs_.size() >= pings_unanswered_max) return violation("pings without reading the pongs");
    pongs_.push_back(message.token);
}

void Session::on(const wire::Header&, const wire::Pong& message)
{
    if (ping_ == 0 || message.token != ping_) return violation("pong without a ping");
    const CallId id = std::exchange(ping_, 0);
    resolve(id, calls_.at(id));
}

void Session::on(const wire::Header&, const wire::Notice&) {}

/// Ids that were given but are not known any more are those of calls that ended: their late frames
/// mean nothing. Ids that were never given are a fault of the broker.
bool Session::was_given(wire::OpId op) const
{
    if ((op & wire::read_id_bit) != 0) return (op & ~wire::read_id_bit) <= last_read_;
    return op != 0 && op <= last_op_;
}

Session::CallEntry Session::find(wire::OpId op)
{
    auto entry = by_op_.upper_bound(op);
    if (entry == by_op_.begin()) return calls_.end();
    --entry;
    const auto call = calls_.find(entry->second);
    return call == calls_.end() || op - entry->first >= call->second.n ? calls_.end() : call;
}

void Session::on(const wire::Header& header, const wire::Result& message)
{
    const wire::OpId last = header.op + (header.n - 1u);
    if (!was_given(header.op) || !was_given(last))
        return violation("result of an unknown operation");
    for (wire::OpId op = header.op; op <= last && stage_ != Stage::ended; ++op) {
        on_result(op, message);
    }
}

void Session::on_result(wire::OpId op, const wire::Result& message)
{
    const auto entry = find(op);
    if (entry == calls_.end()) return;
    auto& [id, call] = *entry;
    if (call.n > 1) return on_member(id, call, op, to_error_code(message.status));
    if (call.state == CallState::held || call.result_begun) return violation("a second result");
    const bool is_get = std::holds_alternative<wire::Get>(call.request);
    if (is_get && message.status == wire::Status::ok)
        return violation("a get that is ok without item");
    const bool may_have_body = std::holds_alternative<wire::Open>(call.request) ||
                               std::holds_alternative<wire::Read>(call.request) ||
                               std::holds_alternative<wire::Admin>(call.request);
    if (message.size > (may_have_body ? result_size_max : 0)) return violation("a result too long");
    call.answer = {};  // drops the half of an item
    call.answer.ec = to_error_code(message.status);
    call.answer.body = message.body;
    call.result_begun = true;
    call.body_missing = message.size - message.body.size();
    if (call.body_missing == 0) resolve(id, call);
}

/// One item of a PUT of several is answered.
void Session::on_member(CallId id, Call& call, wire::OpId op, std::error_code ec)
{
    std::error_code& code = call.answer.codes[op - call.op];
    if (code != unanswered) {
        // Its CANCEL crossed the first one, and the broker says it again.
        if (call.state == CallState::abandoned) return;
        return violation("a second result");
    }
    code = ec;
    acks_.add(op);
    if (--call.unresolved == 0) resolve(id, call);
}

void Session::on(const wire::Header& header, const wire::Item& message)
{
    if (!was_given(header.op)) return violation("item of an unknown operation");
    const auto entry = find(header.op);
    if (entry == calls_.end() || entry->second.state == CallState::abandoned) return;
    auto& [id, call] = *entry;
    const auto* get = std::get_if<wire::Get>(&call.request);
    if (get == nullptr) return violation("item, but not of a get");
    if (call.state != CallState::sent || call.items_ended || call.body_missing != 0)
        return violation("a second item");
    std::vector<GotItem>& items = call.answer.items;
    const std::size_t before = items.size();
    const std::size_t n = message.sizes.size();
    // They come in the order of their indexes, of the one queue, and no more than were asked for.
    const bool right_queue =
        before == 0 ? message.which <= get->further.size() : message.which == call.answer.which;
    if (message.first_index != before + 1 || !right_queue || n > get->max - before ||
        (!message.end && before + n == get->max)) {
        return violation("item that was not asked for");
    }
    std::size_t offset = 0;
    for (std::size_t i = 0; i < n; ++i) {
        GotItem item;
        item.index = message.first_index + i;
        item.seq = message.first_seq + i;
        item.attempts = message.attempts;
        item.content_type = message.content_type;
        const std::size_t here =
            std::min<std::size_t>(message.sizes[i], message.body.size() - offset);
        item.body = n == 1 ? message.body : message.body.part(offset, here);
        offset += here;
        call.body_missing = message.sizes[i] - here;
        items.push_back(std::move(item));
    }
    call.items_ended = message.end;
    call.answer.which = message.which;
    call.answer.ack_now |= message.ack_now;
    if (call.items_ended && call.body_missing == 0) hold(id, call);
}

void Session::on(const wire::Header& header, const wire::Data& message)
{
    if (!was_given(header.op)) return violation("data of an unknown operation");
    const auto entry = find(header.op);
    if (entry == calls_.end()) return;
    auto& [id, call] = *entry;
    if (call.body_missing == 0) {
        // The rest of an item that came when nobody wanted it any more.
        if (call.state == CallState::abandoned) return;
        return violation("data of nothing unfinished");
    }
    if (message.body.size() > call.body_missing) return violation("data beyond the announced size");
    call.body_missing -= message.body.size();
    if (call.result_begun) {
        call.answer.body.append(message.body);
        if (call.body_missing == 0) resolve(id, call);
    } else {
        call.answer.items.back().body.append(message.body);
        if (call.body_missing == 0 && call.items_ended) hold(id, call);
    }
}

}  // namespace penstock::protocol
