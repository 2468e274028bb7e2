// What a connection has to write: frames as bytes, the results of this turn joined to ranges, and
// long items that go out a frame at a time between everything else.
#pragma once

#include "common/base/byte_queue.hpp"
#include "common/wire/codec.hpp"
#include "server/core/types.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace penstock::session {

class Outbox {
public:
    /// A frame of section 1: handshake messages and refusals.
    void plain(std::span<const std::byte> payload);
    /// A native frame without an operation.
    void control(const wire::Message& message);
    /// The last frame of this connection: behind everything that is on its way, long items too.
    void farewell(const wire::Message& message) { farewell_ = message; }
    /// Joined with neighbours until flush().
    void result(wire::OpId first, std::uint64_t n, wire::Status status);
    void result(wire::OpId op, wire::Status status, base::Bytes&& body);
    /// The one item of the GET `op`. What does not fit into a frame follows in DATA frames.
    void item(wire::OpId op, core::ObjectId object, const core::AssignedItem& item);
    /// Answers a PING at the next flush(); false when one waits already.
    [[nodiscard]] bool pong(std::uint64_t token);
    /// The rest of a long item is not sent: a RESULT of its GET follows.
    void drop_rest(wire::OpId op);

    /// Encodes what is due, as far as the limit on unsent output allows.
    void flush();
    [[nodiscard]] base::ByteQueue& bytes() { return bytes_; }
    /// Everything that waits for the peer to read, long items included.
    [[nodiscard]] std::size_t unsent() const { return bytes_.size() + rest_size_; }
    /// Bytes of the items that are on their way and of which `chosen(object, seq)` is true. They
    /// are kept whole until their last part was encoded.
    template <class Chosen>
    [[nodiscard]] std::size_t size_of_long_items(Chosen&& chosen) const
    {
        std::size_t size = 0;
        for (const Rest& rest : rests_) {
            if (chosen(rest.object, rest.seq)) size += rest.payload.size();
        }
        return size;
    }
    void clear();

private:
    struct Rest {
        wire::OpId op = 0;
        core::ObjectId object = 0;
        core::Seq seq = 0;
        base::Rope payload;
        std::size_t sent = 0;
    };
    struct JoinedResult {
        wire::OpId first = 0;
        std::uint64_t n = 0;
        wire::Status status{};
    };

    void flush_results();
    void send_part(Rest& rest);

    base::ByteQueue bytes_;
    std::vector<JoinedResult> results_;
    std::deque<Rest> rests_;
    std::size_t rest_size_ = 0;
    std::optional<std::uint64_t> pong_;
    std::optional<wire::Message> farewell_;
};

}  // namespace penstock::session
