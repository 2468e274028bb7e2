#include "server/session/outbox.hpp"

#include "common/wire/limits.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace penstock::session {

namespace {

/// More that can't be joined are encoded at once: what waits for flush() is bounded, and what is
/// encoded counts as output.
constexpr std::size_t joined_results_max = 4096;

}  // namespace

void Outbox::plain(std::span<const std::byte> payload)
{
    const auto size = static_cast<std::uint32_t>(payload.size());
    const std::array<std::byte, wire::length_prefix_size> prefix = {
        std::byte(size >> 24), std::byte(size >> 16), std::byte(size >> 8), std::byte(size)};
    bytes_.append(prefix);
    bytes_.append(payload);
}

void Outbox::control(const wire::Message& message)
{
    flush_results();  // a GOODBYE must not overtake the results of its turn
    wire::encode_frame(bytes_, wire::Header{}, message);
}

void Outbox::result(wire::OpId first, std::uint64_t n, wire::Status status)
{
    if (!results_.empty()) {
        JoinedResult& last = results_.back();
        if (last.status == status && last.first + last.n == first) {
            last.n += n;
            return;
        }
        if (last.status == status && first + n == last.first) {
            last.first = first;
            last.n += n;
            return;
        }
    }
    if (results_.size() >= joined_results_max) flush_results();
    results_.push_back({first, n, status});
}

void Outbox::result(wire::OpId op, wire::Status status, base::Bytes&& body, PassedSocketPtr socket)
{
    // A body is one page, made to fit a frame.
    wire::Header header;
    header.op = op;
    wire::Result result;
    result.status = status;
    result.size = static_cast<std::uint32_t>(body.size());
    result.body = base::Rope(base::Slice::adopt(std::move(body)));
    result.ack_now = socket != nullptr;
    if (socket) sockets_.push_back({written_ + bytes_.size(), std::move(socket)});
    wire::encode_frame(bytes_, header, wire::Message(std::move(result)));
}

void Outbox::items(Delivery&& delivery)
{
    delivery.send_part(bytes_);
    if (delivery.finished()) return;
    rest_size_ += delivery.unsent();
    rests_.push_back(std::move(delivery));
}

bool Outbox::pong(std::uint64_t token)
{
    if (pong_) return false;
    pong_ = token;
    return true;
}

void Outbox::drop_rest(wire::OpId op)
{
    std::erase_if(rests_, [&](const Delivery& rest) {
        if (rest.op() != op) return false;
        rest_size_ -= rest.unsent();
        return true;
    });
}

void Outbox::drop_rests()
{
    rests_.clear();
    rest_size_ = 0;
}

void Outbox::flush_results()
{
    for (JoinedResult& joined : results_) {
        while (joined.n > 0) {
            wire::Header header;
            header.op = joined.first;
            header.n =
                static_cast<std::uint16_t>(std::min<std::uint64_t>(joined.n, wire::range_n_max));
            wire::Result result;
            result.status = joined.status;
            wire::encode_frame(bytes_, header, wire::Message(std::move(result)));
            joined.first += header.n;
            joined.n -= header.n;
        }
    }
    results_.clear();
}

void Outbox::flush()
{
    flush_results();
    if (pong_ && bytes_.size() < wire::unsent_output_max) {
        control(wire::Message(wire::Pong{*pong_}));
        pong_.reset();
    }
    while (!rests_.empty() && bytes_.size() < wire::unsent_output_max) {
        // Round robin: two long items arrive side by side, neither waits for the other's end.
        Delivery rest = std::move(rests_.front());
        rests_.pop_front();
        rest_size_ -= rest.unsent();
        rest.send_part(bytes_);
        rest_size_ += rest.unsent();
        if (!rest.finished()) rests_.push_back(std::move(rest));
    }
    if (farewell_ && rests_.empty()) {
        control(*farewell_);
        farewell_.reset();
    }
}

Outbox::NextWrite Outbox::next_write() const
{
    if (sockets_.empty()) return {bytes_.size(), -1};
    const SocketPlace& next = sockets_.front();
    if (next.position > written_) return {next.position - written_, -1};
    const std::uint64_t end = sockets_.size() > 1 ? sockets_[1].position : written_ + bytes_.size();
    return {end - written_, next.socket->descriptor()};
}

void Outbox::written(std::size_t size)
{
    bytes_.consume(size);
    written_ += size;
    while (!sockets_.empty() && sockets_.front().position < written_) sockets_.pop_front();
}

void Outbox::clear()
{
    bytes_.clear();
    sockets_.clear();
    results_.clear();
    drop_rests();
    pong_.reset();
    farewell_.reset();
}

}  // namespace penstock::session
