#include "client/src/io/dial_pipe.hpp"

#include "client/src/io/key_file.hpp"

#include <penstock/error.hpp>

#include <fcntl.h>
#include <utility>

namespace penstock::io {

Refusal invalid(std::string text)
{
    return {std::make_error_code(std::errc::invalid_argument), std::move(text)};
}

std::variant<base::Bytes, Refusal> find_key(std::string_view key_file, std::string_view key)
{
    if (!key_file.empty() && key.data() != nullptr) {
        return invalid("key_file and key exclude each other");
    }
    if (!key_file.empty()) {
        Key read = read_key_file(std::string(key_file));
        if (read.ec) return Refusal{read.ec, std::move(read.text)};
        return std::move(read.bytes);
    }
    // Somebody who gave one did not mean "none": Python before 3.13 deadlocks on that.
    if (key.data() != nullptr && key.empty()) return invalid("an empty key is no key");
    const auto bytes = base::as_bytes(key);
    return base::Bytes(bytes.begin(), bytes.end());
}

PipeDialling prepare_dial(std::string_view address, const DialOptions& options)
{
    PipeDialling dialling;
    dialling.legacy_md5 = options.legacy_md5;
    auto parsed = base::parse_endpoint(address);
    if (auto* why = std::get_if<std::string>(&parsed)) {
        dialling.why = invalid("dial: " + *why);
        return dialling;
    }
    dialling.endpoint = std::get<base::Endpoint>(std::move(parsed));
    auto key = find_key(options.key_file, options.key);
    if (auto* why = std::get_if<Refusal>(&key)) {
        dialling.why = {why->ec, "dial " + base::to_string(dialling.endpoint) + ": " + why->text};
    } else {
        dialling.key = std::get<base::Bytes>(std::move(key));
    }
    return dialling;
}

namespace {

bool is_legacy(LegacyMd5 legacy_md5, const SocketPeer& peer)
{
    return legacy_md5 == LegacyMd5::always || (legacy_md5 == LegacyMd5::local && peer.local);
}

}  // namespace

DialledHandshake::DialledHandshake(int socket, LegacyMd5 legacy_md5, std::span<const std::byte> key)
    : socket_(socket),
      peer_(peer_of(socket)),
      handshake_(protocol::DirectHandshake::Side::dials,
                 is_legacy(legacy_md5, peer_),
                 key,
                 mac_,
                 random_nonce())
{}

HandshakeTurn DialledHandshake::go_on()
{
    if (peer_.ec) return {HandshakeTurn::State::failed, peer_.ec, peer_.ec.message()};
    return io::go_on(handshake_, socket_, peer_.tcp);
}

Refusal DialledHandshake::late() const
{
    const bool silent = handshake_.messages() == 0;
    return {errc::timed_out,
            silent ? "connected, but the other side says nothing: is it busy, or does it ask for "
                     "no key?"
                   : "the other side fell silent during the handshake"};
}

void make_blocking(int socket)
{
    const int flags = ::fcntl(socket, F_GETFL);
    if (flags >= 0) (void)::fcntl(socket, F_SETFL, flags & ~O_NONBLOCK);
}

}  // namespace penstock::io
