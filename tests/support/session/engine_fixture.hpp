// An Engine and clients that speak frames to it, without a socket: bytes go in and out as the test
// says, and time is a value.
#pragma once

#include "common/wire/bodies.hpp"
#include "common/wire/codec.hpp"
#include "server/session/engine.hpp"
#include "tests/support/openssl_mac.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::session {

/// Unpredictable to nobody: tests want the same bytes in each run.
class CountingEntropy final : public Entropy {
public:
    void fill(std::span<std::byte> bytes) override
    {
        for (std::byte& byte : bytes) byte = std::byte(next_++);
    }

private:
    std::uint8_t next_ = 1;
};

/// Gives numbers instead of sockets, until there are no more.
class NumberedPairs final : public SocketPairs {
public:
    [[nodiscard]] PassedSockets make() override
    {
        if (left == 0) return {};
        --left;
        const int first = 10 * ++made_;
        return {std::make_unique<Socket>(*this, first), std::make_unique<Socket>(*this, first + 1)};
    }

    int left = 1'000'000;
    int open = 0;  // that were not closed yet

private:
    class Socket final : public PassedSocket {
    public:
        Socket(NumberedPairs& pairs, int number) : pairs_(pairs), number_(number) { ++pairs.open; }
        ~Socket() override { --pairs_.open; }
        [[nodiscard]] int descriptor() const override { return number_; }

    private:
        NumberedPairs& pairs_;
        int number_;
    };

    int made_ = 0;
};

inline base::Rope rope_of(std::string_view text)
{
    return base::Rope(base::Slice::copy_of(base::as_bytes(text)));
}

inline std::string text_of(const base::Rope& rope)
{
    const base::Bytes bytes = rope.to_bytes();
    return std::string(base::as_text(bytes));
}

class EngineFixture : public ::testing::Test {
protected:
    explicit EngineFixture(const EngineOptions& options = small_options(),
                           SocketPairs* socket_pairs = nullptr)
        : engine(options, mac, entropy, socket_pairs)
    {}

    static EngineOptions small_options()
    {
        EngineOptions options;
        options.version = "0.0.test";
        options.key = {std::byte{'k'}, std::byte{'e'}, std::byte{'y'}};
        options.session.ops_max = 100;
        options.session.put_bytes_max = 1000;
        options.session.item_size_max = 1'000'000;
        return options;
    }

    support::OpensslMac mac;
    CountingEntropy entropy;
    Engine engine;
    TimePoint now{std::chrono::hours(1)};
};

/// One connection of a test.
class FakeClient {
public:
    FakeClient(Engine& engine, TimePoint& now, PeerInfo info = {.address = "test"})
        : engine_(engine), now_(now), pid_(info.pid), peer_(engine.connected(std::move(info), now))
    {}

    [[nodiscard]] PeerId peer() const { return peer_; }
    [[nodiscard]] PeerStatus status() const { return engine_.status(peer_); }

    /// As the kernel would deliver it: in pieces of what the buffer has room for.
    void bytes(std::span<const std::byte> bytes)
    {
        while (!bytes.empty()) {
            const std::span<std::byte> room = engine_.recv_buffer(peer_);
            const std::size_t size = std::min(room.size(), bytes.size());
            std::copy_n(bytes.begin(), size, room.begin());
            engine_.received(peer_, size, now_);
            while (engine_.has_input(peer_)) engine_.received(peer_, 0, now_);
            bytes = bytes.subspan(size);
        }
    }

    void plain(std::string_view payload)
    {
        Outbox frame;
        frame.plain(base::as_bytes(payload));
        bytes(taken(frame.bytes()));
    }

    void send(wire::Header header, const wire::Message& message)
    {
        base::ByteQueue out;
        wire::encode_frame(out, header, message);
        bytes(taken(out));
    }

    /// One operation under the next id.
    wire::OpId op(const wire::Message& message, std::uint16_t n = 1)
    {
        wire::Header header;
        header.op = next_;
        header.n = n;
        next_ += n;
        send(header, message);
        return header.op;
    }

