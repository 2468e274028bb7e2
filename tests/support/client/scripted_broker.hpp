// ScriptedBroker: the far side of a client's session, frame by frame, without a socket. A test says
// what the broker sends and looks at what the client sent.
#pragma once

#include "client/src/protocol/session.hpp"
#include "common/base/time.hpp"
#include "common/wire/bodies.hpp"
#include "common/wire/messages.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace penstock::test {

inline constexpr base::TimePoint start_time{std::chrono::hours(1)};
inline constexpr wire::Grants usual_grants{0, 65'536, 16u * 1024 * 1024};

/// No key, and a name.
[[nodiscard]] protocol::SessionOptions usual_options();

/// Bytes of a recognisable pattern.
[[nodiscard]] base::Bytes pattern(std::size_t size);

[[nodiscard]] wire::Put put_request(base::Bytes bytes, wire::HandleId handle = 1);
[[nodiscard]] wire::Get get_request(wire::HandleId handle = 1);
/// The ITEM that answers a get: all of it, or its first `head_size` bytes.
[[nodiscard]] wire::Item item_message(const base::Bytes& bytes,
                                      std::optional<std::size_t> head_size = {});
[[nodiscard]] wire::Result result_message(wire::Status status, const base::Bytes& body = {});
[[nodiscard]] wire::OpenBody open_body(std::uint64_t object);

/// The bytes of one frame, and of one message of the handshake.
[[nodiscard]] base::Bytes frame_bytes(wire::Header header, const wire::Message& message);
[[nodiscard]] base::Bytes handshake_bytes(std::string_view text);

class ScriptedBroker {
public:
    explicit ScriptedBroker(protocol::Session& session) : session_(session) {}

    /// '#WELCOME#' and WELCOME; drops what the client sent for it.
    void welcome(wire::Grants grants = usual_grants);
    /// Opens `handle` in the session, on the queue number `object`.
    void open(wire::HandleId handle, std::uint64_t object);

    /// The client reads `bytes`; each read has at most `read_size_max`.
    void send_bytes(const base::Bytes& bytes);
    void send(wire::Header header, const wire::Message& message);
    void result(wire::OpId op, wire::Status status, const base::Bytes& body = {});

    /// Lets the client write and takes what it wrote.
    [[nodiscard]] std::vector<wire::Frame> frames(base::TimePoint now = start_time);
    /// The same again and again, as a socket drains: all that there is.
    [[nodiscard]] std::vector<wire::Frame> drain(base::TimePoint now = start_time);
    /// Exactly one frame, of type M.
    template <class M>
    [[nodiscard]] wire::Frame only(base::TimePoint now = start_time);
    /// Payloads of the handshake that the client wrote.
    [[nodiscard]] std::vector<base::Bytes> payloads(base::TimePoint now = start_time);

    std::size_t read_size_max = static_cast<std::size_t>(-1);

private:
    protocol::Session& session_;
};

/// The types of `frames`, to compare in one line.
[[nodiscard]] std::vector<wire::Type> types(const std::vector<wire::Frame>& frames);

}  // namespace penstock::test
