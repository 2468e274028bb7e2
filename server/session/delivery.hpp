// Delivery: the items of one GET on their way out, a frame at a time.
#pragma once

#include "common/base/byte_queue.hpp"
#include "common/wire/messages.hpp"
#include "server/core/types.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace penstock::session {

/// Neighbours that are alike share a frame; an item that doesn't fit goes on in DATA, and the next
/// one begins when it is whole. docs/protocol.md, section 3.8.
class Delivery {
public:
    Delivery(wire::OpId op,
             core::ObjectId object,
             core::AssignedItem first,
             std::vector<core::AssignedItem> further = {},
             std::uint16_t which = 0);

    [[nodiscard]] wire::OpId op() const { return op_; }
    [[nodiscard]] bool finished() const { return next_ > further_.size(); }
    /// Bytes of items that have not been encoded.
    [[nodiscard]] std::size_t unsent() const { return unsent_; }
    /// Bytes of those items of which `chosen(object, seq)` is true and that were not wholly
    /// encoded.
    template <class Chosen>
    [[nodiscard]] std::size_t kept_bytes(Chosen&& chosen) const
    {
        std::size_t bytes = 0;
        for (std::size_t i = next_; i <= further_.size(); ++i) {
            if (chosen(object_, item(i).seq)) bytes += item(i).payload.size();
        }
        return bytes;
    }

    /// Encodes the next frame.
    void send_part(base::ByteQueue& out);

private:
    [[nodiscard]] const core::AssignedItem& item(std::size_t i) const
    {
        return i == 0 ? first_ : further_[i - 1];
    }
    [[nodiscard]] bool goes_with_next(std::size_t i) const;
    void send_data(base::ByteQueue& out);
    void send_items(base::ByteQueue& out);

    wire::OpId op_;
    core::ObjectId object_;
    std::uint16_t which_;  // of the GET's handles
    core::AssignedItem first_;
    std::vector<core::AssignedItem> further_;
    std::size_t next_ = 0;   // the first item that was not wholly encoded
    std::size_t begun_ = 0;  // so many bytes of it were
    std::size_t unsent_ = 0;
};

}  // namespace penstock::session