    void hello() { hello_as(pid_); }

    void hello_as(std::uint32_t pid)
    {
        wire::Hello hello;
        hello.version_min = hello.version_max = wire::protocol_version;
        hello.pid = pid;
        hello.wanted = {0, wire::session_ops_max, wire::session_put_bytes_max};
        send({}, wire::Message(hello));
    }

    void live() { live_as(pid_); }

    void live_as(std::uint32_t pid)
    {
        (void)payloads();
        hello_as(pid);
        (void)frames();
    }

    wire::OpId open(wire::HandleId handle, std::string name, std::int64_t maxsize = 0)
    {
        wire::Open open;
        open.handle = handle;
        open.name = std::move(name);
        open.maxsize = maxsize;
        return op(wire::Message(open));
    }

    wire::OpId put(wire::HandleId handle,
                   const std::vector<std::string>& items,
                   std::uint32_t timeout_ms = wire::timeout_forever_ms)
    {
        wire::Put put;
        put.handle = handle;
        put.timeout_ms = timeout_ms;
        for (const std::string& item : items) {
            put.sizes.push_back(static_cast<std::uint32_t>(item.size()));
            put.body.append(rope_of(item));
        }
        return op(wire::Message(put), static_cast<std::uint16_t>(items.size()));
    }

    wire::OpId get(wire::HandleId handle,
                   std::uint32_t timeout_ms,
                   std::uint16_t n = 1,
                   std::uint16_t max = 1)
    {
        wire::Get get;
        get.max = max;
        get.handle = handle;
        get.timeout_ms = timeout_ms;
        return op(wire::Message(get), n);
    }

    wire::OpId get_any(wire::HandleId handle,
                       std::vector<wire::HandleId> further,
                       std::uint32_t timeout_ms,
                       std::uint16_t max = 1)
    {
        wire::Get get;
        get.handle = handle;
        get.timeout_ms = timeout_ms;
        get.max = max;
        get.further = std::move(further);
        return op(wire::Message(get));
    }

    /// One item in a PUT and as many DATA as it takes, each with so much of it.
    wire::OpId put_in_parts(wire::HandleId handle, std::string_view item, std::size_t part)
    {
        wire::Put put;
        put.handle = handle;
        put.sizes = {static_cast<std::uint32_t>(item.size())};
        put.body = rope_of(item.substr(0, part));
        wire::Header header;
        header.op = op(wire::Message(put));
        for (std::size_t at = part; at < item.size(); at += part) {
            send(header, wire::Message(wire::Data{rope_of(item.substr(at, part))}));
        }
        return header.op;
    }

    void ack(wire::OpId first, std::uint16_t n = 1)
    {
        wire::Header header;
        header.op = first;
        header.n = n;
        send(header, wire::Message(wire::Ack{}));
    }

    void cancel(wire::OpId op, bool give_back)
    {
        wire::Header header;
        header.op = op;
        send(header, wire::Message(wire::Cancel{give_back, 0}));
    }

    void cut() { engine_.disconnected(peer_, now_); }

    wire::OpId open_pipe(wire::HandleId handle,
                         std::string name,
                         wire::Kind kind,
                         std::uint32_t timeout_ms = wire::timeout_forever_ms)
    {
        wire::Open open;
        open.handle = handle;
        open.timeout_ms = timeout_ms;
        open.name = std::move(name);
        open.kind = kind;
        return op(wire::Message(open));
    }

    std::vector<int> sockets;  // that came with the output

