#include "server/session/delivery.hpp"

#include "common/wire/codec.hpp"

#include <algorithm>

namespace penstock::session {

Delivery::Delivery(wire::OpId op,
                   core::ObjectId object,
                   core::AssignedItem first,
                   std::vector<core::AssignedItem> further,
                   std::uint16_t which)
    : op_(op),
      object_(object),
      which_(which),
      first_(std::move(first)),
      further_(std::move(further))
{
    unsent_ = first_.payload.size();
    for (const core::AssignedItem& item : further_) unsent_ += item.payload.size();
}

void Delivery::send_part(base::ByteQueue& out)
{
    if (begun_ > 0) {
        send_data(out);
    } else {
        send_items(out);
    }
}

void Delivery::send_data(base::ByteQueue& out)
{
    const base::Rope& payload = item(next_).payload;
    const std::size_t size = std::min(payload.size() - begun_, wire::data_body_room);
    wire::Header header;
    header.op = op_;
    wire::Data data;
    data.body = payload.part(begun_, size);
    wire::encode_frame(out, header, wire::Message(std::move(data)));
    begun_ += size;
    unsent_ -= size;
    if (begun_ < payload.size()) return;
    begun_ = 0;
    ++next_;
}

/// One header speaks for both.
bool Delivery::goes_with_next(std::size_t i) const
{
    if (i == further_.size()) return false;
    const core::AssignedItem& left = item(i);
    const core::AssignedItem& right = item(i + 1);
    return left.seq + 1 == right.seq && left.attempts == right.attempts &&
           left.content_type == right.content_type && left.queue_is_closed == right.queue_is_closed;
}

void Delivery::send_items(base::ByteQueue& out)
{
    const core::AssignedItem& first = item(next_);
    wire::Header header;
    header.op = op_;
    wire::Item frame;
    frame.first_index = next_ + 1;
    frame.first_seq = first.seq;
    frame.attempts = first.attempts;
    frame.which = which_;
    frame.content_type = first.content_type;
    frame.ack_now = first.queue_is_closed;
    frame.sizes.push_back(static_cast<std::uint32_t>(first.payload.size()));
    const std::size_t room = wire::item_body_room(1);
    if (first.payload.size() > room) {
        frame.body = first.payload.part(0, room);
        begun_ = room;
    } else {
        frame.body = first.payload;
        std::size_t last = next_;
        while (goes_with_next(last) && frame.sizes.size() < wire::range_n_max) {
            const base::Rope& payload = item(last + 1).payload;
            const std::size_t n = frame.sizes.size() + 1;
            if (frame.body.size() + payload.size() > wire::item_body_room(n)) break;
            frame.sizes.push_back(static_cast<std::uint32_t>(payload.size()));
            frame.body.append(payload);
            ++last;
        }
        next_ = last + 1;
    }
    header.n = static_cast<std::uint16_t>(frame.sizes.size());
    frame.end = next_ + (begun_ > 0 ? 1 : 0) > further_.size();
    unsent_ -= frame.body.size();
    wire::encode_frame(out, header, wire::Message(std::move(frame)));
}

}  // namespace penstock::session
