// What dialling a listener of pipes needs to know before it touches the network, and what both
// sides say before the first message: all but the waiting, which is the drivers'.
#pragma once

#include "client/src/hmac.hpp"
#include "client/src/io/handshake_io.hpp"
#include "client/src/io/socket_peer.hpp"
#include "client/src/protocol/direct_handshake.hpp"
#include "common/base/bytes.hpp"
#include "common/base/endpoint.hpp"

#include <penstock/options.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

namespace penstock::io {

/// Why something can't be had, and the same in a complete text.
struct Refusal {
    std::error_code ec;
    std::string text;
};
[[nodiscard]] Refusal invalid(std::string text);

/// The bytes of the one that is given, or none.
[[nodiscard]] std::variant<base::Bytes, Refusal> find_key(std::string_view key_file,
                                                          std::string_view key);

struct PipeDialling {
    base::Endpoint endpoint;
    base::Bytes key;
    LegacyMd5 legacy_md5 = LegacyMd5::local;
    Refusal why = {};  // it can't be
};
/// Reads the key file.
[[nodiscard]] PipeDialling prepare_dial(std::string_view address, const DialOptions& options);

/// The dialling side's, on a connected socket. `key` must outlive it.
class DialledHandshake {
public:
    DialledHandshake(int socket, LegacyMd5 legacy_md5, std::span<const std::byte> key);

    [[nodiscard]] HandshakeTurn go_on();
    /// What it means that the time is over.
    [[nodiscard]] Refusal late() const;

private:
    const int socket_;
    const SocketPeer peer_;
    OpensslMac mac_;
    protocol::DirectHandshake handshake_;
};

/// Behind the handshake: as Python's own, it blocks; whoever gets the descriptor may expect that.
void make_blocking(int socket);

}  // namespace penstock::io