    /// Reads everything that is there.
    [[nodiscard]] base::Bytes read_all()
    {
        base::Bytes all;
        while (!engine_.output(peer_).empty()) {
            const Outbox::NextWrite next = engine_.next_write(peer_);
            if (next.socket >= 0) sockets.push_back(next.socket);
            std::array<std::span<const std::byte>, 16> parts;
            const std::size_t n = engine_.output(peer_).gather(parts);
            std::size_t size = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const auto part = parts[i].first(std::min(parts[i].size(), next.size_max - size));
                all.insert(all.end(), part.begin(), part.end());
                size += part.size();
            }
            engine_.written(peer_, size);
        }
        return all;
    }

    [[nodiscard]] std::vector<std::string> payloads()
    {
        const base::Bytes all = read_all();
        std::vector<std::string> payloads;
        for (std::size_t at = 0; at < all.size();) {
            std::size_t size = 0;
            for (std::size_t i = 0; i < 4; ++i)
                size = size << 8 | std::to_integer<unsigned>(all[at + i]);
            payloads.emplace_back(base::as_text(std::span(all).subspan(at + 4, size)));
            at += 4 + size;
        }
        return payloads;
    }

    [[nodiscard]] std::vector<wire::Frame> frames()
    {
        std::vector<wire::Frame> frames;
        for (const std::string& payload : payloads()) {
            wire::DecodedFrame decoded = wire::decode_frame(
                base::Slice::copy_of(base::as_bytes(payload)), wire::Sender::broker);
            if (const auto* error = std::get_if<wire::CodecError>(&decoded)) {
                ADD_FAILURE() << "the broker sent what is no frame: " << error->text;
                return frames;
            }
            frames.push_back(std::get<wire::Frame>(std::move(decoded)));
        }
        return frames;
    }

    /// What was answered, a line each: "1 ok", "2-4 full", "5 item hello #1 x0".
    [[nodiscard]] std::vector<std::string> answers()
    {
        std::vector<std::string> lines;
        for (const wire::Frame& frame : frames()) lines.push_back(line_of(frame));
        return lines;
    }

    /// All of it, in one piece.
    static base::Bytes taken(const base::ByteQueue& queue)
    {
        base::Bytes all;
        std::vector<std::span<const std::byte>> parts(1024);
        const std::size_t n = queue.gather(parts);
        for (std::size_t i = 0; i < n; ++i) all.insert(all.end(), parts[i].begin(), parts[i].end());
        return all;
    }

private:
    /// What OPEN of a pipe answers, of which no other body has anything.
    static std::string pipe_of(const base::Rope& bytes)
    {
        const auto body = wire::decode_open_body(bytes.to_bytes());
        if (!body || !body->transport) return "";
        std::string text =
            *body->transport == wire::Transport::relay ? " by relay" : " by descriptor";
        if (body->uid) text += ", other side uid " + std::to_string(*body->uid);
        return text;
    }

    static std::string line_of(const wire::Frame& frame)
    {
        std::string line = std::to_string(frame.header.op & ~wire::read_id_bit);
        if (const auto* item = std::get_if<wire::Item>(&frame.message)) {
            line += " item " + text_of(item->body) + " #" + std::to_string(item->first_seq) + " x" +
                    std::to_string(item->attempts);
            if (item->sizes.size() > 1) line += " n" + std::to_string(item->sizes.size());
            if (item->which > 0) line += " w" + std::to_string(item->which);
            if (item->first_index > 1) line += " i" + std::to_string(item->first_index);
            if (!item->end) line += " to_be_continued";
            return item->ack_now ? line + " ack_now" : line;
        }
        if (const auto* result = std::get_if<wire::Result>(&frame.message)) {
            if (frame.header.n > 1) {
                line += "-" +
                        std::to_string((frame.header.op & ~wire::read_id_bit) + frame.header.n - 1);
            }
            line += " " + std::string(wire::to_string(result->status));
            return line + pipe_of(result->body) + (result->ack_now ? " ack_now" : "");
        }
        if (const auto* goodbye = std::get_if<wire::Goodbye>(&frame.message)) {
            return "goodbye " + std::to_string(static_cast<int>(goodbye->code));
        }
        if (std::holds_alternative<wire::Bye>(frame.message)) return "bye";
        if (std::holds_alternative<wire::Pong>(frame.message)) return "pong";
        return "type " + std::to_string(static_cast<int>(frame.header.type));
    }

    Engine& engine_;
    TimePoint& now_;
    const std::uint32_t pid_;
    PeerId peer_;
    wire::OpId next_ = 1;
};

using Lines = std::vector<std::string>;

}  // namespace penstock::session
