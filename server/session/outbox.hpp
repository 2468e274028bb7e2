// What a connection has to write: frames as bytes, the results of this turn joined to ranges, and
// long items that go out a frame at a time between everything else.
#pragma once

#include "common/base/byte_queue.hpp"
#include "common/wire/codec.hpp"
#include "server/core/types.hpp"
#include "server/session/delivery.hpp"
#include "server/session/pipe_sockets.hpp"

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
    /// `socket` goes with its first byte.
    void result(wire::OpId op,
                wire::Status status,
                base::Bytes&& body,
                PassedSocketPtr socket = nullptr);
    /// The items of a GET. What does not fit into one frame follows between other frames.
    void items(Delivery&& delivery);
    /// Answers a PING at the next flush(); false when one waits already.
    [[nodiscard]] bool pong(std::uint64_t token);
    /// The rest of a GET's items is not sent: a RESULT of it follows.
    void drop_rest(wire::OpId op);
    void drop_rests();

    /// Encodes what is due, as far as the limit on unsent output allows.
    void flush();
    [[nodiscard]] const base::ByteQueue& bytes() const { return bytes_; }
    /// What may be written with one call: so many bytes, and the socket that goes with the first of
    /// them; -1: none does.
    struct NextWrite {
        std::size_t size_max = 0;
        int socket = -1;
    };
    [[nodiscard]] NextWrite next_write() const;
    void written(std::size_t size);
    /// Everything that waits for the peer to read, long items included.
    [[nodiscard]] std::size_t unsent() const { return bytes_.size() + rest_size_; }
    /// Bytes of the items that are on their way and of which `chosen(object, seq)` is true. They
    /// are kept whole until their last part was encoded.
    template <class Chosen>
    [[nodiscard]] std::size_t size_of_long_items(Chosen&& chosen) const
    {
        std::size_t size = 0;
        for (const Delivery& rest : rests_) size += rest.kept_bytes(chosen);
        return size;
    }
    void clear();

private:
    struct JoinedResult {
        wire::OpId first = 0;
        std::uint64_t n = 0;
        wire::Status status{};
    };

    /// `position` counts the bytes of this connection.
    struct SocketPlace {
        std::uint64_t position = 0;
        PassedSocketPtr socket;
    };

    void flush_results();

    base::ByteQueue bytes_;
    std::uint64_t written_ = 0;
    std::deque<SocketPlace> sockets_;
    std::vector<JoinedResult> results_;
    std::deque<Delivery> rests_;
    std::size_t rest_size_ = 0;
    std::optional<std::uint64_t> pong_;
    std::optional<wire::Message> farewell_;
};

}  // namespace penstock::session
