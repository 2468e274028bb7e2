#include "tests/fuzz/session_peer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <variant>
#include <vector>

namespace penstock::fuzz {

namespace {

base::Bytes all_of(const base::ByteQueue& queue)
{
    std::vector<std::span<const std::byte>> parts(queue.size());
    parts.resize(queue.gather(parts));
    base::Bytes bytes;
    for (const auto& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    return bytes;
}

}  // namespace

SessionPeer::SessionPeer(session::Engine& engine,
                         Traffic& traffic,
                         session::PeerInfo info,
                         base::TimePoint now)
    : engine_(engine), traffic_(traffic), id_(engine.connected(std::move(info), now))
{}

void SessionPeer::queue(const SessionRequests::Request& request)
{
    base::ByteQueue out;
    wire::encode_frame(out, request.header, request.message);
    const base::Bytes bytes = all_of(out);
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    const auto* cancel = std::get_if<wire::Cancel>(&request.message);
    gave_back_ = gave_back_ || (cancel != nullptr && cancel->give_back);
}

void SessionPeer::send_hello(Choices& choices, base::TimePoint now)
{
    queue(requests_.hello(choices));
    deliver(unsent_.size(), now);
}

void SessionPeer::send_request(Choices& choices, base::TimePoint now)
{
    const std::uint8_t how = choices.byte();
    const std::size_t before = unsent_.size();
    queue(requests_.next(choices));
    if (how >= 0xf0) {
        is_rude();
        const std::size_t size = std::min<std::size_t>(unsent_.size() - before, 64);
        unsent_[before + choices.below(size)] = std::byte(choices.byte());
    }
    if (how < 0xc0) return deliver(unsent_.size(), now);
    deliver(std::min(unsent_.size(), choices.below(1024)), now);
}

void SessionPeer::send_noise(Choices& choices, base::TimePoint now)
{
    is_rude();
    const auto bytes = choices.bytes();
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    deliver(unsent_.size(), now);
}

void SessionPeer::deliver(std::size_t size, base::TimePoint now)
{
    std::span<const std::byte> bytes = std::span(unsent_).first(size);
    while (!bytes.empty() && engine_.status(id_) == session::PeerStatus::open) {
        const std::span<std::byte> room = engine_.recv_buffer(id_);
        PENSTOCK_ASSERT(!room.empty());
        const std::size_t taken = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), taken);
        engine_.received(id_, taken, now);
        while (engine_.has_input(id_)) engine_.received(id_, 0, now);
        traffic_.sent += taken;
        bytes = bytes.subspan(taken);
    }
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(size));
}

void SessionPeer::read(std::size_t size)
{
    while (size > 0 && !engine_.output(id_).empty()) {
        std::array<std::span<const std::byte>, 4> parts;
        PENSTOCK_ASSERT(engine_.output(id_).gather(parts) > 0);
        const std::span<std::byte> room = decoder_.recv_buffer();
        const std::size_t taken = std::min({size, parts[0].size(), room.size()});
        std::memcpy(room.data(), parts[0].data(), taken);
        decoder_.recv_advance(taken);
        engine_.written(id_, taken);
        size -= taken;
        drain();
    }
}

bool SessionPeer::keep(base::TimePoint now)
{
    if (engine_.status(id_) == session::PeerStatus::open) return true;
    if (engine_.status(id_) == session::PeerStatus::finished && !engine_.output(id_).empty()) {
        return true;
    }
    cut(now);
    return false;
}

void SessionPeer::cut(base::TimePoint now)
{
    engine_.disconnected(id_, now);
}

void SessionPeer::drain()
{
    while (true) {
        const wire::DecodeResult result = decoder_.next();
        if (result.status == wire::DecodeStatus::need_more) break;
        PENSTOCK_ASSERT(result.status == wire::DecodeStatus::frame);
        on_frame(result.payload);
    }
    decoder_.release_if_empty();
}

void SessionPeer::on_frame(const base::Slice& payload)
{
    PENSTOCK_ASSERT(!farewell_);  // GOODBYE, BYE and REFUSED are the last that is said
    const std::string_view text = base::as_text(payload.span());
    // Before WELCOME come the handshake's words, and the one refusal that is a text.
    if (!welcomed_ && (text.starts_with("#") || text.starts_with("penstockd:"))) return;
    const wire::DecodedFrame decoded = wire::decode_frame(payload, wire::Sender::broker);
    PENSTOCK_ASSERT(std::holds_alternative<wire::Frame>(decoded));
    on_native(std::get<wire::Frame>(decoded));
}

void SessionPeer::on_native(const wire::Frame& frame)
{
    switch (frame.header.type) {
        case wire::Type::welcome:
            PENSTOCK_ASSERT(!welcomed_);
            welcomed_ = true;
            return;
        case wire::Type::goodbye:
        case wire::Type::bye:
        case wire::Type::refused:
            farewell_ = true;
            return;
        case wire::Type::pong:
        case wire::Type::ping:
        case wire::Type::notice:
            return PENSTOCK_ASSERT(welcomed_);
        case wire::Type::result:
            return on_answer(frame.header);
        case wire::Type::item:
            return on_item(frame, std::get<wire::Item>(frame.message));
        case wire::Type::data:
            return on_data(frame, std::get<wire::Data>(frame.message));
        case wire::Type::hello:
        case wire::Type::resume:
        case wire::Type::resumed:
        case wire::Type::resend:
        case wire::Type::resend_end:
        case wire::Type::open:
        case wire::Type::close:
        case wire::Type::put:
        case wire::Type::get:
        case wire::Type::subscribe:
        case wire::Type::flow:
        case wire::Type::task_done:
        case wire::Type::join:
        case wire::Type::shutdown:
        case wire::Type::admin:
        case wire::Type::read:
        case wire::Type::cancel:
        case wire::Type::ack:
            break;
    }
    base::assertion_failed("the broker says that", __FILE__, __LINE__);
}

void SessionPeer::on_answer(const wire::Header& header)
{
    PENSTOCK_ASSERT(welcomed_);
    if (rude_ || (header.op & wire::read_id_bit) != 0) return;
    const wire::OpId last = header.op + header.n - 1;
    PENSTOCK_ASSERT(last <= requests_.highest());
    arriving_.erase(arriving_.lower_bound(header.op), arriving_.upper_bound(last));
    // CANCEL with give_back is answered by itself, what it names may have been answered before.
    const std::uint64_t before = answered_.count();
    answered_.add(header.op, header.n);
    PENSTOCK_ASSERT(gave_back_ || answered_.count() == before + header.n);
}

void SessionPeer::on_item(const wire::Frame& frame, const wire::Item& item)
{
    wire::Header header = frame.header;
    header.n = 1;  // there, n counts items
    if (item.first_index == 1) on_answer(header);
    PENSTOCK_ASSERT(!item.sizes.empty() && item.first_seq > 0);
    std::size_t offset = 0;
    for (const std::size_t size : item.sizes) {
        const std::size_t here = std::min(size, item.body.size() - offset);
        check_item(item.body.part(offset, here), size, 0);
        offset += here;
        if (here < size) arriving_[header.op] = {size, here};  // only the last one
    }
}

void SessionPeer::on_data(const wire::Frame& frame, const wire::Data& data)
{
    if (rude_) return;
    const auto found = arriving_.find(frame.header.op);
    PENSTOCK_ASSERT(found != arriving_.end());
    Arriving& item = found->second;
    PENSTOCK_ASSERT(data.body.size() <= item.size - item.arrived);
    check_item(data.body, item.size, item.arrived);
    item.arrived += data.body.size();
    if (item.arrived == item.size) arriving_.erase(found);
}

void SessionPeer::check_item(const base::Rope& body,
                             std::size_t item_size,
                             std::size_t offset) const
{
    if (traffic_.rude) return;
    body.for_each([&](const base::Slice& slice) {
        for (const std::byte byte : slice.span()) {
            PENSTOCK_ASSERT(byte == item_byte(item_size, offset++));
        }
    });
}

}  // namespace penstock::fuzz
